"""A merge taken back: what it moved goes back, unless somebody has changed it since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.tables.merging import client_merge
from provodka.flows.clients.arrivals import send_back
from provodka.flows.clients.refusing import locked, refuse_busy, refuse_undoing, refused
from provodka.flows.clients.steps import Step, steps_of
from provodka.foundation.i18n import _

__all__ = ["Undone", "unmerge"]

UNBIND = text("""
    UPDATE hub.binding SET document = :dropped
    WHERE document = :kept AND kind = 'client' AND system = :system AND external_key = :key
""")
FORGET_VERSION = text("""
    UPDATE hub.binding SET external_version = NULL
    WHERE document = :dropped AND kind = 'client' AND system = :system
      AND external_version IS DISTINCT FROM :version
""")


@dataclass(frozen=True, slots=True)
class Undone:
    """What went back: `restored` counts rows by kind, `left` those changed since, which stay.

    `arrived` are documents that came for the dropped client after the merge.
    """

    number: int
    kept: UUID
    dropped: UUID
    restored: Mapping[str, int]
    left: Mapping[str, int]
    arrived: int


def unmerge(connection: Connection, number: int, who: str) -> Undone:
    """Take a merge back in the current transaction.

    Raises `DocumentError` if there is no such merge, it is taken back, a later one stands on
    it, or either client is in conflict or being sent.
    """
    row = _standing(connection, number)
    refuse_undoing(connection, row)
    refuse_busy(connection, locked(connection, row.kept, row.dropped))
    journal.attribute(connection, f"person:{who}")
    restored: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for alike, steps in groupby(reversed(steps_of(connection, number)), key=_sort):
        some = list(steps)
        done = _put_back(connection, some)
        restored[alike[0]] += done
        left[alike[0]] += len(some) - done
    _bindings_back(connection, row)
    arrived = send_back(connection, number, row.kept, row.dropped)
    connection.execute(
        client_merge.update()
        .where(client_merge.c.id == number)
        .values(
            undone_by=f"person:{who}",
            undone_at=text("now()"),
            undone_xid=text("pg_current_xact_id()"),
        )
    )
    return Undone(number, row.kept, row.dropped, +restored, +left, arrived)


def _standing(connection: Connection, number: int) -> Any:
    query = select(client_merge).where(client_merge.c.id == number).with_for_update()
    row = connection.execute(query).first()
    if row is None or row.undone_at is not None:
        raise refused(
            _("Объединение {number}").format(number=number),
            _("уже отменено") if row else _("такого нет"),
            _("все объединения покажет provodka clients merges"),
            "no_merge",
        )
    return row


def _sort(step: Step) -> tuple[str, str, bool, bool, str]:
    """Steps that one statement takes back: of one table, with the same fields changed alike."""
    alike = dump_json([step.before, step.after]) if step.before and step.after else ""
    return (step.kind, step.part, bool(step.before), bool(step.after), alike)


def _put_back(connection: Connection, steps: Sequence[Step]) -> int:
    """Undo like changes of some rows; how many of the rows were still as the merge left them.

    Field by field: what somebody has given another value since stays.
    """
    one = steps[0]
    if not one.before:
        return sum(_unmade(connection, step) for step in steps)
    if not one.after:
        return 0
    given = {"before": dump_json(one.before), "after": dump_json(one.after), **_keys(steps)}
    return min(
        connection.execute(text(_statement(one, name)), given).rowcount
        for name in sorted(one.before)
    )


def _statement(one: Step, name: str) -> str:
    table = _table(one)
    return (
        f"UPDATE {table} t SET {name} = was.{name}"  # noqa: S608 - a declared table's names
        f" FROM json_populate_record(NULL::{table}, CAST(:before AS json)) was,"
        f" json_populate_record(NULL::{table}, CAST(:after AS json)) became"
        f" WHERE {_where(one)} AND t.{name} IS NOT DISTINCT FROM became.{name}"
    )


def _unmade(connection: Connection, step: Step) -> int:
    """Remove a row that the merge has made, if nobody has changed it or refers to it."""
    table = _table(step)
    statement = (
        f"DELETE FROM {table} t WHERE {_where(step)} AND to_jsonb(t) ="  # noqa: S608
        f" to_jsonb(json_populate_record(NULL::{table}, CAST(:after AS json)))"
    )
    try:
        with connection.begin_nested():
            given = {"after": dump_json(step.after), **_keys([step])}
            return connection.execute(text(statement), given).rowcount
    except IntegrityError:
        return 0


def _table(step: Step) -> str:
    return f"crm.{step.kind}_{step.part}" if step.part else f"crm.{step.kind}"


def _where(step: Step) -> str:
    documents = "unnest(CAST(:documents AS uuid[]))"
    if not step.part:
        return f"t.id IN (SELECT {documents})"
    lines = "unnest(CAST(:lines AS int[]))"
    return f"(t.{step.kind}_id, t.line) IN (SELECT {documents}, {lines})"


def _keys(steps: Sequence[Step]) -> dict[str, Any]:
    keys: dict[str, Any] = {"documents": [step.document for step in steps]}
    return keys | ({"lines": [step.line for step in steps]} if steps[0].part else {})


def _bindings_back(connection: Connection, merge: Any) -> None:
    """Counterparts that had passed return; what 1C has changed meanwhile is read anew."""
    both = {"kept": merge.kept, "dropped": merge.dropped}
    for one in merge.bindings:
        given = {"system": one["system"], "key": one["external_key"]}
        connection.execute(UNBIND, both | given)
    for one in merge.versions:
        given = {"system": one["system"], "version": one["external_version"]}
        connection.execute(FORGET_VERSION, {"dropped": merge.dropped, **given})
