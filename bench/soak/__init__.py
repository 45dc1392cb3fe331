"""The whole on one machine under people and harm: `python -m bench.soak`."""
