"""The matrix of ABC and XYZ as a table of heat: the more of the turnover, the darker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from provodka.dashboards.rendering.formatting import number_text
from provodka.dashboards.results import ReportResult

__all__ = ["Heat", "Spot", "heat_of"]

ABC = ("A", "B", "C")
XYZ = ("X", "Y", "Z", "")
DEGREES = 5


@dataclass(frozen=True, slots=True)
class Spot:
    """One cell: how many objects, their sum, how hot it is from 0 to 5."""

    objects: str
    value: str
    degree: int


@dataclass(frozen=True, slots=True)
class Heat:
    """Rows by ABC; the columns are X, Y, Z and, last, those with too few months to tell."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Spot, ...]], ...]


def heat_of(result: ReportResult) -> Heat | None:
    """The matrix of the report `abc_xyz`; `None` if nothing was sold."""
    table = result.table("matrix")
    if not table.rows:
        return None
    names = [column.key for column in table.columns]
    found = [dict(zip(names, row, strict=True)) for row in table.rows]
    spots = {(str(one["abc"]), str(one["xyz"] or "")): one for one in found}
    whole = sum((_amount(one) for one in found), Decimal(0))
    rows = tuple((abc, tuple(_spot(spots.get((abc, xyz)), whole) for xyz in XYZ)) for abc in ABC)
    return Heat(XYZ, rows)


def _spot(found: Mapping[str, object] | None, whole: Decimal) -> Spot:
    if found is None:
        return Spot("", "", 0)
    value = _amount(found)
    degree = min(DEGREES, 1 + int(value / whole * DEGREES)) if whole else 1
    return Spot(str(found["objects"]), number_text(value, 2), degree)


def _amount(found: Mapping[str, object]) -> Decimal:
    value = found["value"]
    return value if isinstance(value, Decimal) else Decimal(0)
