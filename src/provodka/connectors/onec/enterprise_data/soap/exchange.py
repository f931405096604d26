"""`EnterpriseDataExchange_1_0_1_1`: messages both ways through an exchange plan."""

from __future__ import annotations

from decimal import Decimal

from provodka.connectors.onec.enterprise_data.soap.answers import (
    Acknowledged,
    ConnectionTested,
    DataPart,
    JobStarted,
    PreparationState,
)
from provodka.connectors.onec.enterprise_data.soap.upload import Uploading

__all__ = ["EnterpriseDataExchange"]


class EnterpriseDataExchange(Uploading):
    """The service `EnterpriseDataExchange_1_0_1_1`.

    `plan` is the name of an exchange plan of the base, `peer_code` the code of
    the node there that stands for the hub.
    """

    name = "EnterpriseDataExchange_1_0_1_1"
    heavy = frozenset({"GetDataPart"})

    def test_connection(self, plan: str, peer_code: str) -> ConnectionTested:
        """`TestConnection`: rights, an update under way, and the node. Safe to repeat."""
        return self._tested(ExchangePlanName=plan, PeerCode=peer_code)

    def prepare_data_for_getting(self, plan: str, peer_code: str, part_size: int) -> JobStarted:
        """`PrepareDataForGetting`: start making a message of all changes not confirmed yet.

        `part_size` is in KB, 0 for one part. Never repeated by itself: every
        call starts a job. Calling again loses nothing, because the changes
        stay registered until a message of ours confirms theirs; it costs a
        number and the base's time.
        """
        return self._started(
            "PrepareDataForGetting",
            ExchangePlanName=plan,
            PeerCode=peer_code,
            PartSize=Decimal(part_size),
        )

    def prepare_data_action_result(self, operation_id: str) -> PreparationState:
        """`PrepareDataActionResult`: how far the message is.

        Changes nothing in the data, and so is repeated; but the base tells the
        file once, and after a lost answer says `Completed` without one: then
        the message has to be made again.
        """
        answer = self.call("PrepareDataActionResult", repeatable=True, OperationID=operation_id)
        state = answer.inner("return")
        return PreparationState(
            status=state.status("Status"),
            file_id=state.text("FileID"),
            parts=state.number("PartCount"),
            error=state.text("ErrorMessage") or answer.text("ErrorMessage"),
        )

    def get_data_part(self, file_id: str, part_number: int) -> DataPart:
        """`GetDataPart`: one part, numbered from 1. Reads; safe to repeat until confirmed."""
        answer = self.call("GetDataPart", repeatable=True, FileID=file_id, PartNumber=part_number)
        return DataPart(answer.data("return"), answer.text("ErrorMessage"))

    def confirm_getting_file(self, file_id: str, clear_data_pool: bool = True) -> Acknowledged:
        """`ConfirmGettingFile`: let the base delete the fetched file.

        Safe to repeat. It confirms no changes: the number in our next message does.
        """
        answer = self.call(
            "ConfirmGettingFile",
            repeatable=True,
            FileID=file_id,
            ClearDataPool=clear_data_pool,
        )
        return Acknowledged(answer.text("ErrorMessage"))

    def put_data(self, plan: str, peer_code: str, file_id: str) -> JobStarted:
        """`PutData`: start reading the message laid down under `file_id`.

        Never repeated by itself. It may be repeated with the same `file_id`:
        the base takes the parts away when it starts, and refuses the second
        time; and a message whose number it has read it does not read again.
        """
        return self._started("PutData", ExchangePlanName=plan, PeerCode=peer_code, FileID=file_id)
