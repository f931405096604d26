"""What a changed base means for each mapping, in words."""

from __future__ import annotations

from collections.abc import Iterator

from provodka.flows.onec.metadata.memory import SchemaWatch
from provodka.foundation.i18n import _
from provodka.mappings.drift import Act, Verdict

__all__ = ["fate", "told"]


def fate(name: str, verdict: Verdict) -> str:
    """What becomes of a mapping."""
    told = {
        Act.STOP: _("соответствие {name} остановлено (contract: freeze)"),
        Act.SET_ASIDE: _("документы {name} откладываются (contract: set_aside)"),
        Act.GO_ON: _("соответствие {name} читается дальше (contract: evolve)"),
    }[verdict.act]
    if verdict.act is Act.STOP and verdict.mapping.contract != "freeze":
        told = _("соответствие {name} остановлено: без этого его не прочитать")
    return told.format(name=name)


def told(watch: SchemaWatch) -> Iterator[str]:
    """A line for each change that a mapping had to heed when it was last judged."""
    for name, verdict in watch.verdicts.items():
        for touch in verdict.touched:
            if touch.breaking:
                yield f"{touch.place}: {touch.change}; {fate(name, verdict)}"
