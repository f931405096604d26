"""Showing results: rich in a terminal, plain text elsewhere, one JSON document for machines."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from textwrap import wrap
from typing import Any

from provodka.dashboards.insight.values import moment
from provodka.dashboards.insight.wording import state_word

__all__ = ["Branch", "Cell", "Screen", "ago", "moment", "state"]

WIDTH = 100
NARROW = 8
BETWEEN = 3
NUMBER = re.compile(r"[+−-]?\d[\d\s]*(?:[.,]\d+)?(?:\s(?:₽|%|[A-Z]{3}))?")
STYLES = {"✓": "green", "✗": "red", "!": "yellow", "·": "dim"}
STATES = {
    "done": "green",
    "delivered": "green",
    "set_aside": "yellow",
    "flagged": "yellow",
    "unsure": "yellow",
    "failed": "red",
    "dead": "red",
    "silent": "red",
    "gone": "red",
}


class Cell(str):
    """A cell of a table that looks its own way in a terminal."""

    __slots__ = ("style",)
    style: str


@dataclass
class Branch:
    """A line of a tree, what stands under it, and how it should look in a terminal."""

    text: str
    style: str = ""
    below: list[Branch] = field(default_factory=list)

    def add(self, text: str, style: str = "") -> Branch:
        """Hang a line under this one; returns it."""
        branch = Branch(text, style)
        self.below.append(branch)
        return branch


class Screen:
    """Standard output. With `json` only `document` writes anything."""

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self.rich = sys.stdout.isatty() and not json

    def document(self, value: Any) -> None:
        """Write the one JSON document of this run; nothing unless JSON was asked for."""
        if self.json:
            from msgspec.json import format as laid_out

            from provodka.connectors.crm_store.engine import dump_json

            self._write(laid_out(dump_json(value), indent=2))

    def line(self, text: str = "", *, mark: str = "") -> None:
        """A line for people, with a mark (✓ ✗ ! ·) before it."""
        if self.json:
            return
        if self.rich and mark:
            from rich.markup import escape

            self._print(f"[{STYLES[mark]}]{mark}[/] {escape(text)}")
        else:
            self._write(f"{mark} {text}" if mark else text)

    def heading(self, text: str) -> None:
        """A title over what follows."""
        if self.rich:
            from rich.markup import escape

            self._print(f"\n[bold]{escape(text)}[/]")
        elif not self.json:
            self._write("")
            self._wrapped(text, "")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Rows under their titles; cells are shown by `str`, `None` as nothing."""
        cells = [[_cell(value) for value in row] for row in rows]
        if self.json:
            return
        if self.rich:
            self._rich_table(columns, cells)
            return
        widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
        right = _numeric(columns, cells)
        for row in (columns, *cells):
            padded = (
                cell.rjust(width) if sum_ else cell.ljust(width)
                for cell, width, sum_ in zip(row, widths, right, strict=True)
            )
            self._write("  ".join(padded).rstrip())

    def cards(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table of long texts; outside a terminal, a row as lines of at most 100 characters.

        There the first cell is told alone, the others under it, each after its title.
        """
        if self.rich:
            self.table(columns, rows)
        elif not self.json:
            for first, *others in rows:
                self._wrapped(first, "")
                for title, cell in zip(columns[1:], others, strict=True):
                    if cell:
                        self._wrapped(f"{title}: {cell}", "  ")

    def _wrapped(self, text: str, indent: str) -> None:
        lines = wrap(
            text,
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent + "  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines:
            self._write(line)

    def tree(self, root: Branch) -> None:
        """A tree, deeper lines more to the right."""
        if self.rich:
            self._print(_rich_tree(root))
        elif not self.json:
            self._plain_tree(root, 0)

    def text(self, text: str) -> None:
        """Ready text, as it is."""
        self._write(text.rstrip("\n"))

    def _plain_tree(self, branch: Branch, depth: int) -> None:
        self._write("  " * depth + branch.text)
        for below in branch.below:
            self._plain_tree(below, depth + 1)

    def _rich_table(self, columns: Sequence[str], cells: list[list[str]]) -> None:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
        whole = _whole(columns, cells, Console().width)
        for title, number, kept in zip(columns, _numeric(columns, cells), whole, strict=True):
            justify: Any = "right" if number else "left"
            table.add_column(title, overflow="fold", justify=justify, no_wrap=kept)
        for row in cells:
            table.add_row(*(Text(cell, style=getattr(cell, "style", "")) for cell in row))
        self._print(table)

    def _print(self, what: Any) -> None:
        from rich.console import Console

        Console(highlight=False, emoji=False).print(what)

    def _write(self, text: str) -> None:
        sys.stdout.write(text + "\n")


def _numeric(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> list[bool]:
    """Which columns hold numbers and sums alone, so that they stand to the right."""
    filled = [[row[at] for row in cells if row[at]] for at in range(len(columns))]
    return [bool(one) and all(map(NUMBER.fullmatch, one)) for one in filled]


def _whole(columns: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> list[bool]:
    """Which columns of single words (keys, names, sums) are kept from being folded.

    From the left, as long as what is left of `width` gives the others `NARROW` characters each.
    """
    left = width - BETWEEN * len(columns) - NARROW * len(columns)
    kept = []
    for at, title in enumerate(columns):
        texts = [row[at] for row in cells]
        needed = max(map(len, (title, *texts))) - NARROW
        single = not any(" " in text for text in texts)
        kept.append(single and needed <= left)
        left -= max(needed, 0) if kept[-1] else 0
    return kept


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, Cell) else str(value)


def _rich_tree(branch: Branch) -> Any:
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(branch.text, style=branch.style))
    for below in branch.below:
        tree.children.append(_rich_tree(below))
    return tree


def state(code: str) -> Cell:
    """A state in words, coloured in a terminal."""
    cell = Cell(state_word(code))
    cell.style = STATES.get(code, "")
    return cell


def ago(span: timedelta) -> str:
    """A span without fractions: ``0:00:07``, ``2 days, 3:00:00``."""
    return str(timedelta(seconds=int(span.total_seconds())))
