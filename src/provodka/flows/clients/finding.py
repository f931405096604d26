"""From what a person types to the client meant."""

from __future__ import annotations

import re
from uuid import UUID

from sqlalchemy import Connection, select

from provodka.connectors.crm_store.tables.clients import client
from provodka.dashboards.insight.finding import find_document
from provodka.foundation.errors import AmbiguousMatch, DocumentError
from provodka.foundation.i18n import _

__all__ = ["find_client"]

INN = re.compile(r"\d{10}|\d{12}")


def find_client(connection: Connection, what: str) -> UUID:
    """The one client that `what` names: an ИНН, a key, its beginning, or a key of another system.

    Raises `AmbiguousMatch` or `DocumentError`.
    """
    if INN.fullmatch(what.strip()):
        with_inn = client.c.inn == what.strip()
        query = select(client.c.id).where(with_inn, client.c.deleted_at.is_(None))
        found: list[UUID] = list(connection.scalars(query.order_by(client.c.id)))
        if len(found) == 1:
            return found[0]
        if found:
            raise _several(what, found)
    key = find_document(connection, what if ":" in what else f"client:{what}")
    if key is None or key[0] != "client":
        raise DocumentError(
            _("Клиент «{what}»").format(what=what),
            found=_("это не клиент хаба"),
            expected=_("ключ клиента, начало ключа, ИНН или ключ другой системы"),
            next_step=_("пары клиентов покажет provodka clients duplicates"),
            code="no_client",
        )
    return key[1]


def _several(what: str, found: list[UUID]) -> AmbiguousMatch:
    candidates = [str(one) for one in found]
    return AmbiguousMatch(
        _("Клиент «{what}»").format(what=what),
        candidates=candidates,
        found=_("с этим ИНН несколько: {list}").format(list=", ".join(candidates)),
        expected=_("один клиент"),
        next_step=_("назовите его ключом"),
        code="ambiguous_client",
    )
