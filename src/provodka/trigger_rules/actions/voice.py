"""A call by a robot: a number is called, and when it is picked up a text or a recording is said."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from provodka.foundation.i18n import _, marked
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import ActionKind, Checking, Made, Woken
from provodka.trigger_rules.actions.letters import check_text
from provodka.trigger_rules.vocabulary import Strict

__all__ = ["KINDS", "VoiceCall"]

LONGEST = 300
"""A line of Asterisk's manager interface takes no more, in Cyrillic letters."""


class VoiceCall(Strict):
    """What is said to a number, by expression: `client.phone`, `call.client_number`.

    Either `text`, which may name fields in `{{ }}` and which the PBX speaks, or `recording`, a
    sound of the PBX by its name. An empty number is an error with its name.
    """

    number: Annotated[str, BeforeValidator(str)] = "client.phone"
    text: Annotated[str, Field(min_length=1, max_length=LONGEST)] | None = None
    recording: Annotated[str, Field(pattern=r"^[\w-]+(/[\w-]+)*$", max_length=100)] | None = None

    @model_validator(mode="after")
    def _one(self) -> VoiceCall:
        if (self.text is None) == (self.recording is None):
            raise ValueError(_("ровно одно из двух: text или recording"))
        return self


def _say(woken: Woken, body: VoiceCall, index: int) -> Made:
    number = woken.value(index, "number")
    if not number:
        raise woken.lacking(body.number)
    about = (woken.event.kind, woken.event.document)
    said = (body.text or "", body.recording or "")
    yield effects.Say(woken.reason(index), str(number), *said, *about)


def _check(check: Checking, body: VoiceCall) -> None:
    check.expression(body.number, "number")
    if body.text is not None:
        check_text(check, body)


def _disturbs(_body: Any) -> bool:
    """A call in quiet hours waits until they are over."""
    return True


KINDS = (
    ActionKind(
        "voice_call",
        marked("Позвонить и сказать текст или проиграть запись"),
        VoiceCall,
        _say,
        "voice_call: {number: client.phone, text: 'Ваш заказ {{ deal.number }} привезут завтра'}",
        check=_check,
        disturbs=_disturbs,
    ),
)
