"""Calls placed through the manager interface: `Originate` of Asterisk 12 and newer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from provodka.connectors.telephony.dialing import Wanted
from provodka.connectors.telephony.live.session import Session
from provodka.connectors.telephony.numbers import dialable
from provodka.connectors.telephony.options import Ami
from provodka.foundation.errors import Refused
from provodka.foundation.i18n import _

__all__ = ["AmiDialer"]

RING_MILLISECONDS = "30000"


@dataclass(frozen=True)
class AmiDialer:
    """Lets an employee's telephone ring and connects it, when picked up, with a number.

    The channel gets the marker for its id: Asterisk takes no second channel with it, and by it
    the call is found in the log.
    """

    session: Session
    ami: Ami
    where: str

    def dial(self, wanted: Wanted, *, before: Callable[[], None]) -> str:
        """Place the call, see `Dialer`; its key is the marker."""
        before()
        answer = self.session.ask("Originate", **self._fields(wanted))
        if answer["response"].lower() != "success":
            raise self._refused(answer.get("message", ""))
        return wanted.marker

    def _fields(self, wanted: Wanted) -> dict[str, str]:
        return {
            "Channel": self.ami.channel.format(extension=wanted.extension),
            "ChannelId": wanted.marker,
            "Context": self.ami.context,
            "Exten": dialable(wanted.number),
            "Priority": "1",
            "CallerID": wanted.extension,
            "Timeout": RING_MILLISECONDS,
            "Async": "true",
        }

    def _refused(self, said: str) -> Refused:
        return Refused(
            self.where,
            found=_("не набрала номер: {said}").format(said=said),
            expected=_("право originate пользователя AMI, канал и контекст из hub.yaml"),
            next_step=_("проверьте write = originate в manager.conf и telephony[].ami"),
            code="not_dialled",
        )
