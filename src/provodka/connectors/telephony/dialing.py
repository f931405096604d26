"""Calls that a PBX is asked to place: what is asked, and who can be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from provodka.connectors.telephony.numbers import e164
from provodka.foundation.errors import Refused
from provodka.foundation.i18n import _

__all__ = ["Dialer", "Spoken", "Wanted", "not_dialled", "plain_digits"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call to place: first the telephone `extension` rings, then `number` is called.

    `marker` is a name that no other call has; PBXs that take one carry it.
    """

    extension: str
    number: str = field(repr=False)
    marker: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A call by a robot: `number` is called, and a `text` or else a `recording` is said.

    `marker` is a name that no other call has.
    """

    number: str = field(repr=False)
    marker: str
    text: str = field(default="", repr=False)
    recording: str = ""


class Dialer(Protocol):
    """A PBX that places calls."""

    def dial(self, wanted: Wanted, *, before: Callable[[], None]) -> str:
        """Ask for a call; the key that it will have in the PBX's log, empty if none is told.

        `before` is called when the next thing is to ask. Nothing is asked twice: raises
        `SystemUnavailable` and `AccessDenied` where the call was not taken, `Refused` with the
        PBX's words, and `UnknownOutcome` where nobody knows.
        """
        ...


def plain_digits(number: str) -> str:
    """A number as cloud PBXs take it: ``79991234567``; a short one as it is."""
    return (e164(number) or number).removeprefix("+")


def not_dialled(where: str, told: Mapping[str, Any] | str) -> Refused:
    """The error for a call that the PBX understood and does not place, with its own words."""
    said = told if isinstance(told, str) else _words(told)
    return Refused(
        where,
        found=_("АТС не набрала номер: {said}").format(said=said[:200] or "—"),
        expected=_("право ключа звонить, внутренний номер, известный этой АТС"),
        next_step=_("проверьте в кабинете АТС права ключа и номер сотрудника"),
        code="not_dialled",
    )


def _words(told: Mapping[str, Any]) -> str:
    named = (told.get(name) for name in ("message", "error", "result"))
    return " ".join(str(one) for one in named if one)
