"""What files of other systems are made of: archives, characters, XML, front matter, tables that need corrections."""
