"""What the words of a comment say, in many languages: offers, requests, numbers and addresses in words."""
