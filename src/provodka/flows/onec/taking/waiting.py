"""Documents of a page that are not taken: set aside for a person, or parked for a parent."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from provodka.connectors.crm_store import parked, quarantine
from provodka.connectors.crm_store.parked import Parked
from provodka.flows.onec.matching import Ambiguity
from provodka.flows.onec.taking.knowledge import Taking, stream_of
from provodka.flows.tolerance import Aside
from provodka.mappings.compiled import Mapping
from provodka.mappings.reading import Misread, Waiting

__all__ = ["park", "set_aside", "settled"]


def set_aside(
    connection: Connection,
    taking: Taking,
    mapping: Mapping,
    misfits: Sequence[Misread | Ambiguity],
) -> None:
    """Set documents aside, each under its newest reason; none of them waits for a parent now."""
    stream, keys = stream_of(mapping), [one.external_key for one in misfits]
    known = quarantine.open_keys(connection, stream, keys)
    settled(connection, mapping, keys)
    for one in misfits:
        aside = Aside(stream, one.external_key, one.payload, one.error, mapping.version)
        quarantine.set_aside(
            connection, stream, aside.key, aside.payload, aside.error, aside.mapping_version
        )
        taking.aside.append((aside, one.external_key not in known))


def park(connection: Connection, mapping: Mapping, waiting: Sequence[Waiting]) -> int:
    """Have documents wait for their parents, not for a person; returns how many there are."""
    quarantine.heal(connection, stream_of(mapping), [one.external_key for one in waiting])
    return parked.park(
        connection,
        [
            Parked(
                stream_of(mapping), one.external_key, one.parent_kind, one.parent_key, one.payload
            )
            for one in waiting
        ],
    )


def settled(connection: Connection, mapping: Mapping, keys: Sequence[str]) -> None:
    """Note that documents have been taken: they wait neither for a person nor for a parent."""
    quarantine.heal(connection, stream_of(mapping), keys)
    parked.release(connection, stream_of(mapping), keys)
