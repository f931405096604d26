"""An SMS gateway that speaks the HTTP protocol of SMSC (smsc.ru/api/http, `fmt=3`: JSON).

Several Russian gateways speak it. A message carries a number of ours, made from the errand's key:
by it and the phone the gateway is asked whether a message with a lost answer is there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from provodka.connectors.channel import Fate, Taken, TextMessage, Told
from provodka.connectors.http import HttpClient, Retries
from provodka.foundation.errors import (
    AccessDenied,
    ProvodkaError,
    Refused,
    SystemUnavailable,
    UnknownOutcome,
)
from provodka.foundation.i18n import _

__all__ = ["SmscGateway"]

LARGEST_ID = 2_147_483_646
NOT_FOUND = -3
FATES = {
    -2: Fate.UNDELIVERED,
    -1: Fate.ACCEPTED,
    0: Fate.ACCEPTED,
    1: Fate.DELIVERED,
    2: Fate.READ,
    3: Fate.EXPIRED,
    4: Fate.READ,
    20: Fate.UNDELIVERED,
    22: Fate.UNDELIVERED,
    23: Fate.UNDELIVERED,
    24: Fate.UNDELIVERED,
    25: Fate.UNDELIVERED,
}
"""The gateway's statuses («Статусы сообщений»); one that is not listed may still change."""
DENIED, NO_MONEY, BUSY = frozenset({2, 4}), 3, 9


class SmscGateway:
    """One account at a gateway; `sender` is the name that phones show, if one is registered."""

    tells_fate = True

    def __init__(
        self,
        url: str,
        login: str,
        password: str,
        *,
        sender: str | None = None,
        timeout: float = 20,
        currency: str = "RUB",
    ) -> None:
        self._url, self._timeout = url, timeout
        self._login, self._password = login, password
        self._sender, self._currency = sender, currency
        self.where = _("шлюз СМС")

    def marker(self, key: str) -> str:
        """The number that the gateway knows the message by: 1 … 2147483647."""
        digest = hashlib.sha256(key.encode()).digest()
        return str(int.from_bytes(digest[:8], "big") % LARGEST_ID + 1)

    def send(self, key: str, content: TextMessage, *, before: Callable[[], None]) -> Taken:
        """Send a text to a phone. Raises as the contract says."""
        named = {"sender": self._sender} if self._sender else {}
        number = self.marker(key)
        said = {"phones": content.to, "mes": content.text, "id": number, "cost": "3", **named}
        answer = self._call("send.php", said, before=before)
        if "error_code" in answer or "error" in answer:
            raise self._refusal(answer)
        return Taken(str(answer.get("id", number)), _cost(answer), self._currency)

    def look_up(self, key: str, content: TextMessage) -> Taken | None:
        """Whether the gateway has the message of this key."""
        number = self.marker(key)
        answer = self._status(number, content.to)
        if _absent(answer):
            return None
        return Taken(number, _cost(answer), self._currency)

    def ask(self, external_id: str, to: str) -> Told:
        """What has become of a message. Raises `SystemUnavailable`, `AccessDenied`."""
        answer = self._status(external_id, to)
        if _absent(answer):
            return Told(Fate.UNKNOWN)
        fate = FATES.get(_whole(answer.get("status")) or 0, Fate.ACCEPTED)
        moment = _whole(answer.get("last_timestamp"))
        reason = "" if fate in (Fate.DELIVERED, Fate.READ) else str(answer.get("status_name", ""))
        return Told(
            fate,
            datetime.fromtimestamp(moment, UTC) if moment else None,
            reason[:200],
            _cost(answer),
        )

    def probe(self) -> Decimal:
        """What is left on the account. Raises `AccessDenied`, `SystemUnavailable`."""
        answer = self._call("balance.php", {}, idempotent=True)
        if "balance" not in answer:
            raise self._refusal(answer)
        return Decimal(str(answer["balance"]))

    def _status(self, number: str, to: str) -> Mapping[str, Any]:
        asked = {"phone": to, "id": number, "all": "1"}
        answer = self._call("status.php", asked, idempotent=True)
        if "error_code" in answer and not _absent(answer):
            raise self._refusal(answer)
        return answer

    def _call(
        self,
        method: str,
        said: Mapping[str, str],
        *,
        idempotent: bool = False,
        before: Callable[[], None] | None = None,
    ) -> Mapping[str, Any]:
        account = {"login": self._login, "psw": self._password, "fmt": "3", "charset": "utf-8"}
        retries = Retries(attempts=2)
        with HttpClient(self._url, timeout=self._timeout, retries=retries) as http:
            answer = http.request(
                "POST",
                method,
                content=urlencode({**account, **said}).encode(),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                idempotent=idempotent,
                before=before,
            )
        try:
            read = json.loads(answer.body, parse_float=Decimal)
        except ValueError:
            read = None
        if answer.status == 200 and isinstance(read, dict):
            return read
        raise self._senseless(answer.status, sent=not idempotent)

    def _senseless(self, status: int, *, sent: bool) -> ProvodkaError:
        found = _("ответ {status}, не похожий на ответ шлюза").format(status=status)
        if sent:
            step = _("хаб сам спросит шлюз об этом сообщении")
            return UnknownOutcome(self.where, found=found, next_step=step, code="message_unsure")
        step = _("проверьте адрес шлюза")
        return SystemUnavailable(self.where, found=found, next_step=step, code="unavailable")

    def _refusal(self, answer: Mapping[str, Any]) -> ProvodkaError:
        code = _whole(answer.get("error_code")) or 0
        words = str(answer.get("error", ""))[:200]
        if code in DENIED:
            return AccessDenied(
                self.where,
                found=words,
                expected=_("вход с этим логином и паролем"),
                next_step=_("проверьте логин, пароль и разрешенные адреса в кабинете шлюза"),
                code="sms_login",
            )
        if code == NO_MONEY:
            step = _("пополните счет: сообщения уйдут сами")
            return SystemUnavailable(self.where, found=words, next_step=step, code="sms_no_money")
        if code == BUSY:
            step = _("ничего делать не нужно: хаб повторит сам")
            return SystemUnavailable(self.where, found=words, next_step=step, code="sms_too_often")
        return Refused(
            self.where,
            found=words,
            expected=_("номер и текст, которые шлюз принимает"),
            next_step=_("проверьте номер клиента и текст сообщения"),
            code=f"sms_{code}",
        )


def _absent(answer: Mapping[str, Any]) -> bool:
    """«Сообщение не найдено», as a status or as error 3 of `status.php`."""
    return _whole(answer.get("status")) == NOT_FOUND or _whole(answer.get("error_code")) == 3


def _cost(answer: Mapping[str, Any]) -> Decimal | None:
    try:
        return Decimal(str(answer["cost"]))
    except (KeyError, InvalidOperation):
        return None


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
