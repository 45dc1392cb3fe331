"""Sending physical orders: picking, packing, handing over to a carrier."""
