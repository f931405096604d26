"""What a request was made with, as typed values; and who has made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from provodka.connectors.crm_store import people
from provodka.connectors.crm_store.requests import Asked
from provodka.foundation.errors import DocumentError, Refused
from provodka.foundation.i18n import _

__all__ = ["Asker", "asker", "given"]

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever asks, with the roles of this moment; `employee` is the key in `crm.employee`."""

    employee: UUID | None
    roles: frozenset[str]


def given(asked: Asked, kind: type[Given]) -> Given:
    """The parameters of a request as a structure; a `DocumentError` if they do not fit it."""
    try:
        return msgspec.convert(dict(asked.parameters), kind)
    except msgspec.ValidationError as error:
        raise DocumentError(
            _("Просьба «{kind}»").format(kind=asked.kind),
            found=_("поле заполнено не так: {said}").format(said=_place(error)),
            next_step=_("обновите страницу и повторите"),
            code="wrong_request",
        ) from error


def asker(connection: Connection, asked: Asked) -> Asker:
    """Who asks. A `Refused` if the person may not come in any more."""
    found = people.by_id(connection, asked.person)
    if found is None or not found.active:
        raise Refused(
            _("Просьба «{kind}»").format(kind=asked.kind),
            found=_("вход этому человеку закрыт"),
            next_step=_("обратитесь к инженеру"),
            code="no_person",
        )
    return Asker(found.employee_id, frozenset(found.roles))


def _place(error: msgspec.ValidationError) -> str:
    """Where it does not fit, without what stands there."""
    return str(error).rpartition(" - at ")[2].strip("`")
