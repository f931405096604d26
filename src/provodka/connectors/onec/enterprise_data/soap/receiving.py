"""Fetching one message: made by the base, carried in parts, kept until it is whole."""

from __future__ import annotations

from typing import BinaryIO

from provodka.connectors.onec.enterprise_data.soap.answers import (
    JobStatus,
    PreparationState,
    Received,
)
from provodka.connectors.onec.enterprise_data.soap.archive import refuse, unpack
from provodka.connectors.onec.enterprise_data.soap.errors import (
    BadArchive,
    export_trouble,
    refusal,
)
from provodka.connectors.onec.enterprise_data.soap.exchange import EnterpriseDataExchange
from provodka.connectors.onec.enterprise_data.soap.patience import Patience
from provodka.connectors.onec.enterprise_data.soap.settings import SoapSettings
from provodka.connectors.onec.enterprise_data.soap.spool import Spool
from provodka.foundation.errors import ProvodkaError, UnknownOutcome
from provodka.foundation.i18n import _

__all__ = ["Receiving"]

PREPARATIONS = 3
MOST_PARTS = 99_999
"""The base finds a part by a number of at most five digits (SSL 3.1, `ВыгрузитьЧастьФайла`)."""


class _Forgotten(Exception):
    """The base no longer has what it made for us; its words, or ours."""


class Receiving:
    """Brings the base's next message into a spool and unpacks it.

    Making a message again never loses anything, so whatever is forgotten, lost
    or broken on the way is dropped and asked for anew, a few times.
    """

    def __init__(
        self, exchange: EnterpriseDataExchange, settings: SoapSettings, patience: Patience
    ) -> None:
        self._exchange = exchange
        self._settings = settings
        self._patience = patience

    def receive(self, to: BinaryIO, spool: Spool) -> Received:
        """Fetch the message that the spool has begun, or a new one; unpack it into `to`.

        Raises `SystemUnavailable` with nothing lost, `BadArchive` with the
        message dropped from the spool.
        """
        said = ""
        for _attempt in range(PREPARATIONS):
            try:
                self._make_ready(spool)
                self._fetch(spool)
            except _Forgotten as forgotten:
                said = str(forgotten)
                spool.clear()
            else:
                return self._unpacked(to, spool)
        raise export_trouble(
            self._exchange.told("PrepareDataActionResult"),
            _("база потеряла {n} сообщения подряд: {said}").format(n=PREPARATIONS, said=said),
            "message_lost",
        )

    def confirm(self, file_id: str) -> ProvodkaError | None:
        """Let the base delete the file; the error it answered with, if any."""
        said = self._exchange.confirm_getting_file(file_id)
        if not said.error:
            return None
        return refusal(said.error, self._exchange.told("ConfirmGettingFile"))

    def _make_ready(self, spool: Spool) -> None:
        if spool.progress.file_id:
            return
        resumed = bool(spool.progress.operation_id)
        if not resumed:
            spool.started(self._begun(), self._settings.part_bytes)
        state = self._waited(spool.progress.operation_id)
        if state.status is JobStatus.COMPLETED and not state.error:
            if not state.file_id:
                raise _Forgotten(_("файл уже был назван, но ответ не дошёл"))
            self._check_parts(state.parts, spool)
            spool.ready(state.file_id, state.parts)
            return
        if state.status is JobStatus.CANCELED and resumed:
            raise _Forgotten(_("задание отменено или забыто"))
        spool.clear()
        code = "export_canceled" if state.status is JobStatus.CANCELED else "export_failed"
        raise export_trouble(self._exchange.told("PrepareDataForGetting"), state.error, code)

    def _begun(self) -> str:
        """Start the job; a lost answer is made good by starting another."""
        try:
            return self._start()
        except UnknownOutcome:
            self._patience.pause()
        try:
            return self._start()
        except UnknownOutcome as lost:
            told = self._exchange.told("PrepareDataForGetting")
            raise export_trouble(told, lost.found, "export_unknown") from lost

    def _start(self) -> str:
        settings = self._settings
        started = self._exchange.prepare_data_for_getting(
            settings.exchange_plan, settings.peer_code, settings.part_kb
        )
        if started.error:
            raise refusal(started.error, self._exchange.told("PrepareDataForGetting"))
        return started.operation_id

    def _waited(self, operation_id: str) -> PreparationState:
        for _turn in self._patience.turns():
            state = self._exchange.prepare_data_action_result(operation_id)
            if state.status is not JobStatus.ACTIVE:
                return state
        raise export_trouble(
            self._exchange.told("PrepareDataActionResult"),
            _("база готовит сообщение дольше {n} секунд").format(
                n=round(self._patience.waiting.deadline)
            ),
            "export_too_long",
        )

    def _check_parts(self, parts: int, spool: Spool) -> None:
        most = min(MOST_PARTS, self._settings.limits.packed // spool.progress.part_bytes + 1)
        if not 1 <= parts <= most:
            spool.clear()
            refuse(
                "part_count",
                _("база насчитала частей: {n}").format(n=parts),
                _("от 1 до {n}").format(n=most),
            )

    def _fetch(self, spool: Spool) -> None:
        """Fetch the parts that are not here yet."""
        while not spool.progress.complete:
            number = len(spool.progress.sizes) + 1
            part = self._exchange.get_data_part(spool.progress.file_id, number)
            if part.error or not part.data:
                raise _Forgotten(part.error or _("часть {n} пуста").format(n=number))
            if len(part.data) > spool.progress.part_bytes:
                spool.clear()
                refuse(
                    "part_too_large",
                    _("часть {number}: {n} байт").format(number=number, n=len(part.data)),
                    _("не больше, чем просили"),
                )
            spool.append(part.data)

    def _unpacked(self, to: BinaryIO, spool: Spool) -> Received:
        progress = spool.progress
        try:
            with spool.packed() as packed:
                size, digest = unpack(packed, to, self._settings.limits)
        except BadArchive:
            spool.clear()
            raise
        return Received(progress.file_id, progress.parts, sum(progress.sizes), size, digest)
