"""Calls placed through the manager interface: `Originate` of Asterisk 12 and newer."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from provodka.connectors.telephony.dialing import Spoken, Wanted
from provodka.connectors.telephony.live.session import Session
from provodka.connectors.telephony.numbers import dialable
from provodka.connectors.telephony.options import Ami
from provodka.foundation.errors import Refused
from provodka.foundation.i18n import _

__all__ = ["AmiDialer"]

RING_MILLISECONDS = "30000"
VARIABLE = "PROVODKA_TEXT"
"""What the dialplan finds the text in: `${BASE64_DECODE(${PROVODKA_TEXT})}`."""


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
        return self._originated(wanted.marker, self._fields(wanted), before)

    def speak(self, spoken: Spoken, *, before: Callable[[], None]) -> str:
        """Call a number and say something, as `dial` does; no employee takes part."""
        return self._originated(spoken.marker, self._voice(spoken), before)

    def _originated(
        self, marker: str, fields: Mapping[str, str], before: Callable[[], None]
    ) -> str:
        before()
        answer = self.session.ask("Originate", **fields)
        if answer["response"].lower() != "success":
            raise self._refused(answer.get("message", ""))
        return marker

    def _voice(self, spoken: Spoken) -> dict[str, str]:
        """Asterisk's own player takes a recording; a text goes to the dialplan as a variable.

        Variables stand in one line with commas between them, and so the text goes in Base64.
        """
        begun = {
            "Channel": self.ami.voice_channel.format(number=dialable(spoken.number)),
            "ChannelId": spoken.marker,
            "Timeout": RING_MILLISECONDS,
            "Async": "true",
        }
        if spoken.recording:
            return begun | {"Application": "Playback", "Data": spoken.recording}
        text = b64encode(spoken.text.encode()).decode()
        return begun | {
            "Context": self.ami.voice_context or "",
            "Exten": "s",
            "Priority": "1",
            "Variable": f"{VARIABLE}={text}",
        }

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
