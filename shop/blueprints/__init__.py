"""One folder a feature. Each registers through its `plugin` module, like a third party's."""
