"""Who saw and did what, a page at a time, the latest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from provodka.connectors.crm_store.tables.people import audit, person
from provodka.dashboards.insight.titles import among
from provodka.foundation.i18n import _

__all__ = ["Noted", "audit_page", "detail_word", "what_word"]


@dataclass(frozen=True, slots=True)
class Noted:
    """One line; `name` and `login` are empty where nobody is known to have done it."""

    id: int
    at: datetime
    name: str
    login: str
    what: str
    kind: str
    document: UUID | None
    detail: Mapping[str, Any]


def audit_page(
    connection: Connection,
    limit: int,
    *,
    before: int = 0,
    login: str = "",
    document: UUID | None = None,
    staff: Collection[UUID] | None = None,
) -> Sequence[Noted]:
    """Lines whose numbers are less than `before`, of one person or about one document."""
    one = audit.c
    columns = (one.id, one.at, person.c.name, person.c.login, one.what, one.kind, one.document)
    query = select(*columns, one.detail).select_from(
        audit.outerjoin(person, person.c.id == one.person_id)
    )
    if before:
        query = query.where(one.id < before)
    if login:
        whose = select(person.c.id).where(person.c.login == login).scalar_subquery()
        query = query.where(one.person_id == whose)
    if document is not None:
        query = query.where(one.document == document)
    if staff is not None:
        query = query.where(among(person.c.employee_id, staff))
    rows = connection.execute(query.order_by(one.id.desc()).limit(limit))
    return [Noted(row.id, row.at, row.name or "", row.login or "", *row[4:]) for row in rows]


def what_word(what: str) -> str:
    """What was done, in words; what has no word is told as it is."""
    deed, colon, rest = what.partition(":")
    if deed == "did" and colon:
        return _("сделал: {deed}").format(deed=rest)
    return {
        "entered": _("вошел"),
        "refused": _("не пущен"),
        "left": _("вышел"),
        "saw": _("смотрел"),
        "exported": _("выгрузил"),
        "stood_in": _("замещал"),
    }.get(what, what)


def detail_word(name: str, said: object) -> str:
    """One detail of what was done, in words: how somebody came in, why they were not let in."""
    known = {
        "way": {
            "password": _("по паролю"),
            "link": _("по ссылке"),
            "oidc": _("через вход компании"),
        },
        "reason": {
            "unknown": _("такого человека нет"),
            "wrong": _("пароль не подходит"),
            "disabled": _("человек выключен"),
            "spent": _("ссылка уже не годна"),
            "too_often": _("слишком часто"),
        },
        "everywhere": {"true": _("на всех устройствах"), "false": _("на этом устройстве")},
    }
    return known.get(name, {}).get(str(said), str(said))
