"""How well comments are judged."""
