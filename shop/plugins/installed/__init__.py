"""The life of an installed plugin: known, upgraded, switched off and on, taken out of the database."""
