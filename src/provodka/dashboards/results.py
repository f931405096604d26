"""What a report gives: frozen tables of typed cells, pictures, checks and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.calendars import Calendars

__all__ = [
    "MOSCOW",
    "Bar",
    "Cell",
    "Chart",
    "Check",
    "Column",
    "Ratio",
    "ReportQuery",
    "ReportResult",
    "Table",
]

MOSCOW = ZoneInfo("Europe/Moscow")


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share with both its parts, so that a reader can check it; sums of money are `Decimal`."""

    numerator: int | Decimal
    denominator: int | Decimal

    @property
    def value(self) -> Decimal | None:
        """The quotient, exact to 28 digits; `None` when there is nothing to divide by."""
        if not self.denominator:
            return None
        return Decimal(self.numerator) / Decimal(self.denominator)


Cell: TypeAlias = str | int | Decimal | datetime | date | Ratio | None
Kind: TypeAlias = Literal["text", "count", "ratio", "money", "number", "instant", "day"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its machine name, its title for people, what it means and in which unit.

    `kind` decides how cells are written: `ratio` cells are `Ratio`, `money` are `Decimal`,
    `number` are `Decimal` of a unit (hours, pieces), shown with two digits, `count` are `int`,
    `instant` are aware datetimes, `day` are dates. `total` says that a sum down the column
    means something. A `context` column that holds one value all the way down may be shown once,
    above the table.
    """

    key: str
    title: str
    kind: Kind
    meaning: str
    unit: str = ""
    total: bool = False
    context: bool = False

    @property
    def heading(self) -> str:
        """The title, with the unit of a number that it does not name itself."""
        named = self.kind != "number" or self.title.endswith(self.unit)
        return self.title if named else f"{self.title}, {self.unit}"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells in the order of `columns`; `notes` say what was excluded and how to read.

    `keys` are as many as the rows, or none: what each row stands for by machine names (`group`,
    `stage`, `document`…), so that the documents behind its numbers can be found. Where `rows` are
    but the first ones, `whole` says how many there are and `sums` are the totals of them all.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    keys: tuple[Mapping[str, str], ...] = ()
    whole: int = 0
    sums: tuple[Cell, ...] = ()

    @property
    def size(self) -> int:
        """How many rows there are, those that were left out included."""
        return max(self.whole, len(self.rows))


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of a funnel: how many reached it, of how many on the step before."""

    label: str
    value: int
    ratio: Ratio | None
    won: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A funnel to draw; the first bar is the cohort itself."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A balance that must hold; a failed one means that the report is not to be trusted."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What is asked: the half-open period [since, until), as of when, broken down by what.

    `as_of` is `None` for "all that is known". `by` names one breakdown, `where` maps
    breakdowns to the value wanted. `horizon_days` is the H of conv_H, in days of 24 hours.
    `zone` is the one that people read times in, `calendars` those that they work by. `since`
    and `until` are aware.
    """

    since: datetime
    until: datetime
    as_of: datetime | None = None
    by: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    horizon_days: int = 30
    zone: tzinfo = MOSCOW
    calendars: Calendars | None = None

    @property
    def working(self) -> Calendars:
        """By which calendars working time is counted; five days from 9 to 18 unless given."""
        if self.calendars is not None:
            return self.calendars
        zone = self.zone if isinstance(self.zone, ZoneInfo) else MOSCOW
        return Calendars(WorkingCalendar(zone=zone))


@dataclass(frozen=True, slots=True)
class ReportResult:
    """A report as computed; the same query with the same `as_of` gives an equal value."""

    name: str
    title: str
    query: ReportQuery
    as_of: datetime
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def trusted(self) -> bool:
        """Whether every check holds."""
        return all(check.ok for check in self.checks)

    def table(self, name: str) -> Table:
        """The table of that name; `KeyError` if the report has none."""
        found = {table.name: table for table in self.tables}
        return found[name]
