"""A base of 1C as a correspondent: take its next message, hand it ours."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from provodka.connectors.http import Retries
from provodka.connectors.onec.doorway import Doorway
from provodka.connectors.onec.enterprise_data.soap.answers import JobStarted, Received, Sent
from provodka.connectors.onec.enterprise_data.soap.channel import Channel
from provodka.connectors.onec.enterprise_data.soap.errors import refusal
from provodka.connectors.onec.enterprise_data.soap.exchange import EnterpriseDataExchange
from provodka.connectors.onec.enterprise_data.soap.interface import InterfaceVersion
from provodka.connectors.onec.enterprise_data.soap.patience import Patience
from provodka.connectors.onec.enterprise_data.soap.receiving import Receiving
from provodka.connectors.onec.enterprise_data.soap.sending import Sending
from provodka.connectors.onec.enterprise_data.soap.settings import SoapSettings
from provodka.connectors.onec.enterprise_data.soap.spool import Spool
from provodka.connectors.onec.enterprise_data.soap.upload import EnterpriseDataUpload
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["EnterpriseDataBase"]

INTERFACES = ("EnterpriseDataExchange", "EnterpriseDataUpload", "ОбменДанными")


class EnterpriseDataBase:
    """One base and one node of its exchange plan; opened once, used by one flow at a time.

    `clock` (monotonic seconds) and `sleep` are what a test replaces. Whoever else goes to the
    same base is given the same `doorway`.
    """

    def __init__(
        self,
        settings: SoapSettings,
        *,
        retries: Retries | None = None,
        doorway: Doorway | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self._channel = Channel(settings, retries, doorway)
        self.interface = InterfaceVersion(self._channel)
        self.exchange = EnterpriseDataExchange(self._channel)
        self.upload = EnterpriseDataUpload(self._channel)
        patience = Patience(settings.waiting, clock, sleep)
        self._receiving = Receiving(self.exchange, settings, patience)
        self._sending = (
            Sending(self.exchange, self._put_by_plan, settings, patience)
            if settings.by_plan
            else Sending(self.upload, self.upload.put_data, settings, patience)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()

    def test_connection(self) -> None:
        """Raise what stands in the way of the exchange, in the base's words, if anything does.

        `AccessDenied` for rights, `ConfigurationError` for a node or a service
        that is not there, `SystemUnavailable` while the base is updated.
        """
        if self.settings.by_plan:
            told = self.exchange.told("TestConnection")
            said = self.exchange.test_connection(
                self.settings.exchange_plan, self.settings.peer_code
            )
        else:
            told = self.upload.told("TestConnection")
            said = self.upload.test_connection()
        if not said.works:
            raise refusal(said.error, told)

    def versions(self) -> dict[str, tuple[str, ...]]:
        """The versions (`1.0.1.1`) of each exchange interface that the base knows, by its name."""
        asked = ((name, self.interface.get_versions(name)) for name in INTERFACES)
        return {name: versions for name, versions in asked if versions}

    def receive(self, to: BinaryIO) -> Received:
        """Fetch the base's next message and unpack its XML into `to`, from where `to` stands.

        With a spool in the settings, a message that was begun earlier is gone
        on with, at whatever step it was left; the same message is given again
        until `confirm`, and recognised by its number (`Numbers.read`). Raises
        `SystemUnavailable` (nothing is lost: ask again later) and `BadArchive`.
        """
        if not self.settings.by_plan:
            raise ConfigurationError(
                _("Обмен EnterpriseData"),
                found=_("код узла не задан"),
                next_step=_("создайте в 1С узел плана обмена и впишите его код в настройки"),
                code="no_exchange_node",
            )
        with self._spool() as spool:
            return self._receiving.receive(to, spool)

    def confirm(self, received: Received) -> None:
        """Let the message go, after the caller's commit and never before it.

        Frees the base's disk and the spool. The changes themselves are
        confirmed by the number in our next message. Safe to repeat; a refusal
        is raised after the spool is free, and no data depends on it.
        """
        refused = self._receiving.confirm(received.file_id)
        with self._spool() as spool:
            if spool.progress.file_id == received.file_id:
                spool.clear()
        if refused is not None:
            raise refused

    def send(self, xml: BinaryIO) -> Sent:
        """Hand over a message, read from where `xml` stands, and wait until the base has read it.

        Raises `SystemUnavailable` when nothing was handed over or the base was
        busy, `Refused` when the base could not read it (objects read before the
        failure may stay: 1C reads without a transaction), and `ImportUnseen`
        when the end was not seen. After any of them the changes go again in a
        message with the next number; through a plan nothing is doubled, because
        a number is read once and objects are found by their identifiers.
        """
        return self._sending.send(xml)

    def outcome(self, operation_id: str) -> None:
        """Ask after a message whose end was not seen; returns once it was read, raises as `send`.

        Only reads: may be repeated at any time, also by another process.
        """
        self._sending.wait(operation_id)

    def _put_by_plan(self, file_id: str) -> JobStarted:
        return self.exchange.put_data(self.settings.exchange_plan, self.settings.peer_code, file_id)

    @contextmanager
    def _spool(self) -> Iterator[Spool]:
        source = (
            f"{self.settings.root_url()} {self.settings.exchange_plan} {self.settings.peer_code}"
        )
        if self.settings.spool is not None:
            yield Spool(self.settings.spool, source)
            return
        with tempfile.TemporaryDirectory(prefix="provodka-onec-") as folder:
            yield Spool(Path(folder), source)
