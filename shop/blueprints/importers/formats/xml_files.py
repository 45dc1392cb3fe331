"""Reads an XML export one element at a time, so that memory stays flat.

Document types are refused, and with them every entity bomb and external entity.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shop.plugins.api import Refused

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MENDS = {"WordPress": ", or let --mend repair it,"}
"""What whoever has a damaged file may do, by who made it."""


def elements(path: Path, *, root: str, depth: int, maker: str) -> Iterator[Element]:
    """The elements below `depth` ancestors, each forgotten when the next is asked for.

    Args:
        root: the tag that the file must begin with.
        maker: whose export it is, for whoever reads why it was refused.

    Raises:
        Refused: it begins otherwise, is broken (says where), or declares a document type.
    """
    from defusedxml.ElementTree import iterparse

    ancestors: list[Element] = []
    with _explained(path, maker):
        for event, element in iterparse(str(path), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                if not ancestors and element.tag != root:
                    raise Refused(
                        f"{path.name} is not a {maker} export: it starts with <{element.tag[:60]}>."
                    )
                ancestors.append(element)
                continue
            ancestors.pop()
            if len(ancestors) == depth:
                yield element
                ancestors[-1].remove(element)


@contextmanager
def _explained(path: Path, maker: str) -> Iterator[None]:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException

    try:
        yield
    except DefusedXmlException:
        raise Refused(
            f"{path.name} declares a document type or entities. {maker} never writes these, so the file was refused."
        ) from None
    except ParseError as error:
        line, column = error.position
        raise Refused(
            f"{path.name} is damaged at line {line}, column {column + 1}: {str(error).partition(':')[0]}. "
            f"Nothing was imported. Correct the file{MENDS.get(maker, '')} and try again."
        ) from None
    except (LookupError, ValueError) as error:
        raise Refused(f"{path.name} can’t be read: {error}.") from None
