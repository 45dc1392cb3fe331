"""What is kept as files: uploads, pictures, documents, on a disk or in a bucket."""

from pathlib import Path
from typing import Final

FONTS: Final = Path(__file__).parent / "fonts"
"""The fonts that we bring: documents and pictures are set in them, so that they are the same on every machine."""
