"""The journal read for a rehearsal: in SQL, without the changes that can wake no rule.

A change is left out only if it is certain: no rule listens to what happened, or its condition
is false. Whatever was acted on in life is always read, and so is every change of a document that
other documents' rules look at. Deltas of one document in one transaction stay together, because
only together they are a change: where the document itself has several, they are always read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    true,
    tuple_,
)

from provodka.connectors.crm_store.journal import FLOOR, Delta, Position
from provodka.connectors.crm_store.tables import metadata
from provodka.trigger_rules.event_kinds import EVENTS, PAPERS
from provodka.trigger_rules.events import MISSED
from provodka.trigger_rules.in_sql import Truth, in_sql
from provodka.trigger_rules.language import When
from provodka.trigger_rules.rule import Rule
from provodka.trigger_rules.verdicts import DEEPEST

__all__ = ["Page", "by_lines", "page_end", "read_page", "wanted"]

DELTA = metadata.tables["hub.delta"]
EFFECT = metadata.tables["hub.effect"]
BEFORE, AFTER = DELTA.c.before, DELTA.c.after
END = text(f"""
    WITH scanned AS MATERIALIZED (
        SELECT xid, id, at, row_number() OVER (ORDER BY xid, id) AS n FROM (
            SELECT delta.xid, id, at FROM hub.delta
            WHERE (xid, id) > (CAST(:xid AS text)::xid8, :id) AND at >= {FLOOR}
              AND xid < pg_snapshot_xmin(pg_current_snapshot()) AND kind = ANY(:kinds)
            ORDER BY delta.xid, id LIMIT :limit) AS page),
    tail AS (SELECT xid, n FROM scanned ORDER BY n DESC LIMIT 1)
    SELECT scanned.xid::text, scanned.id, scanned.at, scanned.n FROM scanned, tail
    ORDER BY (tail.n < :limit OR scanned.xid < tail.xid) DESC, scanned.n DESC LIMIT 1
""")  # noqa: S608 - the text is this program's own


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page of the journal ends, when that was, how many changes it has."""

    end: Position
    at: datetime
    deltas: int


def page_end(
    connection: Connection, after: Position, limit: int, kinds: Collection[str]
) -> Page | None:
    """The end of the next page of whole transactions; a longer one is cut. Nothing at the end."""
    given = {"xid": str(after.xid), "id": after.id, "limit": limit, "kinds": list(kinds)}
    row = connection.execute(END, given).first()
    return Page(Position(int(row[0]), row[1]), row[2], row[3]) if row else None


def read_page(
    connection: Connection, after: Position, until: Position, kinds: Collection[str], kept: Truth
) -> list[Delta]:
    """The deltas of a page that are `wanted`, with those of the same change, in their order."""
    group = (DELTA.c.xid, DELTA.c.kind, DELTA.c.document)
    place = tuple_(DELTA.c.xid, DELTA.c.id)
    columns = [one for one in DELTA.c if one.name != "xid"]
    several = func.count().filter(DELTA.c.part == "").over(partition_by=group) > 1
    kept = or_(func.bool_or(kept).over(partition_by=group), several)
    inner = (
        select(*columns, DELTA.c.xid, kept.label("kept"))
        .where(place > _place(after), place <= _place(until), DELTA.c.kind.in_(kinds))
        .where(text(f"at >= {FLOOR}").bindparams(xid=str(after.xid)))
        .subquery()
    )
    query = select(inner).where(inner.c.kept).order_by(inner.c.xid, inner.c.id)
    return [_delta(row._mapping) for row in connection.execute(query)]


def wanted(rules: Sequence[Rule], whole: Collection[str]) -> Truth:
    """Whether a delta may wake a rule; those of `whole` kinds, which hold `by_lines`, always."""
    kinds = {rule.kind for rule in rules} - set(whole)
    if not kinds:
        return true()
    known = [
        (DELTA.c.kind == kind, _wakes_any([rule for rule in rules if rule.kind == kind]))
        for kind in sorted(kinds)
    ]
    return or_(
        DELTA.c.depth >= DEEPEST,
        case(*known, else_=true()).is_not(False),
        _acted([rule.name for rule in rules]),
    )


