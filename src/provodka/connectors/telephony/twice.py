"""The hour that autumn tells twice, told apart by the order in which calls happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

__all__ = ["dated", "unfolded"]

OUT_OF_ORDER = timedelta(minutes=10)
"""How much earlier than the one before it a call may have begun, in a list by their order."""


def unfolded(times: Iterable[datetime], zone: ZoneInfo) -> Iterator[datetime]:
    """Local times without offset, in the order in which they happened, as aware times (UTC).

    A time that is there twice is taken for the first one, unless that would put it before what
    had happened already.
    """
    reached: datetime | None = None
    for one in times:
        first = one.replace(tzinfo=zone, fold=0).astimezone(UTC)
        second = one.replace(tzinfo=zone, fold=1).astimezone(UTC)
        again = second > first and reached is not None and first < reached - OUT_OF_ORDER
        moment = second if again else first
        reached = moment if reached is None else max(reached, moment)
        yield moment


def dated(
    rows: Sequence[Any],
    field: str,
    zone: ZoneInfo,
    *,
    order: Callable[[Mapping[str, Any]], Any] | None = None,
    pattern: str = "",
    into: str = "",
) -> list[Any]:
    """Rows whose field, a local time, has its offset; those without a readable time as they are.

    `order` is what of a row rises with time whatever the clock does, as the vendor's own number
    of the call; without it rows are in order as they stand, from either end. `pattern` is of
    `strptime`, empty for ISO; `into` is the field to write, if not the same.
    """
    every = ((index, _local(row, field, pattern)) for index, row in enumerate(rows))
    read = [(index, told) for index, told in every if told is not None]
    if order is not None:
        read.sort(key=lambda one: order(rows[one[0]]))
    elif read and read[0][1] > read[-1][1]:
        read.reverse()
    found: list[Any] = [*rows]
    for (index, _told), moment in zip(read, unfolded((t for _i, t in read), zone), strict=True):
        found[index] = {**rows[index], into or field: moment.isoformat()}
    return found


def _local(row: Any, field: str, pattern: str) -> datetime | None:
    text = str(row.get(field, "")) if isinstance(row, Mapping) else ""
    try:
        told = datetime.strptime(text, pattern) if pattern else datetime.fromisoformat(text)  # noqa: DTZ007
    except ValueError:
        return None
    return None if told.tzinfo else told
