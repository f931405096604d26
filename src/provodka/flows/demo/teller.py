"""How the demonstration speaks: chapters, what happened, progress; pretty in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeVar

from rich.console import Console
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from provodka.foundation.i18n import _
from provodka.foundation.money import Money

__all__ = ["Teller"]

T = TypeVar("T")


class Teller:
    """Tells the story on a console; outside a terminal every step is one line."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._chapters = 0

    def chapter(self, title: str) -> None:
        """Begin the next numbered part."""
        self._chapters += 1
        self.console.print(f"\n[bold cyan]{self._chapters}. {title}[/]")

    def say(self, text: str) -> None:
        """One thing that happened."""
        self.console.print(f"   {text}")

    def each(self, title: str, items: Sequence[T]) -> Iterator[T]:
        """Go through items with a progress bar."""
        with self._progress(BarColumn(bar_width=30), MofNCompleteColumn()) as progress:
            step = progress.add_task(title, total=len(items))
            for item in items:
                yield item
                progress.advance(step)
        if not self.console.is_terminal:
            self.say(_("{title}: {count}").format(title=title, count=len(items)))

    def waiting(self, title: str) -> Progress:
        """A spinner for something whose length is not known."""
        progress = self._progress()
        progress.add_task(title, total=None)
        return progress

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A small table."""
        told = [tuple(row) for row in rows]
        table = Table(box=None, padding=(0, 0, 0, 3), header_style="dim")
        for index, column in enumerate(columns):
            counted = bool(told) and isinstance(told[0][index], int | Decimal)
            table.add_column(column, justify="right" if counted else "left")
        for row in told:
            table.add_row(*map(_told, row))
        self.console.print(table)

    def end(self, title: str, lines: Sequence[str], onward: Sequence[tuple[str, str]]) -> None:
        """The last word; `onward` is where to go from here: what for, and a line to copy."""
        self.console.print()
        self.console.print(Panel("\n".join(lines), title=title, border_style="green", expand=False))
        for purpose, command in onward:
            self.console.print(f"\n{purpose}")
            self.console.print(f"   {command}", soft_wrap=True, markup=False)

    def _progress(self, *columns: ProgressColumn) -> Progress:
        return Progress(
            TextColumn("  "),
            SpinnerColumn(),
            TextColumn("{task.description}"),
            *columns,
            TimeElapsedColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )


def _told(cell: object) -> str:
    return str(Money(cell)) if isinstance(cell, Decimal) else str(cell)
