"""Reads an XML export one element at a time, so that memory stays flat.

Document types are refused, and with them every entity bomb and external entity.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from shop.plugins.api import Refused

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


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
                        _(
                            "%(name)s is not a %(maker)s export: it starts with <%(value)s>.",
                            name=path.name,
                            maker=maker,
                            value=element.tag[:60],
                        )
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
            _(
                "%(name)s declares a document type or entities. %(maker)s never writes these, so the file was refused.",
                name=path.name,
                maker=maker,
            )
        ) from None
    except ParseError as error:
        line, column = error.position
        where = {
            "name": path.name,
            "line": line,
            "column": column + 1,
            "option": "--mend",
            "what": str(error).partition(":")[0],
        }
        raise Refused(_damaged(maker) % where) from None
    except (LookupError, ValueError) as error:
        raise Refused(
            _("%(name)s can’t be read: %(error)s.", name=path.name, error=error)
        ) from None


def _damaged(maker: str) -> str:
    said: str = (
        _(
            "%(name)s is damaged at line %(line)s, column %(column)s: %(what)s. Nothing was imported. "
            "Correct the file, or let %(option)s repair it, and try again."
        )
        if maker == "WordPress"
        else _(
            "%(name)s is damaged at line %(line)s, column %(column)s: %(what)s. Nothing was imported. "
            "Correct the file and try again."
        )
    )
    return said
