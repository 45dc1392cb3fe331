"""What features and plugins say to each other, a module a subject: frozen types that are given and answered."""
