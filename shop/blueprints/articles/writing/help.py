"""What writers find below the text of an article: what they can write in it, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from shop.plugins import registry
from shop.plugins.api import Directive


@dataclass(frozen=True, slots=True)
class WritingHint:
    """Something that can be written, a string a line, and what readers see of it."""

    lines: tuple[str, ...]
    shows: str


def what_can_be_written() -> list[WritingHint]:
    """What Markdown and ours can do, then the directives of all plugins that say what they are for."""
    offered = [each for each in registry().directives if each.help]
    return [*_ours(), *(WritingHint(_written(each), str(each.help)) for each in offered)]


def _ours() -> list[WritingHint]:
    return [
        WritingHint((_("## Title"),), _("A heading.")),
        WritingHint((_("## 1. Title"),), _("A numbered heading.")),
        WritingHint((_("*text*"),), _("Emphasis.")),
        WritingHint((_("**text**"),), _("Strong emphasis.")),
        WritingHint((_("[text](https://example.org)"),), _("A link.")),
        WritingHint((_("![what it shows](/media/image.webp)"),), _("An image.")),
        WritingHint(
            (_('![what it shows](/media/image.webp "caption")'),), _("An image with a caption.")
        ),
        WritingHint((_("- text"),), _("An item of a list.")),
        WritingHint((_("> text"),), _("A quotation.")),
        WritingHint((_("text[^1]"), _("[^1]: more text")), _("A footnote.")),
        WritingHint(("```python", 'print("Hello")', "```"), _("Code, coloured for its language.")),
        WritingHint(("<!--more-->",), _("Where the part that everyone may read ends.")),
    ]


def _written(directive: Directive) -> tuple[str, ...]:
    argument = f"[{directive.argument}]" if directive.argument else ""
    if directive.has_body:
        return (f"::: {directive.name}{argument}", _("text"), ":::")
    return (f"::{directive.name}{argument}",)
