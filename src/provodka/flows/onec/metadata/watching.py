"""The base as it is now against what it was when the mappings were agreed with it."""

from __future__ import annotations

import time
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from provodka.connectors.crm_store import base_schema
from provodka.connectors.onec.odata.metadata import Metadata
from provodka.flows.hub import Hub
from provodka.flows.insight.published import PublishedBase
from provodka.flows.onec.metadata.shapes import digest_of, packed, shape_of, unpacked
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.work import Work
from provodka.mappings.checking import check_against
from provodka.mappings.configurations import Known, configuration, recognised
from provodka.mappings.drift import Change, Shape, Verdict, diff, judge
from provodka.mappings.misses import DOUBTS
from provodka.mappings.pruning import without

__all__ = ["ANEW", "DAY", "Sight", "look", "verdicts"]

log = structlog.get_logger("provodka.schema")
DAY = timedelta(days=1)
ANEW = timedelta()
HOUR = timedelta(hours=1)
HUB = "hub"


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen: the changes since the state that was agreed, and what each mapping does."""

    metadata: Metadata
    changes: tuple[Change, ...]
    verdicts: AnyMapping[str, Verdict]


def verdicts(hub: Hub, work: Work, max_age: timedelta = DAY) -> AnyMapping[str, Verdict]:
    """The verdict on every mapping; the base is asked once in `max_age`."""
    watch, now = hub.schema_watch, hub.clock()
    if not watch.fresh(now, max_age):
        found = look(hub, work, max_age).verdicts
        if not all(one.agreed for one in found.values()) and watch.may_ask(now):
            found = look(hub, work, ANEW).verdicts
        if work is not hub.engine:
            return found
        watch.verdicts, watch.judged_at = dict(found), now
    return watch.verdicts


def look(hub: Hub, work: Work, max_age: timedelta) -> Sight:
    """Compare the base with its agreed state, judge every mapping, remember what was seen.

    A state that stops nothing is agreed by itself; any other waits for a mended mapping, for
    the base to be as it was, or for a person.
    """
    now = hub.clock()
    metadata = _asked(hub, now, max_age)
    shape = shape_of(metadata)
    digest = digest_of(shape)
    with work.begin() as connection:
        agreed = base_schema.agreed(connection, SYSTEM)
    same = agreed is None or agreed.digest == digest
    changes = () if same or agreed is None else diff(unpacked(agreed.shape), shape)
    found = _judged(hub, PublishedBase(metadata), changes, recognised(shape))
    calm = agreed is None or all(one.agreed for one in found.values())
    _remember(work, shape, digest, now, calm=calm)
    return Sight(metadata, changes, found)


def _asked(hub: Hub, now: datetime, max_age: timedelta) -> Metadata:
    began = time.monotonic()
    metadata = hub.require_base().metadata(now=now, max_age=max_age)
    if max_age == ANEW:
        took = timedelta(seconds=time.monotonic() - began)
        hub.schema_watch.asked_at, hub.schema_watch.cost = now, took
    return metadata


def _judged(
    hub: Hub, published: PublishedBase, changes: tuple[Change, ...], known: Known | None
) -> dict[str, Verdict]:
    found, facts = {}, configuration(known.name) if known else None
    for name, mapping in hub.mappings.items():
        mistakes = check_against(mapping, published, facts)
        misses = [one for one in mistakes if one.code not in DOUBTS]
        found[name] = judge(mapping, changes, misses, without(mapping, misses))
    return found


def _remember(work: Work, shape: Shape, digest: str, now: datetime, *, calm: bool) -> None:
    with work.begin() as connection:
        newest = base_schema.latest(connection, SYSTEM)
        if newest is None or newest.digest != digest:
            known = recognised(shape)
            base_schema.remember(
                connection,
                SYSTEM,
                digest,
                packed(shape),
                configuration=known.name if known else "",
                at=now,
                agreed_by=HUB if calm else None,
            )
            log.info("schema_seen", digest=digest[:12], sets=len(shape), agreed=calm)
            return
        if calm and newest.agreed_at is None:
            base_schema.agree(connection, newest.id, HUB)
        if now - newest.last_seen >= HOUR:
            base_schema.seen_again(connection, newest.id, now)
