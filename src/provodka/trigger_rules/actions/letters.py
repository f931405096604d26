"""Words to people: letters from templates, short notices, texts to a phone."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from provodka.connectors.mail.templates import compile_text
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, marked
from provodka.foundation.nearest import nearest
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import ActionKind, Checking, Made, Wakes, Woken
from provodka.trigger_rules.vocabulary import Channel, Code, Executor, Strict, Words

__all__ = ["KINDS", "Notify", "SendLetter", "SendMessage", "check_text"]

Address = Annotated[str, Field(pattern=r"^(client|head|responsible|[^@\s]+@[^@\s]+)$")]
SENT = ("proposal", "invoice")
"""Documents that know when they were sent to their client."""
INSIDE = ("head", "responsible")
FIELDS = {"mail": "email", "sms": "phone", "messenger": "phone"}


class SendLetter(Strict):
    """A letter from a template with its attachments; `to` is a person's role or an address.

    Answers go to `reply_to`; with `in_thread` it answers the deal's last letter with that
    person, so that mail programs show one conversation. `attach` names documents of the rule
    whose files go with it, such as `invoice`; without a file there is no letter, and it is said.
    `sends` names a proposal or an invoice that the client gets by this letter: its `sent_at` is
    filled in when the letter has gone. What is attached to a client's letter is sent, too.
    """

    to: Address
    template: Code
    reply_to: Address | None = None
    in_thread: bool = False
    attach: Annotated[tuple[Code, ...], Field(max_length=10)] = ()
    sends: Annotated[tuple[Code, ...], Field(max_length=10)] | None = None


class Notify(Strict):
    """A short notice to an employee; `subject` and `text` may name fields in `{{ }}`."""

    to: Executor
    by: Channel = "mail"
    subject: Words
    text: Annotated[str, Field(min_length=1, max_length=4000)]


class SendMessage(Strict):
    """A text to a phone: an SMS or a message in a messenger; it may name fields in `{{ }}`."""

    to: Literal["client", "responsible", "head"] = "client"
    by: Literal["sms", "messenger"] = "sms"
    text: Annotated[str, Field(min_length=1, max_length=1000)]


def _address(woken: Woken, to: str) -> str:
    return to if "@" in to else woken.contact(to, "email")


def _letter(woken: Woken, body: SendLetter, index: int) -> Made:
    yield effects.SendLetter(
        woken.reason(index),
        woken.deal_id,
        body.to,
        _address(woken, body.to),
        body.template,
        _address(woken, body.reply_to) if body.reply_to else None,
        body.in_thread,
        tuple(_attached(woken, name) for name in body.attach),
        tuple(_attached(woken, name) for name in _sent(body)),
    )


def _sent(body: SendLetter) -> list[str]:
    """The names of the papers that the client gets by a letter, each once."""
    if body.to in INSIDE:
        return []
    return list(dict.fromkeys((*(body.sends or ()), *(one for one in body.attach if one in SENT))))


def _attached(woken: Woken, name: str) -> tuple[str, Any]:
    row = woken.facts.get(name)
    if row is None:
        raise woken.lacking(name)
    return "employee" if name in ("responsible", "head") else name, row["id"]


def _check_letter(check: Checking, body: SendLetter) -> None:
    for number, name in enumerate(body.attach):
        if name not in check.names:
            check.miss(
                "attach",
                number,
                found=_("неизвестное имя «{name}»").format(name=name),
                expected=nearest(name, check.names.keys()),
                code="unknown_document",
            )
    for number, name in enumerate(body.sends or ()):
        if name not in SENT or name not in check.names or body.to in INSIDE:
            check.miss(
                "sends",
                number,
                found=_("письмо «{to}» не отправляет «{name}»").format(to=body.to, name=name),
                expected=_("КП или счет этого события, письмом клиенту"),
                next_step=_("назовите proposal или invoice в правиле о таком документе"),
                code="unsent_document",
            )


def _notify(woken: Woken, body: Notify, index: int) -> Made:
    yield effects.Notify(
        woken.reason(index),
        woken.deal_id,
        body.to,
        woken.contact(body.to, FIELDS[body.by]),
        body.subject,
        body.text,
        body.by,
    )


def _message(woken: Woken, body: SendMessage, index: int) -> Made:
    phone = woken.contact(body.to, FIELDS[body.by])
    yield effects.Notify(woken.reason(index), woken.deal_id, body.to, phone, "", body.text, body.by)


def check_text(check: Checking, body: Any) -> None:
    """The texts of a body are right as templates; what they name is tried by `lint`."""
    for name in ("subject", "text"):
        try:
            compile_text(getattr(body, name, None) or "")
        except ConfigurationError as error:
            check.miss(
                name,
                found=error.found,
                expected=error.expected,
                next_step=error.next_step,
                code=error.code,
            )


def _wakes(_rule: Any, _body: Any) -> Wakes:
    return frozenset({("document_created", "message")})


def _disturbs(body: Any) -> bool:
    """Clients are let alone in quiet hours, and so is every telephone."""
    return body.to == "client" or getattr(body, "by", "mail") != "mail"


KINDS = (
    ActionKind(
        "send_letter",
        marked("Отправить письмо по шаблону"),
        SendLetter,
        _letter,
        "send_letter: {to: client, template: info_letter, reply_to: responsible}",
        check=_check_letter,
        wakes=_wakes,
        disturbs=_disturbs,
    ),
    ActionKind(
        "notify",
        marked("Уведомить сотрудника"),
        Notify,
        _notify,
        "notify: {to: head, by: mail, subject: 'Сделка {{ deal.number }}', text: Нет ответа}",
        check=check_text,
        wakes=_wakes,
        disturbs=_disturbs,
    ),
    ActionKind(
        "send_message",
        marked("Отправить СМС или сообщение в мессенджер"),
        SendMessage,
        _message,
        "send_message: {to: client, by: sms, text: 'Заказ {{ deal.number }} в пути'}",
        check=check_text,
        wakes=_wakes,
        disturbs=_disturbs,
    ),
)
