"""What a plugin keeps, on its way to another site and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ExportPart:
    """Rows of a plugin in the file that `shop export` writes and `shop import bookstall` reads into an empty site.

    Ids are others there: name a product or an article by its slug, an order by its number, a person by the address.
    Passwords, keys and links that open something stay here.

    Attributes:
        name: unique; lower case letters, digits and -. The rows are in `plugins/<name>.jsonl`, a line each.
        label: what one row is, such as "review", for the report.
        write: gives every row, as plain values that JSON knows. Read them in portions: they may be many.
        read: takes one row in, inside a unit of work of its own; says whether it is new here. A row that is here
            already changes nothing. `Refused` says in words why one can't come in.
    """

    name: str
    label: str
    write: Callable[[], Iterable[Mapping[str, Any]]]
    read: Callable[[Mapping[str, Any]], bool]
