"""Why two clients cannot be merged now, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, or_, select

from provodka.connectors.crm_store import conflicts
from provodka.connectors.crm_store.tables.clients import client
from provodka.connectors.crm_store.tables.hub import outbox
from provodka.connectors.crm_store.tables.merging import client_merge
from provodka.dashboards.insight.wording import system_word
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["Clients", "locked", "refuse_busy", "refuse_merge", "refuse_undoing", "refused"]

Clients = Mapping[UUID, Mapping[str, Any]]
UNSETTLED = ("waiting", "sending", "unsure")


def refused(where: str, found: str, next_step: str, code: str) -> DocumentError:
    """A refusal to merge or to take apart."""
    expected = _("клиенты, с которыми ничего не происходит")
    return DocumentError(where, found=found, expected=expected, next_step=next_step, code=code)


def locked(connection: Connection, *keys: UUID) -> Clients:
    """Rows of the clients, locked until the transaction ends: nothing new refers to them."""
    rows = connection.execute(
        select(client).where(client.c.id.in_(keys)).order_by(client.c.id).with_for_update()
    )
    found = {row.id: dict(row._mapping) for row in rows}
    for key in keys:
        if key not in found:
            raise refused(
                _title(str(key)),
                _("такого клиента в хабе больше нет"),
                _("пары клиентов покажет provodka clients duplicates"),
                "no_client",
            )
    return found


def refuse_merge(connection: Connection, clients: Clients, kept: UUID, dropped: UUID) -> None:
    """Raise a `DocumentError` unless both may be merged now."""
    if kept == dropped:
        raise refused(
            _title(_name(clients[kept])),
            _("назван дважды"),
            _("назовите двух разных клиентов"),
            "same_client",
        )
    for key in (kept, dropped):
        if clients[key]["merged_into_id"] is not None:
            raise refused(
                _title(_name(clients[key])),
                _("уже объединен с клиентом {key}").format(key=clients[key]["merged_into_id"]),
                _("назовите того, с кем он объединен"),
                "merged_already",
            )
        if clients[key]["deleted_at"] is not None:
            raise refused(
                _title(_name(clients[key])),
                _("помечен удаленным"),
                _("снимите пометку удаления или объединяйте с живым клиентом"),
                "deleted_client",
            )
    refuse_busy(connection, clients)


def refuse_busy(connection: Connection, clients: Clients) -> None:
    """Raise a `DocumentError` if a conflict is open or an errand is under way on any of them."""
    for key, fields in conflicts.open_fields(connection, list(clients)).items():
        raise refused(
            _title(_name(clients[key])),
            _("открыт конфликт, поля: {fields}").format(fields=", ".join(sorted(fields))),
            _("решите его: provodka conflicts list"),
            "open_conflict",
        )
    errand = connection.execute(
        select(outbox.c.document, outbox.c.target, outbox.c.id)
        .where(outbox.c.document.in_(list(clients)), outbox.c.state.in_(UNSETTLED))
        .order_by(outbox.c.id)
        .limit(1)
    ).first()
    if errand:
        raise refused(
            _title(_name(clients[errand.document])),
            _("его изменения еще отправляются, куда: {system} (поручение {number})").format(
                system=system_word(errand.target), number=errand.id
            ),
            _("дождитесь конца отправки (provodka sync) и повторите"),
            "errand_under_way",
        )


def refuse_undoing(connection: Connection, merge: Any) -> None:
    """Raise a `DocumentError` if a later merge of either client stands on this one."""
    both = (merge.kept, merge.dropped)
    later = connection.execute(
        select(client_merge.c.id)
        .where(
            client_merge.c.id > merge.id,
            client_merge.c.undone_at.is_(None),
            or_(client_merge.c.kept.in_(both), client_merge.c.dropped.in_(both)),
        )
        .order_by(client_merge.c.id.desc())
        .limit(1)
    ).scalar()
    if later is not None:
        raise refused(
            _("Объединение {number}").format(number=merge.id),
            _("после него эти клиенты объединены еще раз: {later}").format(later=later),
            _("сначала отмените то: provodka clients unmerge {later}").format(later=later),
            "merged_since",
        )


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['name']} ({row['id']})"


def _title(name: str) -> str:
    return _("Клиент {name}").format(name=name)
