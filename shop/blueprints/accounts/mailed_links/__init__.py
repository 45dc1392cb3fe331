"""Links that we mail to a person: how they are made, mailed and followed, and what is said of one that has ended."""
