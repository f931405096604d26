"""Asking a PBX over HTTP: what its answers of every status mean to the hub."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from provodka.connectors.http import HttpAnswer, HttpClient
from provodka.connectors.telephony.dialing import not_dialled
from provodka.connectors.telephony.health import clock_offset
from provodka.connectors.telephony.options import ServedOptions
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    ProvodkaError,
    Refused,
    SystemUnavailable,
    UnknownOutcome,
)
from provodka.foundation.i18n import _

__all__ = ["FORM", "Asking"]

LOCKED_OUT = frozenset({401, 403})
TOO_MANY = 429
FORM = "application/x-www-form-urlencoded"


class Asking:
    """One PBX over HTTP. Every request but `order` only reads, so that it may be repeated.

    `usual` is the vendor's address where the settings name none; `url` goes before both, for
    what a vendor serves elsewhere. All calls raise
    `SystemUnavailable`, `AccessDenied`, `ConfigurationError` for a wrong address, and `Refused`
    with the vendor's words for what it does not want to answer.
    """

    def __init__(
        self,
        options: ServedOptions,
        usual: str = "",
        headers: Mapping[str, str] | None = None,
        url: str = "",
    ) -> None:
        self._date = ""
        self._http = HttpClient(
            url or options.url or usual,
            timeout=options.timeout,
            ca_file=options.ca_file,
            headers=headers,
        )
        self.where = self._http.base_url

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def offset(self, now: datetime) -> timedelta | None:
        """The PBX's clock minus ours by its last answer, which came now."""
        return clock_offset(self._date, now)

    def json(
        self,
        method: str,
        path: str,
        *,
        query: str | Mapping[str, str] = "",
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """An answer in JSON; numbers with a point stay text, since ids are written so."""
        return self._http.exchange(
            method,
            path,
            read=self._read_json,
            query=query,
            content=content,
            headers=headers,
            idempotent=True,
        )

    def form(self, path: str, fields: Mapping[str, str]) -> HttpAnswer:
        """The answer to a form."""
        return self._http.exchange(
            "POST",
            path,
            read=self._checked,
            content=urlencode(fields).encode(),
            headers={"Content-Type": FORM},
            idempotent=True,
        )

    def order(
        self,
        method: str,
        path: str,
        *,
        before: Callable[[], None],
        query: str | Mapping[str, str] = "",
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        """The answer in JSON to what must not be done twice; never repeated.

        `before` is called as the request is about to go out. `UnknownOutcome` where an answer was
        lost or says nothing.
        """
        answer = self._http.request(
            method,
            path,
            query=query,
            content=content,
            headers=headers,
            idempotent=False,
            before=before,
        )
        if answer.status in LOCKED_OUT:
            raise self._may_not(str(answer.status))
        if answer.status // 100 == 4 and answer.status not in (TOO_MANY, 404):
            raise not_dialled(self.where, self.text(answer) or str(answer.status))
        if answer.status // 100 == 5:
            raise self._lost(_("АТС ответила {status}").format(status=answer.status))
        try:
            told = self._read_json(answer)
        except SystemUnavailable as error:
            if error.code == "pbx_busy":
                raise
            raise self._lost(error.found) from error
        return told if isinstance(told, Mapping) else {}

    def get(self, path: str, query: Mapping[str, str]) -> HttpAnswer:
        """The answer to a question."""
        return self._http.exchange("GET", path, read=self._checked, query=query)

    def text(self, answer: HttpAnswer) -> str:
        """The body of an answer as text; UTF-8, else windows-1251."""
        try:
            return answer.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            return answer.body.decode("cp1251", errors="replace")

    def denied(self, said: str) -> AccessDenied:
        """The error for a key that the PBX does not take, with its own words."""
        return AccessDenied(
            self.where,
            found=_("АТС не приняла ключ: {said}").format(said=said[:200]),
            expected=_("действующий ключ с правом читать статистику"),
            next_step=_("выпустите ключ в кабинете АТС и задайте его переменной окружения"),
            code="pbx_denied",
        )

    def _may_not(self, said: str) -> AccessDenied:
        return AccessDenied(
            self.where,
            found=_("АТС не приняла ключ: {said}").format(said=said[:200]),
            expected=_("действующий ключ с правом звонить"),
            next_step=_("дайте ключу в кабинете АТС право совершать звонки"),
            code="pbx_denied",
        )

    def _lost(self, found: str) -> UnknownOutcome:
        return UnknownOutcome(
            self.where,
            found=found,
            expected=_("ответ, набирает ли АТС номер"),
            next_step=_("хаб поищет звонок в журнале, а второй раз не наберет"),
            code="pbx_no_answer",
        )

    def refused(self, said: str) -> Refused:
        """The error for a question that the PBX understood and does not answer."""
        return Refused(
            self.where,
            found=_("АТС отказала: {said}").format(said=said[:200]),
            expected=_("статистика звонков"),
            next_step=_("проверьте в кабинете АТС тариф, права ключа и ограничения API"),
            code="pbx_refused",
        )

    def senseless(self, found: str) -> SystemUnavailable:
        """The error for an answer that no PBX of this kind gives."""
        return SystemUnavailable(
            self.where,
            found=found,
            expected=_("ответ API этой АТС"),
            next_step=_("проверьте url: похоже, отвечает не API АТС, а что-то перед ним"),
            code="not_the_pbx",
        )

    def busy(self, answer: HttpAnswer | None = None) -> SystemUnavailable:
        """The error for being asked too often."""
        return SystemUnavailable(
            self.where,
            found=_("АТС просит спрашивать реже"),
            next_step=_("чтение продолжится само; если повторяется, увеличьте streams.calls"),
            code="pbx_busy",
            retry_after=answer.retry_after() if answer else None,
        )

    def _read_json(self, answer: HttpAnswer) -> Any:
        checked = self._checked(answer)
        try:
            return json.loads(checked.body, parse_float=str)
        except ValueError:
            raise self.senseless(_("ответ не JSON или оборван")) from None

    def _checked(self, answer: HttpAnswer) -> HttpAnswer:
        self._date = answer.headers.get("date", "")
        if answer.status // 100 != 2:
            raise self._error(answer)
        kind = answer.headers.get("content-type", "")
        if "html" in kind or answer.body.lstrip()[:9].lower() in {b"<!doctype", b"<html>"}:
            raise self.senseless(_("вместо данных страница HTML"))
        return answer

    def _error(self, answer: HttpAnswer) -> ProvodkaError:
        if answer.status in LOCKED_OUT:
            return self.denied(str(answer.status))
        if answer.status == TOO_MANY:
            return self.busy(answer)
        if answer.status // 100 == 5:
            return self.senseless(_("АТС ответила {status}").format(status=answer.status))
        if answer.status == 404 or answer.status // 100 == 3:
            return ConfigurationError(
                self.where,
                found=_("по этому адресу API нет: ответ {status}").format(status=answer.status),
                expected=_("адрес АТС, как его дает поставщик"),
                next_step=_("исправьте url в разделе telephony"),
                code="no_pbx_api",
            )
        return self.refused(str(answer.status))