def by_lines(rules: Sequence[Rule]) -> set[str]:
    """Kinds of documents whose rules hear of a change of lines alone: it does not say the rest."""
    return {
        rule.kind
        for rule in rules
        for when in rule.text.when
        if when.event in ("document_changed", f"{rule.kind}_changed") and not when.field
    }


def _wakes_any(rules: Sequence[Rule]) -> Truth:
    """Whether a delta of this kind may wake one of its rules; none hears of its lines alone."""
    own = or_(AFTER.is_(None), *(one for rule in rules for one in _wakes(rule)))
    return and_(DELTA.c.part == "", own)


def _acted(rules: Sequence[str]) -> Truth:
    """Whether rules of these names did something because of the delta."""
    because = and_(
        EFFECT.c.document == DELTA.c.document,
        EFFECT.c.cause == DELTA.c.id,
        EFFECT.c.rule.in_(rules),
    )
    return exists(select(literal(1)).where(because).correlate(DELTA))


def _wakes(rule: Rule) -> list[Truth]:
    asked = rule.condition
    condition = in_sql(asked.tree, rule.kind, AFTER) if asked else None
    heard = [_happened(when) for when in rule.text.when if not EVENTS[when.event].clocked]
    if condition is None:
        return heard
    return [and_(one, condition.is_not(False)) for one in heard]


def _happened(when: When) -> Truth:
    """What must be true of a document's only delta in a transaction for the event to be in it."""
    looked = HAPPENED.get(when.event)
    if looked is not None:
        return looked()
    return _differs(when.field) if when.field else true()


def _differs(*fields: str) -> Truth:
    return or_(*(BEFORE.op("->>")(one).is_distinct_from(AFTER.op("->>")(one)) for one in fields))


def _becomes(field: str, value: str) -> Callable[[], Truth]:
    return lambda: and_(
        AFTER.op("->>")(field) == value, BEFORE.op("->>")(field).is_distinct_from(value)
    )


def _is(field: str, *values: str) -> Callable[[], Truth]:
    return lambda: AFTER.op("->>")(field).in_(values)


def _posted() -> Truth:
    was_deleted = BEFORE.op("->>")("deleted_at").is_not(None)
    was_not = BEFORE.op("->>")("posted").is_distinct_from("true")
    return and_(AFTER.op("->>")("posted") == "true", or_(was_not, was_deleted))


def _created() -> Truth:
    return or_(BEFORE.is_(None), BEFORE.op("->>")("deleted_at").is_not(None))


def _delivery(result: str) -> Callable[[], Truth]:
    return lambda: and_(AFTER.op("->>")("kind") == "delivery", _becomes("status", result)())


def _covered(done: str) -> Callable[[], Truth]:
    return lambda: _differs("amount", done)


HAPPENED: Mapping[str, Callable[[], Truth]] = {
    "document_created": _created,
    "document_deleted": lambda: AFTER.op("->>")("deleted_at").is_not(None),
    "call_missed": _is("outcome", *MISSED),
    "call_finished": _is("outcome", "answered"),
    "call_incoming": _is("direction", "incoming"),
    "mail_received": _is("direction", "incoming"),
    "mail_read": lambda: _differs("read_at"),
    "mail_bounced": lambda: _differs("bounced_at"),
    **{f"{kind}_posted": _posted for kind in PAPERS},
    **{f"task_{one}": _becomes("status", one) for one in ("done", "failed", "cancelled")},
    **{f"delivery_{one}": _delivery(one) for one in ("done", "failed")},
    **{f"invoice_{one}": _covered("paid_amount") for one in ("paid", "partly_paid")},
    **{f"invoice_{one}": _covered("shipped_amount") for one in ("shipped", "partly_shipped")},
}


def _place(at: Position) -> ColumnElement[Any]:
    xid = cast(literal(str(at.xid), Text()), DELTA.c.xid.type)
    return tuple_(xid, literal(at.id))


def _delta(fields: Mapping[Any, Any]) -> Delta:
    known = {name: value for name, value in fields.items() if name != "kept"}
    return Delta(**{**known, "xid": int(known["xid"])})
