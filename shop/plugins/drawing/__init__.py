"""What plugins add to pages: slots, directives, structured data, style sheets and scripts, themes."""
