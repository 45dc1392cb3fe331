"""Fields of a plugin's own on products, articles, orders and the checkout: declared, drawn in forms, kept."""
