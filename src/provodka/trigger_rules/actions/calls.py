"""Telephone calls that a rule has placed: first the employee's telephone rings, then the other."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from provodka.foundation.i18n import marked
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import ActionKind, Checking, Made, Woken
from provodka.trigger_rules.vocabulary import Executor, Strict

__all__ = ["KINDS", "Dial"]


class Dial(Strict):
    """The employee is connected with a number, by expression: `client.phone`, `call.client_number`.

    An employee without an extension, or an empty number, is an error with its name.
    """

    employee: Executor = "responsible"
    number: Annotated[str, BeforeValidator(str)] = "client.phone"


def _dial(woken: Woken, body: Dial, index: int) -> Made:
    extension = woken.contact(body.employee, "extension")
    number = woken.value(index, "number")
    if not number:
        raise woken.lacking(body.number)
    yield effects.Dial(
        woken.reason(index),
        woken.facts[body.employee]["id"],
        extension,
        str(number),
        woken.event.kind,
        woken.event.document,
    )


def _check(check: Checking, body: Dial) -> None:
    check.expression(body.number, "number")


def _disturbs(_body: Any) -> bool:
    """A call in quiet hours waits until they are over."""
    return True


KINDS = (
    ActionKind(
        "dial",
        marked("Соединить сотрудника с номером по телефону"),
        Dial,
        _dial,
        "dial: {employee: responsible, number: client.phone}",
        check=_check,
        disturbs=_disturbs,
    ),
)
