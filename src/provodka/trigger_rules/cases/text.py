"""How a case is written: what is given, what happens, what is to come of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from provodka.trigger_rules.language import When, listed_whens
from provodka.trigger_rules.vocabulary import Code, Strict, Words

__all__ = ["CaseFile", "CaseText"]

Given = dict[Code, dict[str, Any] | None]


class CaseText(Strict):
    """One case: `given` documents, `when` an event happens `at` a time, `then` these actions.

    What is not given is made up: an open deal at the first stage, a client, a responsible
    employee and a head, all with an address and a phone. With `rule` only that rule is looked
    at. `then` lists all actions in their order, each with the parameters worth checking; an
    empty list is nothing at all. `acted` are earlier times of the rule, for its cap.
    """

    name: Words
    rule: Code | None = None
    at: datetime | None = None
    given: Given = Field(default={}, max_length=50)
    acted: tuple[datetime, ...] = Field(default=(), max_length=1000)
    when: Annotated[tuple[When, ...], BeforeValidator(listed_whens)] = Field(
        min_length=1, max_length=1
    )
    then: tuple[dict[str, Any], ...] = Field(max_length=100)

    @property
    def event(self) -> When:
        """What happens."""
        return self.when[0]


class CaseFile(Strict):
    """The cases of one file of rules."""

    cases: tuple[CaseText, ...] = Field(min_length=1, max_length=1000)
