"""How a change becomes known: in each process of a host at once, and on other hosts."""
