"""What is read from requests and said in answers: forms, cookies, addresses, limits, headers, files for browsers."""
