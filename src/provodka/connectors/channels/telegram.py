"""Telegram's Bot API: texts out, what people write in (core.telegram.org/bots/api).

The token stands in the address of every call, so no address of this system is ever told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from provodka.connectors.channel import Fate, Taken, TextMessage, Told, cannot_tell
from provodka.connectors.channels.quiet import told_as
from provodka.connectors.channels.telegram_files import Enclosed, enclosed_in
from provodka.connectors.http import AnswerTooLarge, HttpAnswer, HttpClient, Retries
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    ProvodkaError,
    Refused,
    SystemUnavailable,
    UnknownOutcome,
)
from provodka.foundation.i18n import _

__all__ = ["LONGEST_TEXT", "Bot", "TelegramBot", "Update"]

WHERE = "Telegram"
LONGEST_TEXT = 4096
"""In UTF-16 units, as the Bot API counts (`sendMessage`, `text`)."""
PAGE = 100
EPOCH = datetime.fromtimestamp(0, UTC)
MEGABYTE = 1024 * 1024
OTHER = ("photo", "voice", "video", "document", "sticker", "location", "audio", "contact")


@dataclass(frozen=True, slots=True)
class Bot:
    """Who the token belongs to."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Update:
    """Something that a person did in a private chat with the bot.

    `phone` is set only if the person has shared their own contact; `start` is what the link that
    they came by said (`t.me/bot?start=…`). `other` names content that is not text: photo, voice.
    """

    number: int
    chat: str
    message: int
    at: datetime
    name: str = field(repr=False)
    text: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    start: str = ""
    other: str = ""
    enclosed: Enclosed | None = None


