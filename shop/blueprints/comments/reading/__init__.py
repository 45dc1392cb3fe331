"""What readers see: threads, avatars, the feed, and the section below an article."""
