"""Decisions whose effects are written together: by one statement for each kind of effect.

A wave takes events in their order. One that looks at what the wave is going to change waits for
the next wave, and so does whatever looks at what that one may change: each is decided on what it
would have seen if all had been written one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from provodka.trigger_rules import effects
from provodka.trigger_rules.decide import Decision
from provodka.trigger_rules.events import Event

__all__ = ["Item", "Occasion", "Slot", "Wave", "group_of"]

Facts = Mapping[str, Any]
MOVED_BY_THE_STORE = frozenset(
    {"deal.delivery_at", "task.executor_id", "client.delivery_address", "client.kind"}
)
"""Fields that triggers of the store answer with changes of other documents."""
PEOPLE = ("responsible", "head")
SIMPLE = (
    effects.Notify,
    effects.MoveStage,
    effects.CloseDeal,
    effects.CancelTasks,
    effects.Signal,
    effects.CallWebhook,
    effects.AddToAudience,
    effects.Wait,
    effects.Fired,
)
ONE_AT_A_TIME = (effects.MoveStage, effects.CloseDeal, effects.CancelTasks)
COUNTED = (effects.CreateTask, *ONE_AT_A_TIME)


class Occasion(NamedTuple):
    """An event as the rules are asked about it: for one of its deals, or for none."""

    about: Event
    deal: UUID | None


@dataclass(slots=True)
class Item:
    """An effect, the facts that it was decided on, and whether it was done in the end."""

    effect: effects.Effect
    facts: Facts
    done: bool = False

    @property
    def key(self) -> str:
        """What the ledger knows it by."""
        return self.effect.reason.key


@dataclass(slots=True)
class Slot:
    """Effects that one statement can write: of one group, each about another document."""

    group: object
    items: list[Item] = field(default_factory=list)
    changed: set[UUID] = field(default_factory=set)


def group_of(effect: effects.Effect) -> object:
    """What an effect can be written together with; nothing for one that is done by itself."""
    if isinstance(effect, effects.CreateTask):
        return None if effect.kind == "delivery" else effects.CreateTask
    if isinstance(effect, effects.SendLetter):
        return None if effect.in_thread or effect.attach else effects.SendLetter
    if isinstance(effect, effects.SetField):
        moves = effect.kind == "delivery" or f"{effect.kind}.{effect.field}" in MOVED_BY_THE_STORE
        return None if moves else (effect.kind, effect.field, effect.over_hand)
    return type(effect) if isinstance(effect, SIMPLE) else None


@dataclass
class Wave:
    """What has been decided and is still to be written; `related` as in `RuleBook.related`.

    Effects of one decision are written in their order, and so are all about one document.
    `deferred` is left to the next wave; `people` says that rules may write to employees too.
    """

    related: Collection[str] = ()
    people: bool = False
    deferred: list[Occasion] = field(default_factory=list)
    occasions: list[Occasion] = field(default_factory=list)
    acted: list[str] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    targets: dict[str, set[UUID]] = field(default_factory=dict)
    _changed: set[UUID] = field(default_factory=set)
    _keys: set[str] = field(default_factory=set)

    @property
    def items(self) -> list[Item]:
        """All effects, slot by slot."""
        return [item for slot in self.slots for item in slot.items]

    def awaits(self, occasion: Occasion) -> bool:
        """Whether the very document of an event, or its deal, is about to be changed."""
        return occasion.about.document in self._changed or occasion.deal in self._changed

    def concerns(self, facts: Facts) -> bool:
        """Whether something that an event looks at is about to be changed by this wave."""
        changed = self._changed
        return bool(changed) and not changed.isdisjoint(_seen(facts, self.related))

    def defer(self, occasion: Occasion, facts: Facts | None = None) -> None:
        """Leave an occasion to the next wave, and with it all that looks at what it may change."""
        self.deferred.append(occasion)
        self._changed.add(occasion.about.document)
        for name, row in (facts or {}).items():
            if isinstance(row, dict) and "id" in row and (self.people or name not in PEOPLE):
                self._changed.add(row["id"])

    def takes(self, decision: Decision) -> bool:
        """Whether all that was decided can be written with others, each for the first time."""
        wanted = decision.effects
        keys = {one.reason.key for one in wanted}
        return (
            not decision.troubles
            and len(keys) == len(wanted)
            and keys.isdisjoint(self._keys)
            and all(group_of(one) is not None for one in wanted)
        )

    def decided(self, occasion: Occasion, acted: Iterable[str]) -> None:
        """An occasion belongs to this wave; the rules that acted on it."""
        self.occasions.append(occasion)
        self.acted += acted

    def add(self, wanted: Sequence[effects.Effect], facts: Facts) -> None:
        """Give each effect of one decision its place, never before that of the one before."""
        place = 0
        for effect in wanted:
            place = self._place(effect, place)
            self.slots[place].items.append(Item(effect, facts))
            self._keys.add(effect.reason.key)
            self._note(effect, self.slots[place])

    def _place(self, effect: effects.Effect, first: int) -> int:
        group, target = group_of(effect), _target(effect)
        for place in range(first, len(self.slots)):
            slot = self.slots[place]
            if slot.group == group and target not in slot.changed:
                return place
        self.slots.append(Slot(group))
        return len(self.slots) - 1

    def _note(self, effect: effects.Effect, slot: Slot) -> None:
        target = _target(effect)
        deal: UUID | None = getattr(effect, "deal", None)
        self._changed.update(one for one in (effect.reason.document, deal, target) if one)
        if target:
            slot.changed.add(target)
        if isinstance(effect, effects.Fired) and effect.client:
            self._changed.add(effect.client)
        if isinstance(effect, effects.SetField):
            self.targets.setdefault(effect.kind, set()).add(effect.document)
        elif deal and isinstance(effect, COUNTED):
            self.targets.setdefault("deal", set()).add(deal)


def _target(effect: effects.Effect) -> UUID | None:
    """The document that an effect changes, so that a statement must not meet it twice."""
    if isinstance(effect, effects.SetField):
        return effect.document
    return effect.deal if isinstance(effect, ONE_AT_A_TIME) else None


def _seen(facts: Facts, related: Collection[str]) -> Iterator[UUID]:
    """The keys of the documents that an event looks at, those that it reaches among them."""
    for row in facts.values():
        if isinstance(row, dict) and "id" in row:
            yield row["id"]
    for path in related:
        found: Any = facts
        for step in path.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        if isinstance(found, dict) and "id" in found:
            yield found["id"]
