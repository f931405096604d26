"""Rules that nothing will wake or that cannot act: what they need is not connected."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.trigger_rules.actions.calls import Dial
from provodka.trigger_rules.actions.letters import Notify, SendLetter, SendMessage
from provodka.trigger_rules.actions.outside import CallWebhook
from provodka.trigger_rules.actions.reports import SendReport
from provodka.trigger_rules.actions.voice import VoiceCall
from provodka.trigger_rules.book import Rule, RuleBook
from provodka.trigger_rules.event_kinds import EVENTS, Source

__all__ = ["ALWAYS", "Connected", "unproduced"]

ALWAYS: frozenset[Source] = frozenset({"store", "clock", "person", "rule"})


@dataclass(frozen=True)
class Connected:
    """What a hub is connected to: sources of events, channels of messages, webhooks by name.

    `events` are single ones that come though their source does not; `dials`: whether a PBX can
    be asked to place calls; `plays`, `speaks`: to play recordings, to speak texts into them.
    """

    sources: Collection[Source] = ALWAYS
    channels: Collection[str] = ()
    webhooks: Collection[str] = ()
    events: Collection[str] = ()
    dials: bool = False
    plays: bool = False
    speaks: bool = False


def unproduced(book: RuleBook, connected: Connected) -> Iterator[ConfigurationError]:
    """A warning for each event that no connected system produces, each unknown address or PBX."""
    for rule in book.rules:
        yield from _events(rule, connected)
        yield from _addresses(rule, connected)
        yield from _calls(rule, connected)


def _events(rule: Rule, connected: Connected) -> Iterator[ConfigurationError]:
    for number, when in enumerate(rule.text.when):
        kind = EVENTS[when.event]
        if kind.source not in connected.sources and kind.name not in connected.events:
            yield rule.error(
                "when", number,
                found=_("событие «{name}» не приносит ни одна подключенная система").format(
                    name=kind.name
                ),
                expected=_("кто-нибудь пишет {document}").format(document=kind.document),
                next_step=_("подключите систему или записывайте документ сами"),
                code="unproduced_event",
            )  # fmt: skip


def _addresses(rule: Rule, connected: Connected) -> Iterator[ConfigurationError]:
    for number, action in enumerate(rule.text.do):
        body = action.body
        if isinstance(body, CallWebhook) and body.to not in connected.webhooks:
            yield rule.error(
                "do", number, action.name, "to",
                found=_("в hub.yaml нет адреса «{name}»").format(name=body.to),
                expected=_one_of(connected.webhooks) or _("названный адрес"),
                next_step=_("назовите его в разделе outside.webhooks"),
                code="unknown_webhook",
            )  # fmt: skip
        channel = _channel(body)
        if channel is not None and channel not in connected.channels:
            place = ("by",) if isinstance(body, Notify | SendMessage) else ()
            yield rule.error(
                "do", number, action.name, *place,
                found=_("канал «{name}» не подключен").format(name=channel),
                expected=_one_of(connected.channels) or _("подключенный канал"),
                next_step=_("подключите его в hub.yaml: mail или outside"),
                code="unknown_channel",
            )  # fmt: skip


def _one_of(names: Collection[str]) -> str:
    return _("один из: {names}").format(names=", ".join(names)) if names else ""


def _channel(body: Any) -> str | None:
    """The channel that an action needs."""
    if isinstance(body, Notify | SendMessage):
        return body.by
    return "mail" if isinstance(body, SendLetter | SendReport) else None


def _calls(rule: Rule, connected: Connected) -> Iterator[ConfigurationError]:
    for number, action in enumerate(rule.text.do):
        if isinstance(action.body, Dial) and not connected.dials:
            yield rule.error(
                "do", number, action.name,
                found=_("ни у одной АТС нет раздела ami"),
                expected=_("АТС, которая умеет набирать номер"),
                next_step=_("добавьте раздел ami; как — в описании телефонии"),
                code="nobody_dials",
            )  # fmt: skip
        if isinstance(action.body, VoiceCall) and not _said(action.body, connected):
            yield rule.error(
                "do", number, action.name,
                found=_("ни одна АТС не произнесет это в трубку"),
                expected=_("АТС с разделом ami; чтобы говорить текст, в нем voice_context"),
                next_step=_("добавьте раздел ami и voice_context или назовите recording"),
                code="nobody_speaks",
            )  # fmt: skip


def _said(body: VoiceCall, connected: Connected) -> bool:
    return connected.speaks if body.text is not None else connected.plays
