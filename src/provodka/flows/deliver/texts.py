"""Texts to phones: whom a message of the store is for in the words of its channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from provodka.connectors.channel import TextMessage
from provodka.connectors.crm_store.tables.outward import messenger_account
from provodka.flows.deliver.channel_courier import Prepared
from provodka.flows.deliver.outcome import nothing
from provodka.foundation.errors import AmbiguousMatch, DocumentError, Refused
from provodka.foundation.i18n import _

__all__ = ["AccountWriter", "PhoneWriter"]

BLOCKED = "telegram_blocked"


@dataclass(frozen=True)
class PhoneWriter:
    """The recipient of a message is a phone, and the channel takes phones."""

    def prepare(self, _key: str, row: Any) -> Prepared[TextMessage]:
        """The text as it stands."""
        return Prepared(TextMessage(row.recipient or "", row.text or ""))

    def refused(self, _row: Any, _error: DocumentError) -> Callable[[Connection], None]:
        """Nothing besides the message's own state."""
        return nothing


@dataclass(frozen=True)
class AccountWriter:
    """A messenger knows people by accounts: the phone's, or that of the message's client."""

    engine: Engine
    messenger: str
    clock: Callable[[], datetime]

    def prepare(self, _key: str, row: Any) -> Prepared[TextMessage]:
        """The text for an account. Raises `Refused` where nobody has written to us from one."""
        with self.engine.connect() as connection:
            account = self._account(connection, row)
        return Prepared(TextMessage(account, row.text or ""))

    def refused(self, row: Any, error: DocumentError) -> Callable[[Connection], None]:
        """A person who has blocked us is not written to again until they write."""
        if error.code != BLOCKED:
            return nothing

        def record(connection: Connection) -> None:
            account = self._account(connection, row)
            mine = self._mine & (messenger_account.c.account == account)
            connection.execute(
                messenger_account.update().where(mine).values(blocked_at=self.clock())
            )

        return record

    @property
    def _mine(self) -> Any:
        table = messenger_account.c
        return (table.messenger == self.messenger) & table.deleted_at.is_(None)

    def _account(self, connection: Connection, row: Any) -> str:
        written = row.recipient or ""
        named, _colon, account = written.partition(":")
        if named == self.messenger and account:
            return account
        table = messenger_account.c
        for wanted in (table.phone == written, table.client_id == row.client_id):
            query = select(table.account).where(self._mine, table.blocked_at.is_(None), wanted)
            found = list(connection.execute(query).scalars())
            if len(found) == 1:
                return str(found[0])
            if found:
                raise self._several(found)
        raise Refused(
            _("Получатель в мессенджере"),
            found=_("человек с этим номером боту не писал или закрыл ему доступ"),
            expected=_("чат, который начал сам человек"),
            next_step=_("попросите клиента написать боту или выберите другой канал"),
            code="no_account",
        )

    def _several(self, found: list[str]) -> AmbiguousMatch:
        return AmbiguousMatch(
            _("Получатель в мессенджере"),
            candidates=found,
            found=_("у клиента несколько чатов: {count}").format(count=len(found)),
            expected=_("один чат, или номер телефона того, кому писать"),
            next_step=_("назовите в сообщении телефон человека"),
            code="several_accounts",
        )
