"""One request as a page sees it: who, what was asked for, the store, the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection
from starlette.datastructures import ImmutableMultiDict

from provodka.connectors.crm_store import audit, requests
from provodka.connectors.crm_store.requests import Asked, Wish
from provodka.dashboards.web.pages.backdrop import Backdrop
from provodka.dashboards.web.people.visitor import Visitor
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["Visit"]


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that was let in. `part` names the element htmx wants, empty for a whole page.

    `path` are the parts of the address, `query` what follows its question mark, `form` the fields
    that were sent; all are text as it came and belongs to nobody's trust.
    """

    visitor: Visitor
    connection: Connection
    backdrop: Backdrop
    now: datetime
    path: Mapping[str, Any] = field(default_factory=dict)
    query: ImmutableMultiDict[str, str] = field(default_factory=ImmutableMultiDict)
    form: ImmutableMultiDict[str, str] = field(default_factory=ImmutableMultiDict)
    part: str = ""
    address: str = ""

    def wish(self, kind: str, parameters: Mapping[str, Any], number: UUID | None = None) -> Asked:
        """Ask the hub to do something; `number` makes the same wish, sent twice, one wish.

        Raises `DocumentError` if the number is somebody else's.
        """
        wanted = Wish(
            id=number or uuid4(),
            person=self.visitor.person,
            asked_by=self.visitor.name,
            kind=kind,
            asked_at=self.now,
            parameters=parameters,
        )
        kept = requests.ask(self.connection, wanted)
        audit.note(self.connection, self.visitor.person, f"did:{kind}")
        if kept is None:
            raise DocumentError(
                _("Просьба {number}").format(number=wanted.id),
                found=_("этот ключ уже занят другой просьбой"),
                next_step=_("обновите страницу и повторите"),
                code="foreign_request",
            )
        return kept
