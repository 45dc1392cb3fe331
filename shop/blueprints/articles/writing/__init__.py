"""Where articles are written: what the editor shows and keeps besides the article itself."""
