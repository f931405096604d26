"""Recordings of talks: a link that is kept with the call, fetched when a person asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.http import HttpClient
from provodka.foundation.errors import AccessDenied, DocumentError, SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["GivesLinks", "Recording", "fetch", "recording_of", "renewed"]

MOST_BYTES = 512 * 1024 * 1024
RECORDED = text("SELECT id, source, recording, recording_until FROM crm.call WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Recording:
    """Where the recording of a call is: a link, or the name under which the PBX has it."""

    call: UUID
    source: str
    name: str = field(repr=False)
    until: datetime | None

    @property
    def linked(self) -> bool:
        """Whether anybody who has the link can fetch it."""
        return self.name.startswith(("https://", "http://"))

    def expired(self, now: datetime) -> bool:
        """Whether the link is known to be dead."""
        return self.until is not None and self.until <= now


@runtime_checkable
class GivesLinks(Protocol):
    """A PBX that makes a link for a recording when it is asked."""

    def recording_link(self, name: str) -> tuple[str, datetime | None]:
        """A link to the recording, and until when it can be fetched."""
        ...


def recording_of(connection: Connection, call: UUID) -> Recording:
    """Where a call's recording is. Raises `DocumentError` if there is none."""
    row = connection.execute(RECORDED, {"id": call}).one_or_none()
    if row is None or not row.recording:
        raise DocumentError(
            _("Звонок {key}").format(key=call),
            found=_("записи нет"),
            expected=_("звонок, который АТС записала"),
            next_step=_("запись могла ещё не появиться: выполните provodka sync calls"),
            code="no_recording",
        )
    return Recording(row.id, row.source, row.recording, row.recording_until)


def renewed(source: object, found: Recording, now: datetime) -> Recording:
    """The recording with a link that works: the PBX's own name for it is exchanged for one.

    Raises `DocumentError` where the link is dead, or the PBX gives none.
    """
    if found.linked and not found.expired(now):
        return found
    if isinstance(source, GivesLinks):
        link, until = source.recording_link(found.name)
        return Recording(found.call, found.source, link, until)
    if found.linked:
        raise DocumentError(
            _("Запись звонка {key}").format(key=found.call),
            found=_("срок ссылки истек"),
            expected=_("действующая ссылка"),
            next_step=_("перечитайте журнал: provodka sync calls"),
            code="link_expired",
        )
    raise DocumentError(
        _("Запись звонка {key}").format(key=found.call),
        found=_("АТС называет запись, но ссылки не дает"),
        expected=_("ссылка на запись"),
        next_step=_("возьмите файл на самой АТС; имя покажет provodka --json calls recording"),
        code="no_link",
    )


def fetch(found: Recording, target: Path, *, ca_file: Path | None = None) -> int:
    """Download to a file that is not there yet; returns its size in bytes.

    Raises `SystemUnavailable`, `AccessDenied` or `DocumentError`.
    """
    parts = urlsplit(found.name)
    base = f"{parts.scheme}://{parts.netloc}"
    with HttpClient(base, max_body=MOST_BYTES, ca_file=ca_file) as client:
        answer = client.request("GET", parts.path or "/", query=parts.query)
    if answer.status in (401, 403):
        raise AccessDenied(
            base, found=_("запись не отдается: ответ {status}").format(status=answer.status),
            next_step=_("проверьте права у поставщика АТС"), code="recording_denied",
        )  # fmt: skip
    if answer.status in (404, 410):
        raise DocumentError(
            base, found=_("записи по ссылке уже нет"),
            next_step=_("перечитайте журнал: provodka sync calls"), code="recording_gone",
        )  # fmt: skip
    if answer.status != 200 or not answer.body:
        raise SystemUnavailable(
            base, found=_("ответ {status} вместо записи").format(status=answer.status),
            next_step=_("повторите позже"), code="recording_unavailable",
        )  # fmt: skip
    with target.open("xb") as file:
        return file.write(answer.body)
