"""An author's own comments: how the author is recognised, and may change or withdraw what they wrote."""
