"""Benchmarks: `python -m bench.article` and so on. Each prints ours beside the peer or limit of the same run."""
