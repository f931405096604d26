"""The types of fields in a feed, which itself does not tell them: kept between messages.

Only the sets that mappings read are kept: the whole of a large base's metadata takes a second to
load, and a message of a few documents comes every minute.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.metadata import EntitySet
from provodka.flows.hub import Hub

__all__ = ["Fields"]

LONGEST = timedelta(days=1)
SHORTEST = timedelta(hours=1)

_kept: WeakKeyDictionary[ODataBase, tuple[datetime, dict[str, EntitySet]]] = WeakKeyDictionary()


class Fields:
    """What `$metadata` tells of the wanted sets; asked when an entry of one comes, not before.

    A set that is wanted and unknown makes the base be asked once more, at most once an hour.
    """

    def __init__(self, hub: Hub, wanted: Iterable[str]) -> None:
        self._base = hub.require_base()
        self._now = hub.clock()
        self._wanted = frozenset(wanted)

    def of(self, set_name: str) -> EntitySet | None:
        """The fields of a set; None for one that no mapping reads."""
        if set_name not in self._wanted:
            return None
        found = self._known(LONGEST).get(set_name)
        return found or self._known(SHORTEST).get(set_name)

    def _known(self, max_age: timedelta) -> dict[str, EntitySet]:
        asked_at, known = _kept.get(self._base, (None, {}))
        if asked_at is not None and self._now - asked_at < max_age:
            return known
        sets = self._base.metadata(now=self._now, max_age=max_age).sets
        fresh = {name: sets[name] for name in self._wanted & sets.keys()}
        _kept[self._base] = (self._now, fresh)
        return fresh
