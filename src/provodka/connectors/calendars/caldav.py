"""One calendar on a server (CalDAV, RFC 4791; what has changed since, RFC 6578).

Whatever is written names the version that it was decided on: what somebody has changed in the
meantime is not overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from provodka.connectors.calendars.multistatus import (
    CALDAV,
    DAV,
    Found,
    Multistatus,
    read_multistatus,
)
from provodka.connectors.http import BasicAuth, HttpAnswer, HttpClient, Retries
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    ProvodkaError,
    Refused,
    RetriableError,
    SystemUnavailable,
)
from provodka.foundation.i18n import _

__all__ = ["CalDav", "ChangedMeanwhile", "Changes", "StaleToken", "Stored"]

XML = '<?xml version="1.0" encoding="utf-8"?>'
CONTENT = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
NAMES = f'xmlns:D="{DAV}" xmlns:C="{CALDAV}"'
SYNC = f"{XML}<D:sync-collection {NAMES}><D:sync-token>{{token}}</D:sync-token>"
SYNC += f"<D:sync-level>1</D:sync-level>{CONTENT}</D:sync-collection>"
QUERY = f"{XML}<C:calendar-query {NAMES}>{CONTENT}"
QUERY += '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
QUERY += '<C:time-range start="{since}" end="{until}"/></C:comp-filter></C:comp-filter>'
QUERY += "</C:filter></C:calendar-query>"
KIND = f"{XML}<D:propfind {NAMES}><D:prop><D:resourcetype/></D:prop></D:propfind>"
MEGABYTE = 1024 * 1024
MOST_PAGES = 1000


class ChangedMeanwhile(RetriableError):
    """Somebody has changed or created it first: read it again, and decide again."""


class StaleToken(RetriableError):
    """The server does not remember so far back: everything has to be read anew."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource of the calendar: its name in it, its version, its iCalendar."""

    name: str
    etag: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed since a token: what is there, the names of what is gone, the next token."""

    stored: tuple[Stored, ...]
    gone: tuple[str, ...]
    token: str


class CalDav:
    """A calendar by its own address; `name` is what people call it in messages.

    `token` is asked for an access token before each request, where there is one (RFC 6750 §2.1).
    """

    def __init__(
        self,
        name: str,
        url: str,
        login: str | None = None,
        password: str = "",
        *,
        token: Callable[[], str] | None = None,
        timeout: float = 30,
        ca_file: Path | None = None,
    ) -> None:
        self._access = token
        parts = urlsplit(url)
        self.where = _("календарь «{name}»").format(name=name)
        self._url, self._path = url.rstrip("/"), unquote(parts.path).strip("/")
        self._auth = BasicAuth(login, password) if login else None
        self._timeout, self._ca_file = timeout, ca_file

    def find(self, name: str) -> Stored | None:
        """A resource by its name, if it is there."""
        answer = self._request("GET", name)
        if answer.status in (404, 410):
            return None
        self._good(answer)
        return Stored(name, answer.headers.get("etag", ""), answer.body)

    def create(self, name: str, content: bytes, *, before: Callable[[], None]) -> str:
        """Put a new resource; its version, empty if the server does not say.

        Raises `ChangedMeanwhile` if there is one already, `UnknownOutcome` after a lost answer.
        """
        return self._put(name, content, {"If-None-Match": "*"}, before)

    def replace(self, name: str, content: bytes, etag: str, *, before: Callable[[], None]) -> str:
        """Put a resource over the version `etag`; raises as `create` does."""
        return self._put(name, content, {"If-Match": etag} if etag else {}, before)

    def remove(self, name: str, etag: str, *, before: Callable[[], None]) -> None:
        """Remove a resource of the version `etag`; what is gone already is no trouble."""
        headers = {"If-Match": etag} if etag else {}
        answer = self._request("DELETE", name, headers=headers, before=before)
        if answer.status not in (404, 410):
            self._good(answer)

    def changes(self, token: str) -> Changes:
        """Everything that has changed since a token; everything there is, if it is empty.

        Raises `StaleToken` if the server has forgotten the token.
        """
        stored: dict[str, Stored] = {}
        gone: dict[str, None] = {}
        for _page in range(MOST_PAGES):
            asked = SYNC.format(token=escape(token))
            page = self._report(asked, depth="0")
            for one in map(self._stored, page.found):
                if one is not None:
                    stored[one.name] = one
                    gone.pop(one.name, None)
            for path in page.gone:
                gone[self._name(path)] = None
                stored.pop(self._name(path), None)
            token, before = page.token, token
            if not page.more or token == before:
                break
        return Changes(tuple(stored.values()), tuple(gone), token)

    def during(self, since: datetime, until: datetime) -> list[Stored]:
        """Events that touch a span of time; repeating ones whole, for `occurrences`."""
        asked = QUERY.format(since=_utc(since), until=_utc(until))
        page = self._report(asked, depth="1")
        return [one for one in map(self._stored, page.found) if one is not None]

    def probe(self) -> None:
        """Raise unless the address is a calendar that may be read."""
        answer = self._dav("PROPFIND", KIND, depth="0")
        if f"{{{CALDAV}}}calendar" not in answer.kinds:
            raise self._no_calendar(_("по этому адресу не календарь"))

    def _put(
        self, name: str, content: bytes, headers: Mapping[str, str], before: Callable[[], None]
    ) -> str:
        typed = {"Content-Type": "text/calendar; charset=utf-8", **headers}
        answer = self._request("PUT", name, content=content, headers=typed, before=before)
        self._good(answer)
        return answer.headers.get("etag", "")

    def _report(self, asked: str, *, depth: str) -> Multistatus:
        return self._dav("REPORT", asked, depth=depth)

    def _dav(self, method: str, asked: str, *, depth: str) -> Multistatus:
        headers = {"Content-Type": "application/xml; charset=utf-8", "Depth": depth}
        content = asked.encode()
        answer = self._request(method, "", content=content, headers=headers, repeatable=True)
        if b"valid-sync-token" in answer.body and answer.status in (403, 409, 412):
            raise StaleToken(self.where, found=_("метка изменений устарела"), code="stale_token")
        self._good(answer)
        return read_multistatus(answer.body, self.where)

    def _request(
        self,
        method: str,
        name: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        before: Callable[[], None] | None = None,
    ) -> HttpAnswer:
        bearer = {"Authorization": f"Bearer {self._access()}"} if self._access else None
        with HttpClient(
            self._url,
            auth=self._auth,
            headers=bearer,
            timeout=self._timeout,
            ca_file=self._ca_file,
            retries=Retries(attempts=2),
            max_body=64 * MEGABYTE,
        ) as http:
            return http.request(
                method,
                name,
                content=content,
                headers=headers,
                idempotent=repeatable,
                before=before,
            )

    def _stored(self, found: Found) -> Stored | None:
        """A resource with its content: some servers tell of changes by name and version only."""
        name = self._name(found.path)
        if not name:
            return None
        return Stored(name, found.etag, found.content) if found.content else self.find(name)

    def _name(self, path: str) -> str:
        return unquote(urlsplit(path).path).strip("/").removeprefix(self._path).strip("/")

    def _good(self, answer: HttpAnswer) -> None:
        if answer.status // 100 != 2:
            raise self._error(answer)

    def _error(self, answer: HttpAnswer) -> ProvodkaError:
        found = _("сервер ответил {status}").format(status=answer.status)
        if answer.status in (401, 403):
            return AccessDenied(
                self.where,
                found=found,
                expected=_("право читать и менять этот календарь"),
                next_step=_("проверьте логин, пароль и права на календарь"),
                code="calendar_denied",
            )
        if answer.status == 412:
            step = _("ничего делать не нужно: хаб прочтет событие заново")
            return ChangedMeanwhile(self.where, found=found, next_step=step, code="changed_there")
        if answer.status in (404, 405, 410, 301, 302, 307, 308):
            return self._no_calendar(found)
        if answer.status in (423, 429) or answer.status >= 500:
            step = _("ничего делать не нужно: хаб повторит сам")
            wait = answer.retry_after()
            return SystemUnavailable(
                self.where, retry_after=wait, found=found, next_step=step, code="unavailable"
            )
        return Refused(
            self.where,
            found=found,
            expected=_("согласие сервера принять событие"),
            next_step=_("посмотрите журнал сервера календарей"),
            code="calendar_refused",
        )

    def _no_calendar(self, found: str) -> ConfigurationError:
        return ConfigurationError(
            self.where,
            found=found,
            expected=_("адрес самого календаря, как его показывает сервер"),
            next_step=_("исправьте url в разделе calendars"),
            code="no_calendar",
        )


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
