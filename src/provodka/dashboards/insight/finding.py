"""From what a person types to the document meant: a key, its beginning, a number, a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, TextClause, func, literal, select, text, union_all

from provodka.connectors.crm_store.tables import metadata
from provodka.connectors.crm_store.tables.hub import outbox, parked, quarantine
from provodka.dashboards.insight.titles import Key, kind_title, titles
from provodka.foundation.errors import AmbiguousMatch, DocumentError
from provodka.foundation.i18n import _

__all__ = ["find_document"]

HEX = re.compile(r"[0-9a-f]{6,32}")
ENOUGH = 20
NAMED = ("client", "contact", "contract", "employee", "organization", "product")
FOREIGN = """
    WITH RECURSIVE pair (system, kind) AS (
        (SELECT system, kind FROM hub.binding ORDER BY system, kind LIMIT 1)
        UNION ALL
        SELECT following.system, following.kind FROM pair p CROSS JOIN LATERAL (
            SELECT b.system, b.kind FROM hub.binding b WHERE (b.system, b.kind) > (p.system, p.kind)
            ORDER BY b.system, b.kind LIMIT 1) following)
    SELECT b.kind, b.document FROM pair p JOIN hub.binding b USING (system, kind)
    WHERE {condition} LIMIT :limit
"""
"""By the key of `hub.binding` alone, whatever the system and the kind."""
FOREIGN_KEY = text(FOREIGN.format(condition="b.external_key = :what"))
# Keys that begin with hexadecimal digits go on with them, or with a dash.
FOREIGN_BEGINNING = text(
    FOREIGN.format(
        condition="b.external_key >= :what AND b.external_key < :what || 'g'"
        " AND starts_with(b.external_key, :what)"
    )
)
TOLD = 5


def find_document(connection: Connection, what: str) -> Key | None:
    """The one document that `what` names; `None` if it is known only as set aside or parked.

    `what` is a UUID or its beginning (six digits at least), a number such as СЧ00-000001,
    a key of another system, a key of the outbox, or the whole name of whoever or whatever has one;
    `kind:what` narrows it to one kind.
    Raises `AmbiguousMatch` when several fit and `DocumentError` when none does.
    """
    kind, what = _narrowed(what.strip())
    found = _exact(connection, what) or _by_beginning(connection, what)
    documents = sorted({key for key in found if kind in ("", key[0])})
    if len(documents) == 1:
        return documents[0]
    if documents:
        raise _several(connection, what, documents)
    if _waiting_outside(connection, what):
        return None
    called = [key for key in _called(connection, what) if kind in ("", key[0])]
    if len(called) == 1:
        return called[0]
    if called:
        raise _several(connection, what, called)
    raise DocumentError(
        _("Документ «{what}»").format(what=what),
        found=_("нет ни в журнале, ни среди отложенных"),
        expected=_(
            "ключ, начало ключа, номер вида СЧ00-000001, ключ другой системы или название целиком"
        ),
        next_step=_("проверьте, что введено; отложенные покажет provodka quarantine list"),
        code="no_document",
    )


def _narrowed(what: str) -> tuple[str, str]:
    kind, colon, rest = what.partition(":")
    return (kind, rest) if colon and f"crm.{kind}" in metadata.tables else ("", what)


def _exact(connection: Connection, what: str) -> list[Key]:
    found = _numbered(connection, what)
    span = _span(what)
    if span is not None and span[0] == span[1]:
        found += _journaled(connection, *span)
    errand = select(outbox.c.kind, outbox.c.document).where(outbox.c.key == what)
    rows = connection.execute(errand).all()
    return found + _foreign(connection, FOREIGN_KEY, what) + [(row[0], row[1]) for row in rows]


def _by_beginning(connection: Connection, what: str) -> list[Key]:
    span = _span(what)
    if span is None:
        return []
    return _journaled(connection, *span) + _foreign(connection, FOREIGN_BEGINNING, what.lower())


def _foreign(connection: Connection, statement: TextClause, what: str) -> list[Key]:
    rows = connection.execute(statement, {"what": what, "limit": ENOUGH})
    return [(row.kind, row.document) for row in rows]


def _journaled(connection: Connection, first: UUID, last: UUID) -> list[Key]:
    rows = connection.execute(
        text(
            "SELECT DISTINCT kind, document FROM hub.delta"
            " WHERE document BETWEEN :first AND :last LIMIT :limit"
        ),
        {"first": first, "last": last, "limit": ENOUGH},
    )
    return [(row.kind, row.document) for row in rows]


def _numbered(connection: Connection, what: str) -> list[Key]:
    numbered = [
        select(literal(table.name).label("kind"), table.c.id).where(
            table.c.number.in_((what, what.upper()))
        )
        for table in metadata.tables.values()
        if table.schema == "crm" and "number" in table.columns and "id" in table.columns
    ]
    return [(row.kind, row.id) for row in connection.execute(union_all(*numbered))]


def _called(connection: Connection, what: str) -> list[Key]:
    """Those of this very name; they are few enough to be looked through."""
    named = [
        select(literal(kind).label("kind"), table.c.id)
        .where(func.lower(table.c.name) == what.lower())
        .limit(ENOUGH)
        for kind in NAMED
        for table in (metadata.tables[f"crm.{kind}"],)
    ]
    return sorted((row.kind, row.id) for row in connection.execute(union_all(*named)))


def _span(what: str) -> tuple[UUID, UUID] | None:
    """The first and the last key that begin so; `None` if it cannot be the beginning of one."""
    digits = what.replace("-", "").lower()
    if not HEX.fullmatch(digits):
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))


def _waiting_outside(connection: Connection, what: str) -> bool:
    return any(
        connection.execute(
            select(table.c.stream).where(table.c.external_key == what).limit(1)
        ).first()
        for table in (quarantine, parked)
    )


def _several(connection: Connection, what: str, documents: Sequence[Key]) -> AmbiguousMatch:
    named = titles(connection, documents)
    candidates = [f"{kind}:{key}" for kind, key in documents]
    told = [
        f"{kind_title(kind)} {named.get((kind, key), '')} ({kind}:{key})"
        for kind, key in documents[:TOLD]
    ]
    told += ["…"] if len(documents) > TOLD else []
    return AmbiguousMatch(
        _("Документ «{what}»").format(what=what),
        candidates=candidates,
        found=_("подходит несколько: {list}").format(list="; ".join(told)),
        expected=_("один документ"),
        next_step=_("назовите его целиком, например provodka trace {one}").format(
            one=candidates[0]
        ),
        code="ambiguous_document",
    )
