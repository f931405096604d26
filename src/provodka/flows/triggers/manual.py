"""A person starts a process of the rules for a deal."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.tables.reacting import signal
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7
from provodka.foundation.nearest import nearest
from provodka.trigger_rules.book import RuleBook

__all__ = ["processes", "start_by_hand"]

DEAL = text("SELECT client_id FROM crm.deal WHERE id = :deal AND deleted_at IS NULL")


def processes(book: RuleBook) -> list[str]:
    """The codes of what a person may start."""
    whens = (when for rule in book.rules for when in rule.text.when)
    return sorted({when.of for when in whens if when.event == "manual" and when.of})


def start_by_hand(
    connection: Connection, book: RuleBook, process: str, deal: UUID, who: str
) -> UUID:
    """Say that a person has started a process; the rules react to it like to any change.

    Raises `ConfigurationError` for a process that no rule waits for, `DocumentError` for a deal
    that is not there.
    """
    known = processes(book)
    if process not in known:
        raise ConfigurationError(
            _("Правила"),
            found=_("процесса «{name}» нет").format(name=process),
            expected=nearest(process, known) or _("правило с событием manual"),
            next_step=_("назовите процесс, которого ждет правило"),
            code="unknown_process",
        )
    found = connection.execute(DEAL, {"deal": deal}).first()
    if found is None:
        raise DocumentError(
            _("Сделка {key}").format(key=deal),
            found=_("сделки нет"),
            expected=_("ключ сделки"),
            next_step=_("проверьте ключ"),
            code="no_deal",
        )
    journal.attribute(connection, f"person:{who}")
    new = uuid7()
    connection.execute(
        signal.insert().values(
            id=new,
            name="manual",
            of=process,
            key=f"manual|{process}|{new}",
            kind="deal",
            about=deal,
            deal_id=deal,
            client_id=found.client_id,
        )
    )
    return new
