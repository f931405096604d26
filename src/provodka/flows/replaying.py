"""Another try for what was set aside: each stream knows how to take its own documents in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.flows.hub import Hub

__all__ = ["in_turn", "replay_stream"]


def in_turn(hub: Hub, rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    """The keys of quarantine's rows by stream, those that others refer to first."""
    from provodka.flows.onec.following.sorting import in_order

    by_stream: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        by_stream[row["stream"]][row["external_key"]] = None
    order: list[str] = []
    if any(stream.startswith("onec:") for stream in by_stream):
        order = [f"onec:{one.name}" for one in in_order(hub.mappings.values())]
    ranked = [one for one in order if one in by_stream]
    for stream in (*ranked, *sorted(by_stream.keys() - set(ranked))):
        yield stream, list(by_stream[stream])


def replay_stream(hub: Hub, stream: str, keys: Sequence[str]) -> Mapping[str, int]:
    """Try these documents of a stream again; returns what the stream counts.

    What still does not go in is set aside anew, with the reason of today.
    """
    if stream.startswith("onec:") or stream == "push:onec":
        from provodka.flows.onec.replaying import replay

        return replay(hub, stream, keys)
    if stream.startswith("mail:"):
        from provodka.flows.mail.replaying import replay_letters

        return replay_letters(hub, stream, keys)
    if stream == "triggers":
        return _apply_again(hub, keys)
    if stream == "inbox":
        return _handle_again(hub, keys)
    raise ConfigurationError(
        _("Поток «{stream}»").format(stream=stream),
        found=_("его документы нельзя принять повторно отсюда"),
        expected="onec:… | push:onec | mail:… | triggers | inbox",
        next_step=_("исправьте причину у источника: новое чтение примет документ само"),
        code="no_replay",
    )


def _handle_again(hub: Hub, keys: Sequence[str]) -> Counter[str]:
    """What has come over HTTP once more, each by itself."""
    from provodka.connectors.crm_store import inbox
    from provodka.flows.inbox.handling import handle_inbox

    with hub.engine.begin() as connection:
        for key in keys:
            inbox.reopen(connection, number=int(key))
    return handle_inbox(hub)


def _apply_again(hub: Hub, keys: Sequence[str]) -> Counter[str]:
    """The rules once more, for the transactions of these deltas, in one transaction."""
    from provodka.connectors.crm_store import quarantine
    from provodka.dashboards.insight.history import beside
    from provodka.flows.triggers.apply import STREAM, apply_deltas

    numbers = [int(key) for key in keys if key.isdigit()]
    with hub.engine.begin() as connection:
        deltas = beside(connection, numbers)
        # Healed first: whatever fails again is opened again.
        healed = quarantine.heal(connection, STREAM, [str(number) for number in numbers])
        counts = apply_deltas(
            connection,
            hub.book,
            hub.calendar,
            hub.clock(),
            deltas,
            approved=hub.settings.rules_approval,
        )
    counts["tried"] += healed
    return counts
