"""Forms of sites become `crm.form_entry`, each once, on the client who filled it in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store import inbox, journal
from provodka.connectors.crm_store.inbox import Received
from provodka.connectors.crm_store.tables.reacting import form_entry
from provodka.connectors.web_forms import read_form
from provodka.flows.hub import Hub
from provodka.flows.inbox.acquaintance import acquaint
from provodka.flows.inbox.recognising import client_of
from provodka.flows.inbox.wording import understood
from provodka.flows.settings import FormSite
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["take_forms"]

PRESSED_AGAIN = timedelta(minutes=1)
"""The same content within this time is the same button pressed twice."""


def take_forms(
    connection: Connection, hub: Hub, rows: Sequence[Received]
) -> Iterable[Mapping[str, Any]]:
    """Write an entry for each form; handled again it is the same entry."""
    code = rows[0].system
    form = hub.settings.web.forms.get(code) if hub.settings.web else None
    if form is None:
        raise Misunderstood(
            _("Форма «{code}»").format(code=code),
            found=_("в hub.yaml такой больше нет"),
            expected=_("форма из раздела web.forms"),
            code="unknown_form",
        )
    journal.attribute(connection, "site")
    return (_take(connection, form, row) for row in rows)


def _take(connection: Connection, form: FormSite, row: Received) -> Mapping[str, Any]:
    if inbox.repeated(connection, row, PRESSED_AGAIN, "form_entry"):
        return {"repeat": True}
    said = understood(read_form(row.headers.get("content-type", ""), row.body), form)
    client = client_of(connection, phone=said.phone, email=said.email)
    entry = insert(form_entry).values(
        id=row.document,
        kind=form.kind,
        form=row.system,
        client_id=client,
        name=said.name,
        phone=said.phone,
        email=said.email,
        text=said.text,
        at=row.received_at,
    )
    connection.execute(entry.on_conflict_do_nothing(index_elements=[form_entry.c.id]))
    visitor, site = row.headers.get("visitor"), row.headers.get("origin")
    if client and visitor and site:
        acquaint(connection, site.lower(), visitor, client, "form")
    return {"form_entry": str(row.document)}
