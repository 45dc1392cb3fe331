"""Pillow, with our limit on pixels.

Whoever draws a picture imports this in the function that draws: no page needs it, and it takes 3 MB of a process.
"""

from PIL import Image, ImageOps

__all__ = ["MAX_PIXELS", "Image", "ImageOps"]

MAX_PIXELS = 40_000_000

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