class TelegramBot:
    """One bot. `base_url` is the Bot API's, or that of a server of the company's own."""

    tells_fate = False

    def __init__(
        self, token: str, *, base_url: str = "https://api.telegram.org", timeout: float = 20
    ) -> None:
        self._token = token
        self._base = f"{base_url.rstrip('/')}/bot{token}"
        self._files = f"{base_url.rstrip('/')}/file/bot{token}"
        self._timeout = timeout

    @property
    def number(self) -> str:
        """The bot's own number: the beginning of its token, and no secret."""
        return self._token.partition(":")[0]

    def marker(self, key: str) -> str:
        """The key stays here: Telegram has nowhere to put it."""
        return key

    def send(self, _key: str, content: TextMessage, *, before: Callable[[], None]) -> Taken:
        """Send a text to a chat. Raises as the contract says."""
        if len(content.text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
            raise _too_long()
        said = {"chat_id": content.to, "text": content.text}
        result = self._call("sendMessage", said, before=before)
        number = result.get("message_id") if isinstance(result, Mapping) else None
        if not isinstance(number, int):
            raise UnknownOutcome(
                WHERE,
                found=_("ответ без номера сообщения"),
                expected="message_id",
                next_step=_("узнайте, дошло ли сообщение, и повторите поручение, если нет"),
                code="message_unsure",
            )
        return Taken(f"{content.to}:{number}")

    def look_up(self, _key: str, _content: TextMessage) -> Taken | None:
        """A bot cannot read what it has sent. Raises `CannotTell`."""
        raise cannot_tell(WHERE)

    def ask(self, _external_id: str, _to: str) -> Told:
        """Telegram tells bots nothing of deliveries."""
        return Told(Fate.ACCEPTED)

    def probe(self) -> Bot:
        """Whose token this is. Raises `AccessDenied` for a wrong one."""
        said = self._call("getMe", {})
        return Bot(int(said["id"]), str(said.get("username", "")))

    def updates(self, after: int | None, *, wait: int = 0) -> list[Update]:
        """What people did after the update `after`, oldest first, at most a hundred.

        Asking with a number confirms everything up to it: Telegram forgets that. `wait` is for
        how many seconds to wait for the first one. Raises `SystemUnavailable`,
        `ConfigurationError` (a webhook is set: both cannot be).
        """
        asked: dict[str, Any] = {"limit": PAGE, "timeout": wait, "allowed_updates": ["message"]}
        if after is not None:
            asked["offset"] = after + 1
        found = self._call("getUpdates", asked, idempotent=True, timeout=self._timeout + wait)
        read = [_update(one) for one in found if isinstance(one, Mapping)]
        return [one for one in read if one is not None]

    def download(self, file: Enclosed, largest: int) -> bytes | None:
        """The content of a file; None if Telegram does not give it out, or it is larger.

        `largest` is in bytes. Raises `SystemUnavailable`, `AccessDenied`.
        """
        try:
            told = self._call("getFile", {"file_id": file.id}, idempotent=True)
            path = str(told.get("file_path") or "")
            return self._content(path, largest) if path and ".." not in path else None
        except (Refused, AnswerTooLarge):
            return None

    def _content(self, path: str, largest: int) -> bytes | None:
        with (
            told_as(WHERE, self._token),
            HttpClient(
                self._files,
                timeout=self._timeout,
                max_body=largest,
                retries=Retries(attempts=2),
            ) as http,
        ):
            answer = http.request("GET", path)
        if answer.status // 100 == 5 or answer.status == 429:
            raise _down(_("ответ {status} не от Telegram").format(status=answer.status))
        return answer.body if answer.status == 200 else None

    def _call(
        self,
        method: str,
        said: Mapping[str, Any],
        *,
        idempotent: bool = False,
        timeout: float | None = None,
        before: Callable[[], None] | None = None,
    ) -> Any:
        with (
            told_as(WHERE, self._token),
            HttpClient(
                self._base,
                timeout=self._timeout,
                max_body=8 * MEGABYTE,
                retries=Retries(attempts=2),
            ) as http,
        ):
            answer = http.request(
                "POST",
                method,
                content=json.dumps(said, ensure_ascii=False).encode(),
                headers={"Content-Type": "application/json"},
                idempotent=idempotent,
                timeout=timeout,
                before=before,
            )
        return _result(answer, sends=method == "sendMessage")


def _result(answer: HttpAnswer, *, sends: bool) -> Any:
    said: Any
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = None
    if isinstance(said, dict) and said.get("ok") is True and "result" in said:
        return said["result"]
    if isinstance(said, dict) and said.get("ok") is False:
        raise _refusal(answer.status, said)
    if sends and answer.status // 100 == 2:
        raise UnknownOutcome(
            WHERE,
            found=_("ответ неразборчив"),
            expected="{ok: true, result: …}",
            next_step=_("узнайте, дошло ли сообщение, и повторите поручение, если нет"),
            code="message_unsure",
        )
    raise _down(_("ответ {status} не от Telegram").format(status=answer.status))


def _refusal(status: int, said: Mapping[str, Any]) -> ProvodkaError:
    words = str(said.get("description", ""))[:200]
    code = said.get("error_code", status)
    parameters = said.get("parameters") or {}
    if code in (401, 404):
        return AccessDenied(
            WHERE,
            found=words,
            expected=_("действующий токен бота"),
            next_step=_("возьмите токен у @BotFather и задайте его переменной token_env"),
            code="telegram_token",
        )
    if code == 409:
        return ConfigurationError(
            WHERE,
            found=words,
            expected=_("бота читает только этот хаб"),
            next_step=_("остановите другую программу с этим токеном или снимите ее вебхук"),
            code="telegram_conflict",
        )
    if code == 429 or code >= 500:
        wait = parameters.get("retry_after")
        return _down(words, timedelta(seconds=wait) if isinstance(wait, int) else None)
    return Refused(
        WHERE,
        found=words,
        expected=_("чат, в котором человек сам написал боту"),
        next_step=_("попросите клиента написать боту или выберите другой канал"),
        code="telegram_blocked" if code == 403 else "telegram_refused",
    )


def _down(found: str, wait: timedelta | None = None) -> SystemUnavailable:
    return SystemUnavailable(
        WHERE,
        retry_after=wait,
        found=found,
        next_step=_("ничего делать не нужно: хаб повторит сам"),
        code="unavailable",
    )


def _too_long() -> Refused:
    return Refused(
        WHERE,
        found=_("текст длиннее {limit} знаков").format(limit=LONGEST_TEXT),
        expected=_("текст покороче"),
        next_step=_("сократите текст в правиле"),
        code="text_too_long",
    )


def _update(said: Mapping[str, Any]) -> Update | None:
    """A message of a private chat; of anything else only the number, so that it is confirmed."""
    number, message = said.get("update_id"), said.get("message")
    if not isinstance(number, int):
        return None
    chat = message.get("chat") if isinstance(message, Mapping) else None
    if not isinstance(message, Mapping) or not isinstance(chat, Mapping):
        return Update(number, "", 0, EPOCH, "")
    if chat.get("type") != "private":
        return Update(number, "", 0, EPOCH, "")
    person = message.get("from") or {}
    text = str(message.get("text") or message.get("caption") or "")
    return Update(
        number=number,
        chat=str(chat.get("id")),
        message=int(message.get("message_id", 0)),
        at=datetime.fromtimestamp(int(message.get("date", 0)), UTC),
        name=" ".join(str(person.get(name, "")) for name in ("first_name", "last_name")).strip(),
        text=text,
        phone=_own_phone(message, person),
        start=text.removeprefix("/start ").strip() if text.startswith("/start ") else "",
        other=next((kind for kind in OTHER if kind in message), ""),
        enclosed=enclosed_in(message),
    )


def _own_phone(message: Mapping[str, Any], person: Mapping[str, Any]) -> str:
    """The number of a shared contact, if it is the writer's own: anybody may share another's."""
    contact = message.get("contact") or {}
    if not contact or contact.get("user_id") != person.get("id"):
        return ""
    digits = "".join(filter(str.isdigit, str(contact.get("phone_number", ""))))
    return f"+{digits}" if digits else ""
