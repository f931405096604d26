"""Requests to one base: address, login, session, and every failure as our own error."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any, TypeVar

from provodka.connectors.http import BasicAuth, HttpAnswer, HttpClient, Retries
from provodka.connectors.onec.doorway import Doorway
from provodka.connectors.onec.odata import wire_json
from provodka.connectors.onec.odata.errors import Call, failure, is_html, parse_error, unreadable
from provodka.connectors.onec.odata.session import Session
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.foundation.i18n import _

__all__ = ["Transport", "json_of", "not_json"]

T = TypeVar("T")


class Transport:
    """Sends, checks the status, and hands over a body that is known to be data."""

    def __init__(
        self,
        settings: OneCSettings,
        retries: Retries | None = None,
        doorway: Doorway | None = None,
    ) -> None:
        self.settings = settings
        self._doorway = doorway or Doorway(settings)
        self.pacer = self._doorway.pacer
        self.session = Session(wanted=settings.sessions)
        self.if_match = settings.if_match
        self.before_write: Callable[[], None] | None = None
        self._http = HttpClient(
            settings.service_url(),
            auth=BasicAuth(settings.login, settings.password),
            timeout=settings.timeout,
            max_connections=settings.max_connections,
            max_body=settings.max_answer_bytes,
            retries=retries,
            ca_file=settings.ca_file,
            turns=self._doorway.turns,
        )

    def guarded(self, before_write: Callable[[], None]) -> Transport:
        """The same connections; `before_write` is called as each change is about to be sent.

        What it raises is raised, and nothing is sent.
        """
        other = copy(self)
        other.before_write = before_write
        return other

    def close(self) -> None:
        """Finish the session, if one is open, and close the connections."""
        last = self.session.finish()
        try:
            if last:
                self._http.exchange("GET", "", headers=last, idempotent=False, read=lambda _: None)
        finally:
            self._http.close()

    def read(
        self,
        path: str,
        query: str,
        understand: Callable[[HttpAnswer], T],
        *,
        method: str = "GET",
        table: str = "",
        heavy: bool = False,
    ) -> T:
        """Ask and understand; what is down, dropped or senseless is asked for again.

        `method` is `POST` for the one question that 1C takes so: the changes of a node. `table`
        names a virtual table. `heavy` reading keeps to its share of the base's time and waits for
        a licence; other questions go at once.
        """
        call = Call(self.where(path), query_length=len(query), table=table)

        def ask() -> T:
            return self._answered(method, path, query, call, understand)

        return self.pacer.with_patience(ask) if heavy else ask()

    def _answered(
        self, method: str, path: str, query: str, call: Call, understand: Callable[[HttpAnswer], T]
    ) -> T:
        answer = self._ask(method, path, query, call, understand)
        if isinstance(answer, _Dropped):
            answer = self._ask(method, path, query, call, understand)
        if isinstance(answer, _Dropped):
            raise failure(answer.answer, call)
        return answer

    def read_json(self, path: str, query: str) -> Any:
        """GET a JSON document."""
        call = Call(self.where(path))
        return self.read(path, query, lambda answer: json_of(answer, call))

    def write(
        self,
        method: str,
        path: str,
        query: str,
        body: dict[str, Any] | None,
        *,
        version: str = "",
    ) -> Any:
        """Send a change once; the JSON of the answer, or None for an empty body.

        `version` goes as `If-Match`: a base that honours it raises `ChangedMeanwhile`.
        A session that the base no longer knows is the one case for a second
        sending: the first was turned away at the door.
        """
        call = Call(self.where(path), writing=True)
        condition = {"If-Match": version} if version else {}
        answer, dropped = self._sent(method, path, query, body, condition)
        if dropped and answer.status == 400 and not _is_odata(answer):
            answer, dropped = self._sent(method, path, query, body, condition)
        if answer.status >= 300:
            raise failure(answer, call)
        return json_of(answer, call) if answer.body.strip() else None

    def _sent(
        self,
        method: str,
        path: str,
        query: str,
        body: dict[str, Any] | None,
        condition: dict[str, str],
    ) -> tuple[HttpAnswer, bool]:
        """The answer, and whether the session it was sent in is gone."""
        session = self.session.headers()
        headers = {**session, **condition, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json;charset=utf-8"
            if self.settings.load_mode:
                headers["1C_OData-DataLoadMode"] = "true"
        answer = self._http.request(
            method,
            path,
            query=query,
            content=b"" if body is None else wire_json.encode(body),
            headers=headers,
            timeout=self.pacer.timeout(self.settings.timeout),
            before=self.before_write,
        )
        self.pacer.answered(f"{method} {_kind(path)}", answer)
        return answer, self.session.learn(answer, session)

    def where(self, path: str) -> str:
        """The place that errors name: the base's address and the set."""
        address = f"{self.settings.service_url()}/{path.partition('(')[0]}"
        return _("1С {address}").format(address=address)

    def _ask(
        self, method: str, path: str, query: str, call: Call, understand: Callable[[HttpAnswer], T]
    ) -> T | _Dropped:
        headers = self.session.headers()

        def check(answer: HttpAnswer) -> T | _Dropped:
            self.pacer.answered(_kind(path), answer)
            if self.session.learn(answer, headers):
                return _Dropped(answer)
            if answer.status >= 300:
                raise failure(answer, call)
            if is_html(answer.body):
                raise unreadable(call, _("вместо данных пришла веб-страница"))
            return understand(answer)

        return self._http.exchange(
            method,
            path,
            query=query,
            headers=headers,
            idempotent=True,
            read=check,
            timeout=self.pacer.timeout(self.settings.timeout),
        )


def _kind(path: str) -> str:
    """What the usual time of an answer is kept for: a set, without keys and arguments."""
    return path.partition("(")[0]


def _is_odata(answer: HttpAnswer) -> bool:
    said = parse_error(answer)
    return said is not None and bool(said.code)


class _Dropped:
    """The base forgot the session before answering."""

    def __init__(self, answer: HttpAnswer) -> None:
        self.answer = answer


def json_of(answer: HttpAnswer, call: Call) -> Any:
    """The JSON document of a successful answer; anything else is an error of the base."""
    if is_html(answer.body):
        raise unreadable(call, _("вместо данных пришла веб-страница"))
    try:
        return wire_json.decode(answer.body)
    except wire_json.NotJson as error:
        raise unreadable(call, not_json(error)) from error


def not_json(error: wire_json.NotJson) -> str:
    """What was found in place of JSON, for `unreadable`."""
    return _("ответ не читается как JSON ({reason})").format(reason=error)
