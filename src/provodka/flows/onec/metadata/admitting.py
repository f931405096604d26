"""Which mappings may be read now: at the start of a run, before any data flows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import structlog

from provodka.connectors.crm_store import cursors
from provodka.flows.hub import Hub
from provodka.flows.onec.metadata.watching import ANEW, verdicts
from provodka.flows.onec.taking import Taking, stream_of
from provodka.flows.work import Work
from provodka.foundation.errors import ConfigurationError, Misunderstood, ProvodkaError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import gathered
from provodka.mappings import compiled
from provodka.mappings.drift import Act, Verdict

__all__ = ["Admitted", "admitted", "explained"]

log = structlog.get_logger("provodka.schema")
SIGNS = frozenset({"bad_query", "not_published", "base_rejected"})
"""What a base answers when asked for something that it no longer has."""


@dataclass
class Admitted:
    """What may be done with each mapping in this run.

    `named` are those of the run that may be read, in their order, `readable` all that may be.
    Documents of `refusing` are set aside as they come (a message of an exchange plan holds those
    of any set); those of `instead` are read without what the base lacks. `stopped` says why the
    others of the run are not read.
    """

    named: list[compiled.Mapping] = field(default_factory=list)
    readable: list[compiled.Mapping] = field(default_factory=list)
    refusing: dict[str, Misunderstood] = field(default_factory=dict)
    instead: dict[str, compiled.Mapping] = field(default_factory=dict)
    stopped: list[ConfigurationError] = field(default_factory=list)

    def heeded_by(self, taking: Taking) -> Taking:
        """The same, told what to refuse and what to read in another way."""
        taking.refusing, taking.instead = self.refusing, self.instead
        return taking

    def settle(self) -> None:
        """Raise for the mappings that were stopped, after the others have been read."""
        if self.stopped:
            raise gathered(self.stopped)


def admitted(hub: Hub, work: Work, names: Sequence[str]) -> Admitted:
    """Judge the named mappings against the base; see `mappings.drift` for what may come out.

    A base that does not tell its metadata is read all the same: reading it says what is wrong.
    """
    known = [one for one in hub.mappings.values() if one.reads]
    try:
        judged = verdicts(hub, work)
    except ConfigurationError:
        raise
    except ProvodkaError as error:
        log.warning("schema_unseen", code=error.code)
        named = [hub.mappings[name] for name in names if name in hub.mappings]
        return Admitted(named, known)
    found = Admitted()
    for mapping in known:
        _admit(work, judged[mapping.name], mapping, found, run=mapping.name in names)
    found.named.sort(key=lambda mapping: names.index(mapping.name))
    return found


def _admit(
    work: Work, verdict: Verdict, mapping: compiled.Mapping, found: Admitted, *, run: bool
) -> None:
    touched = [str(touch.change) for touch in verdict.touched]
    if verdict.act is Act.STOP or (verdict.act is Act.SET_ASIDE and not _loaded(work, mapping)):
        log.error("schema_frozen", mapping=mapping.name, changes=touched)
        found.refusing[mapping.name] = _reason(verdict)
        found.stopped += verdict.errors if run else ()
        return
    read = verdict.mapping
    if verdict.act is Act.SET_ASIDE:
        log.warning("schema_set_aside", mapping=mapping.name, changes=touched)
        found.refusing[mapping.name] = _reason(verdict)
        read = replace(read, version=mapping.version)
    elif read is not mapping:
        log.warning("schema_evolved", mapping=mapping.name, changes=touched)
    if read is not mapping:
        found.instead[mapping.name] = read
    found.readable.append(read)
    if run:
        found.named.append(read)


def _loaded(work: Work, mapping: compiled.Mapping) -> bool:
    """Whether the set has been read whole once; before that, everything would be set aside."""
    with work.begin() as connection:
        position = cursors.read(connection, stream_of(mapping)) or {}
    return bool(position.get("complete")) and position.get("mapping") == mapping.version


def _reason(verdict: Verdict) -> Misunderstood:
    first = verdict.errors[0]
    return Misunderstood(
        first.where,
        found="; ".join(error.found for error in verdict.errors),
        expected=first.expected,
        next_step=_("исправьте соответствие или базу: документ будет принят при следующем чтении"),
        code="schema_changed",
    )


@contextmanager
def explained(hub: Hub, work: Work, mapping: compiled.Mapping) -> Iterator[None]:
    """When the base refuses a question, look whether it has changed since it was last asked."""
    try:
        yield
    except ProvodkaError as error:
        if error.code not in SIGNS:
            raise
        reasons = _anew(hub, work).get(mapping.name)
        if reasons is None or not reasons.errors:
            raise
        raise gathered(list(reasons.errors)) from error


def _anew(hub: Hub, work: Work) -> Mapping[str, Verdict]:
    try:
        return verdicts(hub, work, ANEW)
    except ProvodkaError as error:
        log.warning("schema_unseen", code=error.code)
        return {}
