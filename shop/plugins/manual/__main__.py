"""Print the manual."""

from __future__ import annotations

import sys

from shop.plugins.manual.writing import manual

sys.stdout.write(manual())
