"""How somebody comes to be signed in, stays so, proves it once more, and leaves."""
