"""Rows that are set aside with their reasons, and are so no longer once their file is mended."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Integer, select

from provodka.connectors.crm_store import quarantine
from provodka.connectors.crm_store.tables.hub import quarantine as waiting
from provodka.flows.history.rows import Misfit, Reading

__all__ = ["heal_mended", "keep_aside"]


def keep_aside(connection: Connection, reading: Reading, misfits: Iterable[Misfit]) -> None:
    """Put rows into quarantine whole, each with its file, its number and why."""
    for misfit in misfits:
        told = reading.told(misfit)
        quarantine.set_aside(connection, _stream(reading), _key(misfit), told, misfit.error)


def heal_mended(
    connection: Connection, reading: Reading, misfits: Iterable[Misfit], *, after: int
) -> int:
    """Rows of a file of this name that wait no longer: read to its end, it has them no more.

    `after` is the row behind which it was read. Returns how many there were.
    """
    c = waiting.c
    mine = c.payload["file"].astext == reading.file.path.name
    read = c.payload["row"].astext.cast(Integer) > after
    known = connection.scalars(
        select(c.external_key).where(
            c.stream == _stream(reading), c.state.in_(quarantine.WAITING), mine, read
        )
    )
    mended = set(known) - {_key(one) for one in misfits}
    return quarantine.heal(connection, _stream(reading), sorted(mended))


def _stream(reading: Reading) -> str:
    return f"import:{reading.kind.name}"


def _key(misfit: Misfit) -> str:
    return misfit.key.hex[:16]
