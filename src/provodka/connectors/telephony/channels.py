"""What Asterisk's channel names and dial strings tell about who is at the other end."""

from __future__ import annotations

import re

from provodka.connectors.telephony.legs import Leg

__all__ = ["dialled_number", "dialled_timeout", "is_person", "telephone_of"]

NAME = re.compile(r"(?P<technology>[^/]+)/(?P<peer>.+?)(?:-[0-9a-fA-F]{6,})?(?:;\d)?")
APPLICATIONS = frozenset(
    {"voicemail", "voicemailmain", "playback", "background", "echo", "musiconhold", "read"}
    | {"waitexten", "festival", "record", "directory", "milliwatt", "agi", "saydigits"}
)


def telephone_of(channel: str) -> str:
    """The peer in a channel name: ``101`` of ``PJSIP/101-0000001a``, of ``Local/101@ctx-…;1``."""
    found = NAME.fullmatch(channel)
    return found["peer"].partition("@")[0] if found else ""


def is_person(leg: Leg) -> bool:
    """Whether this leg rang a telephone: not ``Local/…``, and no application in its place."""
    if leg.rang:
        return leg.rang in ("person", "outside")
    return (
        bool(leg.dstchannel)
        and not leg.dstchannel.startswith("Local/")
        and leg.lastapp.lower() not in APPLICATIONS
    )


def dialled_number(leg: Leg) -> str:
    """What was dialled through the leg's trunk: ``Dial(PJSIP/89990000000@trunk,60)``.

    Empty where the dial string names no number, or more than one over the same trunk.
    """
    if "@" not in leg.lastdata and leg.lastdata.count("/") < 2:
        return ""
    trunk = telephone_of(leg.dstchannel)
    numbers = set()
    for target in leg.lastdata.partition(",")[0].split("&"):
        _technology, _slash, address = target.partition("/")
        number, at, peer = address.partition("@")
        if at and trunk and peer.partition(":")[0] == trunk:
            numbers.add(number)
        elif "/" in address and address.partition("/")[0] == trunk:
            numbers.add(address.partition("/")[2])
    return numbers.pop() if len(numbers) == 1 else ""


def dialled_timeout(leg: Leg) -> int:
    """Seconds that a ``Dial`` was to ring, or 0 where it says none."""
    parts = leg.lastdata.split(",")
    return int(parts[1]) if leg.lastapp == "Dial" and parts[1:] and parts[1].isdecimal() else 0
