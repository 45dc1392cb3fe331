"""Bringing in files of other systems: what an importer is, and the report that it fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from click import Parameter

from shop.plugins.terms.shapes import fits, wrong_field


@dataclass(slots=True)
class ImportReport:
    """What became of each row of a file. No row is dropped in silence: read = imported + unchanged + refused.

    Attributes:
        imported: rows that are new here.
        unchanged: rows that were here already.
        refusals: rows that could not come in, each with its reason.
        notes: what is different here from what the file said.
        progress: called after each row; the command says every two seconds how far it is.
    """

    imported: int = 0
    unchanged: int = 0
    refusals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    progress: Callable[[ImportReport], None] = field(default=lambda _report: None, repr=False)

    @property
    def read(self) -> int:
        """Rows seen so far."""
        return self.imported + self.unchanged + len(self.refusals)

    def accept(self, *, is_new: bool, rows: int = 1) -> None:
        """Count rows that are there now: as imported when they are new, else as unchanged."""
        if is_new:
            self.imported += rows
        else:
            self.unchanged += rows
        self.progress(self)

    def refuse(self, row: str, reason: str) -> None:
        """Note a row that could not come in, and why. `row` says which one: `line 7`, an address, a title."""
        self.refusals.append(f"{row}: {reason}")
        self.progress(self)

    def note(self, row: str, remark: str) -> None:
        """Note what of an imported row is different here."""
        self.notes.append(f"{row}: {remark}")


def require_true(report: ImportReport) -> None:
    """Look whether an importer has filled its report with numbers and texts. What is neither is taken out of it.

    Raises:
        TypeError: it has not.
    """
    problem = wrong_field(report)
    if not problem:
        return
    for name, empty in (("imported", 0), ("unchanged", 0)):
        if not fits(getattr(report, name), int):
            setattr(report, name, empty)
    for name in ("refusals", "notes"):
        told = getattr(report, name)
        kept = [each for each in told if fits(each, str)] if isinstance(told, list) else []
        setattr(report, name, kept)
    raise TypeError(problem)


@dataclass(frozen=True, slots=True)
class Importer:
    """The command `shop import <name> FILE`.

    It knows rows that it brought in before: a second run changes nothing. It writes in short units of work, so that the
    site can go on writing meanwhile; a dry run puts one unit around everything and rolls it back.

    Attributes:
        name: the word on the command line, lower case, unique.
        title: what the file is, for `shop import --help`.
        run: called as `run(file, report, **options)` with the file's path, the report to fill, and what the parameters
            of `options` say. Raises `Refused` for a file that is no use as a whole, before anything is written.
        options: further parameters of the command: options and arguments of click. Or a function that gives them, for
            an importer that loads a lot, which a start of the site need not wait for.
    """

    name: str
    title: str
    run: Callable[..., None]
    options: tuple[Parameter, ...] | Callable[[], tuple[Parameter, ...]] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its options, whichever way they are given."""
        return self.options() if callable(self.options) else self.options
