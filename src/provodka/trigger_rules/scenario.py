"""A scenario at work: the order of its stages, its two ends, its fingerprint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from pydantic import BaseModel

from provodka.trigger_rules.language import AlwaysPlanned, ScenarioText, StageText

__all__ = ["Scenario", "normalized", "version_of"]


def normalized(text: BaseModel) -> str:
    """A rule or scenario as canonical JSON: formatting, comments and key order do not matter.

    What is not said is left out, so that the language can grow without changing old rules.
    """
    plain = text.model_dump(mode="json", by_alias=True, exclude_none=True)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def version_of(text: BaseModel) -> str:
    """A short fingerprint of what a rule or scenario says."""
    return hashlib.sha256(normalized(text).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Scenario:
    """Stages in their order (rank from 1), of which one end is won and one is lost."""

    text: ScenarioText

    @property
    def code(self) -> str:
        """The code that deals carry."""
        return self.text.code

    @property
    def always_planned(self) -> AlwaysPlanned:
        """What is planned when an open deal has nothing planned."""
        return self.text.always_planned

    @cached_property
    def version(self) -> str:
        """The fingerprint of its text."""
        return version_of(self.text)

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Stage code → rank."""
        return {stage.code: rank for rank, stage in enumerate(self.text.stages, start=1)}

    def stage(self, code: str) -> StageText | None:
        """A stage by its code."""
        return next((stage for stage in self.text.stages if stage.code == code), None)

    def after(self, code: str) -> str | None:
        """The next open stage, or nothing after the last one: a deal is won only on purpose."""
        later = [stage for stage in self.text.stages if self.ranks[stage.code] > self.ranks[code]]
        return next((stage.code for stage in later if stage.kind == "open"), None)

    def end(self, result: str) -> str:
        """The stage that ends a deal as `won` or `lost`."""
        return next(stage.code for stage in self.text.stages if stage.kind == result)
