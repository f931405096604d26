"""What every channel promises, tried on each: SMTP, Telegram, an SMS gateway, one of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import stamina
from aiosmtpd.controller import Controller
from tests.contract.channels.stand_ins import LOGIN, PASSWORD, TOKEN, Served, Smsc, Telegram, served
from tests.contract.mail.conftest import Recorder, free_port

from provodka.connectors.channel import CannotTell, Channel, TextMessage
from provodka.connectors.channels.signed import SignedGateway
from provodka.connectors.channels.smsc import SmscGateway
from provodka.connectors.channels.telegram import TelegramBot
from provodka.connectors.mail.channel import SmtpChannel
from provodka.connectors.mail.messages import Letter, Mailbox, compose
from provodka.connectors.mail.servers import Security
from provodka.connectors.mail.smtp import SmtpSender, SmtpSettings
from provodka.connectors.signed_calls import SignedCalls
from provodka.foundation.errors import (
    AccessDenied,
    ProvodkaError,
    Refused,
    RetriableError,
    SystemUnavailable,
    UnknownOutcome,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TEXT = TextMessage("42", "Заказ в пути")


@dataclass
class Tried:
    """A channel, what to send by it, and the other side: how much it has, how it fails."""

    channel: Channel[Any]
    content: Any
    arrived: Callable[[], int]
    lose_answer: Callable[[], None]
    broken: Channel[Any]


def letter() -> Any:
    draft = Letter(
        effect_key="k|1",
        sender=Mailbox("hub@romashka.example"),
        to=(Mailbox("anna@client.example"),),
        subject="Тема",
        text="Текст",
    )
    return compose(draft, domain="romashka.example", sent_at=NOW)


def by_mail(opened: ExitStack) -> Tried:
    recorder = Recorder()
    controller = Controller(recorder, hostname="127.0.0.1", port=free_port())
    controller.start()
    opened.callback(controller.stop)

    def channel(port: int) -> SmtpChannel:
        smtp = SmtpSender(SmtpSettings("127.0.0.1", port, Security.PLAIN, helo_name="hub.example"))
        return SmtpChannel(smtp, None, "romashka.example")

    def lose() -> None:
        recorder.cut_at = "DATA"

    port = int(controller.port)
    return Tried(channel(port), letter(), lambda: len(recorder.taken), lose, channel(free_port()))


def lost_next(about: Served) -> Callable[[], None]:
    return lambda: about.faults.append("lost")


def by_telegram(opened: ExitStack) -> Tried:
    bot = Telegram()
    about = opened.enter_context(served(bot.answer))
    nowhere = TelegramBot(TOKEN, base_url=f"http://127.0.0.1:{free_port()}")
    channel = TelegramBot(TOKEN, base_url=about.url)
    return Tried(channel, TEXT, lambda: len(bot.sent), lost_next(about), nowhere)


def by_sms(opened: ExitStack) -> Tried:
    gateway = Smsc()
    about = opened.enter_context(served(gateway.answer))
    nowhere = SmscGateway(f"http://127.0.0.1:{free_port()}", LOGIN, PASSWORD)
    channel = SmscGateway(about.url, LOGIN, PASSWORD)
    return Tried(channel, TEXT, lambda: gateway.count, lost_next(about), nowhere)


def by_own_gateway(opened: ExitStack) -> Tried:
    keys: list[str] = []

    def take(_path: str, body: bytes) -> tuple[int, object]:
        keys.append(str(body))
        return 200, {}

    about = opened.enter_context(served(take))

    def channel(url: str) -> SignedGateway:
        return SignedGateway("sms", SignedCalls("sms", url, b"key"), lambda: NOW)

    def arrived() -> int:
        # The other side of this contract does a repeated key once.
        return len(set(keys))

    nowhere = channel(f"http://127.0.0.1:{free_port()}/in")
    return Tried(channel(f"{about.url}/in"), TEXT, arrived, lost_next(about), nowhere)


@pytest.fixture(params=[by_mail, by_telegram, by_sms, by_own_gateway])
def tried(request: pytest.FixtureRequest) -> Iterator[Tried]:
    stamina.set_testing(True, attempts=2, cap=True)
    with ExitStack() as opened:
        yield request.param(opened)
    stamina.set_testing(False)


def nothing() -> None:
    return None


@pytest.mark.requirement("R70", "R71", "S-11", "S-12")
def test_a_message_arrives_once_and_its_number_there_is_known(tried: Tried) -> None:
    taken = tried.channel.send("k|1", tried.content, before=nothing)
    assert tried.arrived() == 1
    assert taken.external_id


def test_a_key_has_always_the_same_mark_and_another_key_another(tried: Tried) -> None:
    mark = tried.channel.marker
    assert mark("k|1") == mark("k|1")
    assert mark("k|1") != mark("k|2")


def test_who_has_lost_the_errand_sends_nothing(tried: Tried) -> None:
    def lost() -> None:
        raise SystemUnavailable("lease", found="over", code="lost_lease")

    with pytest.raises(RetriableError):
        tried.channel.send("k|1", tried.content, before=lost)
    assert tried.arrived() == 0


def test_where_nobody_answers_nothing_was_sent(tried: Tried) -> None:
    with pytest.raises(SystemUnavailable):
        tried.broken.send("k|1", tried.content, before=nothing)


def test_after_a_lost_answer_looking_and_sending_leave_one_message(tried: Tried) -> None:
    tried.lose_answer()
    with pytest.raises(UnknownOutcome):
        tried.channel.send("k|1", tried.content, before=nothing)
    try:
        found = tried.channel.look_up("k|1", tried.content)
    except CannotTell:
        pass
    else:
        if found is None:
            tried.channel.send("k|1", tried.content, before=nothing)
    assert tried.arrived() == 1


@pytest.mark.parametrize(
    ("chat", "error", "code"),
    [("@nobody", Refused, "telegram_refused"), ("13", Refused, "telegram_blocked")],
)
def test_a_chat_that_cannot_be_written_to_is_refused(
    chat: str, error: type[ProvodkaError], code: str
) -> None:
    bot = Telegram(blocked={"13"})
    with served(bot.answer) as about, pytest.raises(error) as caught:
        TelegramBot(TOKEN, base_url=about.url).send("k", TextMessage(chat, "x"), before=nothing)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "said",
    [
        {"ok": False, "error_code": 429, "description": "Too Many Requests",
         "parameters": {"retry_after": 17}},
        {"ok": False, "error_code": 500, "description": "Internal"},
    ],
)  # fmt: skip
def test_telegram_is_let_alone_as_long_as_it_asks(said: dict[str, Any]) -> None:
    with (
        served(lambda _path, _body: (said["error_code"], said)) as about,
        pytest.raises(SystemUnavailable) as caught,
    ):
        TelegramBot(TOKEN, base_url=about.url).send("k", TEXT, before=nothing)
    wait = caught.value.retry_after
    assert (wait.total_seconds() if wait else None) == said.get("parameters", {}).get("retry_after")


def test_no_error_tells_the_bots_token() -> None:
    secret = TOKEN.partition(":")[2]
    troubles = []
    with served(lambda _path, _body: (502, b"<html>")) as about:
        for url in (about.url, f"http://127.0.0.1:{free_port()}", "ftp://wrong"):
            with pytest.raises(ProvodkaError) as caught:
                TelegramBot(TOKEN, base_url=url).send("k", TEXT, before=nothing)
            troubles.append(caught.value)
    for trouble in troubles:
        assert secret not in f"{trouble!r} {trouble} {trouble.__cause__!r} {trouble.where}"


def test_a_wrong_token_or_password_stops_the_channel() -> None:
    with served(Telegram().answer) as telegram, served(Smsc().answer) as sms:
        for channel in (
            TelegramBot("1:wrong", base_url=telegram.url),
            SmscGateway(sms.url, LOGIN, "wrong"),
        ):
            with pytest.raises(AccessDenied):
                channel.send("k", TEXT, before=nothing)


@pytest.mark.parametrize(
    ("code", "error"), [(3, SystemUnavailable), (9, SystemUnavailable), (6, Refused), (7, Refused)]
)
def test_what_the_gateway_says_decides_whether_to_try_again(
    code: int, error: type[ProvodkaError]
) -> None:
    with served(Smsc(error=code).answer) as about, pytest.raises(error):
        SmscGateway(about.url, LOGIN, PASSWORD).send("k", TEXT, before=nothing)


def test_an_answer_that_is_not_the_gateways_leaves_the_outcome_unknown() -> None:
    with served(lambda _path, _body: (200, b"<html>portal</html>")) as about:
        with pytest.raises(UnknownOutcome):
            SmscGateway(about.url, LOGIN, PASSWORD).send("k", TEXT, before=nothing)
        with pytest.raises(UnknownOutcome):
            TelegramBot(TOKEN, base_url=about.url).send("k", TEXT, before=nothing)


def test_a_text_that_telegram_would_cut_is_refused_before_it_is_sent() -> None:
    bot = Telegram()
    # Counted in UTF-16: each of these takes two.
    text = TextMessage("42", "😀" * 2049)
    with served(bot.answer) as about, pytest.raises(Refused):
        TelegramBot(TOKEN, base_url=about.url).send("k", text, before=nothing)
    assert bot.sent == []
