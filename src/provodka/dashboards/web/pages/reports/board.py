"""Open deals as a board: stages from left to right, cards within, the dearest first (R106)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from provodka.dashboards.rendering.formatting import cell_text, number_text
from provodka.dashboards.results import Cell, ReportResult, Table
from provodka.dashboards.web.pages.reports.tables import Link
from provodka.foundation.i18n import _

__all__ = ["MOST_CARDS", "Board", "Card", "Lane", "boards_of"]

MOST_CARDS = 20
"""So many cards stand in one lane; the others are behind its number."""


@dataclass(frozen=True, slots=True)
class Card:
    """One deal; `days` are in words, `late` says that the time of its nearest task has passed."""

    number: str
    href: str
    title: str
    client: str
    manager: str
    amount: str
    days: str
    late: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """One stage: how many deals, for how much, its first cards; `href` leads to all of them."""

    title: str
    deals: int
    amount: str
    href: str
    cards: tuple[Card, ...]

    @property
    def left(self) -> int:
        """How many have no card here."""
        return self.deals - len(self.cards)


@dataclass(frozen=True, slots=True)
class Board:
    """The lanes of one scenario and group."""

    title: str
    lanes: tuple[Lane, ...]


def boards_of(result: ReportResult, link: Link) -> tuple[Board, ...]:
    """A board for each scenario and group of the report `my_sales`."""
    cards: dict[tuple[str, str, str], list[Card]] = {}
    for cells, keys in _rows(result.table("cards")):
        place = _place(keys)
        if len(cards.setdefault(place, [])) < MOST_CARDS:
            cards[place].append(
                _card(result, cells, link("cards", "number", keys, cells["number"]))
            )
    boards: dict[tuple[str, str], tuple[str, list[Lane]]] = {}
    for cells, keys in _rows(result.table("stages")):
        scenario, group, stage = _place(keys)
        title = " · ".join(str(cells[name]) for name in ("scenario", "group") if cells.get(name))
        lane = Lane(
            str(cells["stage"]),
            _count(cells["deals"]),
            cell_text(cells["amount"], result.query.zone),
            link("stages", "deals", keys, cells["deals"]),
            tuple(cards.get((scenario, group, stage), ())),
        )
        boards.setdefault((scenario, group), (title, []))[1].append(lane)
    return tuple(Board(title, tuple(lanes)) for title, lanes in boards.values())


def _rows(table: Table) -> list[tuple[dict[str, Cell], Mapping[str, str]]]:
    names = [column.key for column in table.columns]
    pairs = zip(table.rows, table.keys, strict=True)
    return [(dict(zip(names, row, strict=True)), keys) for row, keys in pairs]


def _place(keys: Mapping[str, str]) -> tuple[str, str, str]:
    return keys.get("scenario", ""), keys.get("group", ""), keys.get("stage", "")


def _card(result: ReportResult, cells: Mapping[str, Cell], href: str) -> Card:
    zone, due = result.query.zone, cells.get("due_at")
    return Card(
        str(cells["number"]),
        href,
        str(cells["title"] or ""),
        str(cells["client"] or ""),
        str(cells["manager"] or ""),
        cell_text(cells["amount"], zone),
        _days(cells["days"]),
        isinstance(due, datetime) and due < result.as_of,
    )


def _days(cell: Cell) -> str:
    """How long a card has stood in its stage: nobody counts hundredths of a day."""
    if not isinstance(cell, Decimal):
        return ""
    if cell < 1:
        return _("меньше дня")
    return _("{days} дн.").format(days=number_text(int(cell)))


def _count(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0
