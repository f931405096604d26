"""Is everything in order: settings, rules, mappings, the store, and every system by asking it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from provodka.flows.bank.watching import statement_files
from provodka.flows.hub import Hub
from provodka.flows.insight.base_checkup import check_base
from provodka.flows.insight.checked import Finding, broken, good, tried
from provodka.flows.insight.exchange_checkup import check_exchange
from provodka.flows.insight.outward_checkup import check_outward
from provodka.flows.insight.rules_checkup import check_filled, check_rules
from provodka.flows.insight.telephony_checkup import check_pbx
from provodka.flows.mail.boxes import boxes
from provodka.flows.mail.checkup import check_mailbox
from provodka.foundation.i18n import _

__all__ = ["Finding", "broken", "check_files", "check_systems", "good"]


def check_files(hub: Hub) -> Iterator[Finding]:
    """Rules and mappings as files; touches neither the store nor any system."""
    yield from tried("rules", lambda: check_rules(hub))
    if hub.settings.onec:
        yield from tried("mappings", lambda: _mappings(hub))


def check_systems(hub: Hub) -> Iterator[Finding]:
    """The documents in the store, and every configured system, asked."""
    yield from tried("rules", lambda: check_filled(hub))
    if hub.base is not None:
        yield from tried("onec", lambda: check_base(hub))
    if hub.exchange is not None:
        yield from tried("onec", lambda: check_exchange(hub))
    if hub.smtp is not None:
        yield from tried("smtp", lambda: _smtp(hub))
    if hub.sent is not None:
        yield from tried("imap", lambda: _imap(hub))
    elif hub.smtp is not None:
        text = _("раздела mail.imap нет: письмо с потерянным ответом будет ждать человека")
        yield Finding("imap", "warning", text, "no_imap", next_step=_("добавьте mail.imap"))
    for box in boxes(hub.settings):
        yield from tried(f"mail:{box.name}", partial(check_mailbox, hub.engine, box, hub.clock()))
    yield from check_outward(hub)
    bank = hub.settings.bank
    folder = bank.folder if bank else None
    if bank is not None and folder is not None:
        yield from tried("bank", lambda: _statements(folder, bank.pattern))
    for options in hub.settings.telephony:
        yield from tried(f"calls:{options.name}", partial(check_pbx, hub, options))


def _mappings(hub: Hub) -> Iterator[Finding]:
    yield good(
        "mappings", _("соответствия прочитаны: {names}").format(names=", ".join(hub.mappings))
    )


def _smtp(hub: Hub) -> Iterator[Finding]:
    if hub.smtp is None:
        return
    reach = hub.smtp.probe()
    where = hub.smtp.settings.where
    entered = _("вход выполнен") if reach.authenticated else _("вход не нужен")
    yield good("smtp", _("{where} отвечает, {entered}").format(where=where, entered=entered))
    if not reach.encrypted:
        yield Finding(
            "smtp",
            "warning",
            _("{where} не шифрует соединение").format(where=where),
            "smtp_plain",
            next_step=_("поставьте security: starttls или tls, если сервер умеет"),
        )


def _imap(hub: Hub) -> Iterator[Finding]:
    if hub.sent is not None:
        told = _("{where} отвечает, папка «{folder}»")
        yield good("imap", told.format(where=hub.sent.settings.where, folder=hub.sent.probe()))


def _statements(folder: Path, pattern: str) -> Iterator[Finding]:
    count = sum(1 for _file in statement_files(folder, pattern))
    told = _("папка {folder} читается, файлов выписок {count}")
    yield good("bank", told.format(folder=folder, count=count))
