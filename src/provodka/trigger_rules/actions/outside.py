"""Other systems: a process of the hub's own started, a webhook called, an audience joined."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from provodka.connectors.telephony.numbers import e164
from provodka.foundation.i18n import _, marked
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import ActionKind, Checking, Made, Wakes, Woken
from provodka.trigger_rules.vocabulary import Code, Strict

__all__ = ["KINDS", "AddToAudience", "CallWebhook", "StartProcess", "hashed"]


class StartProcess(Strict):
    """Rules that wait for `process_started` with this code act on the deal."""

    process: Code


class CallWebhook(Strict):
    """Another system is told: `to` is an address of hub.yaml, `send` the values, by expression.

    The call is signed; the same call repeated carries the same key.
    """

    to: Code
    send: dict[Code, Annotated[str, BeforeValidator(str)]] = Field(default={}, max_length=50)


class AddToAudience(Strict):
    """The client's e-mail and phone join an audience list, only as SHA-256 of usual writing."""

    audience: Code


def hashed(contact: str) -> str:
    """SHA-256 of an e-mail in small letters or a phone in E.164, as audience services want it."""
    return hashlib.sha256(contact.strip().lower().encode()).hexdigest()


def _contacts(client: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The contacts by which a client may be found; a phone that is none is left out."""
    if client.get("email"):
        yield "email", hashed(client["email"])
    phone = e164(client.get("phone") or "")
    if phone:
        yield "phone", hashed(phone)


def _start(woken: Woken, body: StartProcess, index: int) -> Made:
    deal = woken.deal
    yield effects.Signal(
        woken.reason(index),
        "process_started",
        body.process,
        "deal",
        deal["id"],
        deal["id"],
        deal["client_id"],
    )


def _wakes_start(_rule: Any, body: StartProcess) -> Wakes:
    return frozenset({("process_started", body.process)})


def _call(woken: Woken, body: CallWebhook, index: int) -> Made:
    values = {name: woken.value(index, f"send.{name}") for name in body.send}
    yield effects.CallWebhook(
        woken.reason(index), body.to, woken.event.kind, woken.event.document, values
    )


def _check_call(check: Checking, body: CallWebhook) -> None:
    for name, text in body.send.items():
        check.expression(text, "send", name)


def _add(woken: Woken, body: AddToAudience, index: int) -> Made:
    client = woken.facts.get("client")
    if client is None:
        raise woken.lacking("client")
    found = tuple(_contacts(client))
    if not found:
        raise woken.lacking("client.email")
    yield effects.AddToAudience(woken.reason(index), body.audience, client["id"], found)


def _check_add(check: Checking, _body: Any) -> None:
    if "client" not in check.names:
        check.miss(
            found=_("у документа «{kind}» нет клиента").format(kind=check.kind),
            expected=_("событие клиента или его документа"),
            code="no_client",
        )


KINDS = (
    ActionKind(
        "start_process",
        marked("Начать процесс по сделке"),
        StartProcess,
        _start,
        "start_process: {process: water_return}",
        about_a_deal=True,
        wakes=_wakes_start,
    ),
    ActionKind(
        "call_webhook",
        marked("Сообщить внешней системе"),
        CallWebhook,
        _call,
        "call_webhook: {to: warehouse, send: {number: deal.number, amount: deal.amount}}",
        check=_check_call,
    ),
    ActionKind(
        "add_to_audience",
        marked("Добавить контакты клиента в рекламную аудиторию"),
        AddToAudience,
        _add,
        "add_to_audience: {audience: buyers}",
        check=_check_add,
    ),
)
