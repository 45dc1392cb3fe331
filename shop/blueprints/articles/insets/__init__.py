"""What stands in a text apart from its paragraphs: pull quotes, notes, and what is embedded from other sites."""
