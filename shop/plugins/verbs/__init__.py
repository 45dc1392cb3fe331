"""What plugins may ask of the features above: looking things up, selling, settling, judging a text, indexing a page."""
