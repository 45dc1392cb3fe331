"""Print the manual, or with `promises` the page that says what is stable since when."""

from __future__ import annotations

import sys

from shop.plugins.manual.promises import present, promises
from shop.plugins.manual.writing import manual

sys.stdout.write(promises(present()) if sys.argv[1:] == ["promises"] else manual())
