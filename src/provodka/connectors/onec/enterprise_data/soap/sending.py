"""Handing one message over: packed, laid down in parts, read by the base to its end."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import BinaryIO
from uuid import uuid4

from provodka.connectors.onec.enterprise_data.soap.answers import JobStarted, JobStatus, Sent
from provodka.connectors.onec.enterprise_data.soap.archive import pack
from provodka.connectors.onec.enterprise_data.soap.errors import (
    ImportUnseen,
    import_refused,
    refusal,
)
from provodka.connectors.onec.enterprise_data.soap.patience import Patience
from provodka.connectors.onec.enterprise_data.soap.settings import SoapSettings
from provodka.connectors.onec.enterprise_data.soap.upload import Uploading
from provodka.foundation.errors import ProvodkaError, SystemUnavailable, UnknownOutcome
from provodka.foundation.i18n import _

__all__ = ["Sending"]

PutData = Callable[[str], JobStarted]


class Sending:
    """Carries messages to the base through `service`; `put_data` starts the reading of a file.

    Until `put_data` nothing has happened that matters: parts laid down and left
    are swept away by the base. From there on either the end is seen, or
    `ImportUnseen` says that it was not.
    """

    def __init__(
        self,
        service: Uploading,
        put_data: PutData,
        settings: SoapSettings,
        patience: Patience,
    ) -> None:
        self._service = service
        self._put_data = put_data
        self._settings = settings
        self._patience = patience

    def send(self, xml: BinaryIO) -> Sent:
        """Pack, lay down, start, and wait for the end; see `EnterpriseDataBase.send`."""
        file_id = str(uuid4())
        with tempfile.TemporaryFile() as packed:
            size = pack(xml, packed, self._settings.limits)
            packed.seek(0)
            parts = self._laid_down(file_id, packed)
        operation_id = self._started(file_id)
        self.wait(operation_id)
        return Sent(file_id, operation_id, parts, size)

    def wait(self, operation_id: str) -> None:
        """Wait until the base has read the message; raises if it did not, or nobody knows."""
        for _turn in self._patience.turns():
            if self._over(operation_id):
                return
        raise self._unseen(
            _("база загружает сообщение дольше {n} секунд").format(
                n=round(self._patience.waiting.deadline)
            ),
            "still_importing",
            operation_id,
        )

    def _laid_down(self, file_id: str, packed: BinaryIO) -> int:
        number = 0
        while part := packed.read(self._settings.part_bytes):
            number += 1
            said = self._service.put_file_part(file_id, number, part)
            if said.error:
                raise refusal(said.error, self._service.told("PutFilePart"))
        return number

    def _started(self, file_id: str) -> str:
        """Start the reading; after a lost answer once more, with the same file.

        The base takes the parts away when it starts, so a second start can
        succeed only where the first had not happened.
        """
        try:
            started = self._put_data(file_id)
        except UnknownOutcome:
            self._patience.pause()
            started = self._started_again(file_id)
        if started.error:
            raise refusal(started.error, self._service.told("PutData"))
        return started.operation_id

    def _started_again(self, file_id: str) -> JobStarted:
        try:
            started = self._put_data(file_id)
        except ProvodkaError as error:
            raise self._unseen(error.found, "import_unknown") from error
        if started.error:
            raise self._unseen(started.error, "import_unknown")
        return started

    def _over(self, operation_id: str) -> bool:
        try:
            state = self._service.put_data_action_result(operation_id)
        except SystemUnavailable as error:
            raise self._unseen(error.found, "import_unseen", operation_id) from error
        if state.status is JobStatus.ACTIVE:
            return False
        if state.status is JobStatus.CANCELED:
            found = state.error or _("задание загрузки отменено или забыто базой")
            raise self._unseen(found, "import_canceled", operation_id)
        if state.status is JobStatus.FAILED or state.error:
            raise import_refused(self._service.told("PutData"), state.error)
        return True

    def _unseen(self, found: str, code: str, operation_id: str = "") -> ImportUnseen:
        return ImportUnseen(
            self._service.told("PutData").where,
            found=found,
            next_step=_(
                "принято ли сообщение, скажет следующее сообщение базы; неподтверждённое "
                "уйдёт снова под новым номером"
            ),
            code=code,
            operation_id=operation_id,
        )
