"""`EnterpriseDataUpload_1_0_1_1`: sending a message past any exchange plan."""

from __future__ import annotations

from provodka.connectors.onec.enterprise_data.soap.answers import (
    Acknowledged,
    ConnectionTested,
    ImportState,
    JobStarted,
)
from provodka.connectors.onec.enterprise_data.soap.service import Service

__all__ = ["EnterpriseDataUpload", "Uploading"]


class Uploading(Service):
    """The operations that both services have alike."""

    def ping(self) -> str:
        """`Ping`: nothing but that the service answers. Safe to repeat."""
        return self.call("Ping", repeatable=True).text("return")

    def put_file_part(self, file_id: str, part_number: int, part_data: bytes) -> Acknowledged:
        """`PutFilePart`: lay down one part of a packed message, numbered from 1.

        Safe to repeat: the part is a file of its number, written over. A
        `file_id` must never be used for two messages: the base joins whatever
        parts it finds under it.
        """
        answer = self.call(
            "PutFilePart",
            repeatable=True,
            FileID=file_id,
            PartNumber=part_number,
            PartData=part_data,
        )
        return Acknowledged(answer.text("ErrorMessage"))

    def put_data_action_result(self, operation_id: str) -> ImportState:
        """`PutDataActionResult`: how far the import is. Reads; safe to repeat."""
        answer = self.call("PutDataActionResult", repeatable=True, OperationID=operation_id)
        return ImportState(answer.status("return"), answer.text("ErrorMessage"))

    def _tested(self, **arguments: str) -> ConnectionTested:
        answer = self.call("TestConnection", repeatable=True, **arguments)
        return ConnectionTested(answer.truth("return"), answer.text("ErrorMessage"))

    def _started(self, operation: str, **arguments: object) -> JobStarted:
        answer = self.call(operation, repeatable=False, **arguments)
        started = JobStarted(answer.text("OperationID"), answer.text("ErrorMessage"))
        if not started.operation_id and not started.error:
            raise answer.senseless("OperationID")
        return started


class EnterpriseDataUpload(Uploading):
    """The service `EnterpriseDataUpload_1_0_1_1`: no plan, no node, no numbers."""

    name = "EnterpriseDataUpload_1_0_1_1"

    def test_connection(self) -> ConnectionTested:
        """`TestConnection`: rights, and whether the base is being updated. Safe to repeat."""
        return self._tested()

    def put_data(self, file_id: str) -> JobStarted:
        """`PutData`: start reading the message laid down under `file_id`.

        Never repeated by itself. It may be repeated with the same `file_id`:
        the base takes the parts away when it starts, and refuses the second
        time. With another `file_id` the message would be read twice: nothing
        numbers it here.
        """
        return self._started("PutData", FileID=file_id)
