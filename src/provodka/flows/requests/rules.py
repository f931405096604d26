"""What people ask of rules: switch one on again, approve a version, put it in force, retire it."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from provodka.connectors.crm_store.requests import Asked
from provodka.flows.hub import Hub
from provodka.flows.requests.care import require_role
from provodka.flows.requests.catalog import Done
from provodka.flows.requests.given import given
from provodka.flows.triggers.failing import enable
from provodka.flows.triggers.publishing import publish, register
from provodka.foundation.errors import Refused
from provodka.foundation.i18n import _
from provodka.trigger_rules.versions import Step

__all__ = ["activate", "approve", "retire", "switch_on"]

OWNERS = frozenset({"engineer", "head"})


class SaidRule(msgspec.Struct):
    """A rule, and the version that the person has read."""

    rule: str
    version: str = ""


def switch_on(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Let a rule that was switched off after failures work again."""
    require_role(hub, connection, asked, OWNERS)
    said = given(asked, SaidRule)
    if not enable(connection, said.rule):
        raise Refused(
            _("Правило «{rule}»").format(rule=said.rule),
            found=_("оно не выключено"),
            next_step=_("обновите страницу"),
            code="not_disabled",
        )
    return _("правило «{rule}» включено").format(rule=said.rule), {}


def approve(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """A person answers for a draft."""
    return _published(hub, connection, asked, "approve", _("утверждена"))


def activate(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """An approved version takes the place of the one in force."""
    return _published(hub, connection, asked, "activate", _("действует"))


def retire(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """The rule is out of force."""
    return _published(hub, connection, asked, "retire", _("снята"))


def _published(hub: Hub, connection: Connection, asked: Asked, step: Step, done: str) -> Done:
    require_role(hub, connection, asked, OWNERS)
    if not hub.settings.rules_approval:
        raise hub.source.error(
            "rules_approval",
            found=_("файлы правил действуют сразу, утверждать нечего"),
            expected="rules_approval: true",
            next_step=_("впишите это в hub.yaml, если правила должен утверждать человек"),
            code="approval_off",
        )
    said = given(asked, SaidRule)
    register(connection, hub.book, at_once=False)
    one = publish(connection, hub.book, step, said.rule, said.version, asked.asked_by)
    told = _("правило «{rule}», версия {version}: {done}")
    return told.format(rule=said.rule, version=one.version, done=done), {}
