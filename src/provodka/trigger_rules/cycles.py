"""Rules that would wake each other for ever, found before they run.

An edge leads from a rule to one that an action of it wakes, through the fields that the action
writes and the event is read from: both are told by the registries of actions and of events. A
ring of edges must have a bound that can be seen: a rule that says how often it acts at most
(`at_most`), a condition on something that the ring itself changes, a field that gets the same
value again (what does not change is no event), or a deal that only goes forward. What the graph
cannot know, such as actions of other packages, is stopped at run time by the length of the chain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.trigger_rules.actions.kinds import Way
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.conditions import Expression
from provodka.trigger_rules.event_kinds import EVENTS
from provodka.trigger_rules.language import Action, When
from provodka.trigger_rules.rule import Rule
from provodka.trigger_rules.schema import roots

__all__ = ["cycles"]

COUNTS: Mapping[str, str] = {
    "deal.tasks": "task",
    "deal.open_tasks": "task",
    "deal.invoices_posted": "invoice",
    "deal.invoices_unpaid": "invoice",
    "deal.invoices_unshipped": "invoice",
}
"""What is counted about a deal, and the documents whose changes change the count."""


@dataclass(frozen=True)
class Edge:
    """One rule wakes another through `fields`; `values` are what is written, where it is told."""

    source: Rule
    target: Rule
    fields: frozenset[str]
    written: frozenset[str]
    values: Mapping[str, Expression | None]
    onward: bool = False

    @property
    def source_leads_back(self) -> bool:
        """Whether the waking rule gives some deal the way to go again."""
        return any(_way(action) == "back" for action in self.source.text.do)


Graph = Mapping[str, Sequence[Edge]]


def cycles(rules: Sequence[Rule]) -> Iterator[ConfigurationError]:
    """A mistake for each ring without a bound, the ring told as rule → field → rule."""
    whole = _graph(rules)
    told: set[frozenset[str]] = set()
    for graph, first in _searched(whole):
        ring = _ring(graph, first)
        names = frozenset(one.source.name for one in ring)
        if ring and names not in told and not _bounded(ring):
            told.add(names)
            yield _mistake(ring)


def _searched(whole: Graph) -> Iterator[tuple[Graph, Edge]]:
    """Where rings are looked for, and from which edge.

    Moves of a deal towards its end come to it: a ring with one goes round for ever only if a
    rule in it leads back.
    """
    still = {name: [one for one in edges if not one.onward] for name, edges in whole.items()}
    yield from ((still, edge) for edges in still.values() for edge in edges)
    yield from (
        (whole, edge) for edges in whole.values() for edge in edges if edge.source_leads_back
    )


def _graph(rules: Sequence[Rule]) -> Graph:
    """Edges by the rule that they leave; one that says how often it acts breaks every ring."""
    endless = [rule for rule in rules if rule.text.at_most is None]
    hearing: dict[str, list[tuple[Rule, When]]] = defaultdict(list)
    for rule in endless:
        for when in rule.text.when:
            hearing[when.event].append((rule, when))
    return {rule.name: list(_edges(rule, hearing)) for rule in endless}


def _edges(rule: Rule, hearing: Mapping[str, Sequence[tuple[Rule, When]]]) -> Iterator[Edge]:
    for number, action in enumerate(rule.text.do):
        kind = actions()[action.name]
        writes = kind.writes(rule, action.body)
        values = {
            field: rule.values.get((number, path)) if path else None
            for field, path in writes.items()
        }
        made = kind.wakes(rule, action.body)
        written = frozenset(writes) or frozenset(_read_from(name, of) for name, of in made)
        for name, of in made:
            for target, when in hearing.get(name, ()):
                fields = _between(name, of, when, values, written)
                if fields:
                    yield Edge(rule, target, fields, written, values, _way(action) == "on")


def _way(action: Action) -> Way:
    return actions()[action.name].leads(action.body)


def _between(
    name: str,
    of: str | None,
    when: When,
    values: Mapping[str, Expression | None],
    written: frozenset[str],
) -> frozenset[str]:
    """The fields through which an event that an action makes is heard; none if it is not."""
    if when.of is not None and of is not None and when.of != of:
        return frozenset()
    kind = EVENTS[name].kind or of or when.of or ""
    if when.field is None:
        known = _read_from(name, of)
        all_of_it = frozenset(one for one in written if _kind(one) == kind)
        return all_of_it if all_of_it and "." not in known else frozenset({known})
    field = f"{kind}.{when.field}"
    if values and (field not in values or _never(values[field], when)):
        return frozenset()
    return frozenset({field})


def _never(value: Expression | None, when: When) -> bool:
    """Whether what is written is always something else than the event waits for."""
    constant = value.constant if value is not None else None
    return constant is not None and when.to is not None and str(constant) != str(when.to)


def _read_from(event: str, of: str | None) -> str:
    """The field that an event is read from, or the whole document."""
    known = EVENTS[event].document if event in EVENTS else "*"
    return (of or EVENTS[event].kind or "*") if known in ("*", "") else known


def _ring(graph: Graph, first: Edge) -> list[Edge]:
    """A shortest ring that begins with an edge; empty if no way leads back."""
    start = first.source.name
    if first.target.name == start:
        return [first]
    ways: list[list[Edge]] = [[first]]
    seen = {first.target.name}
    for way in ways:
        for edge in graph.get(way[-1].target.name, ()):
            if edge.target.name == start:
                return [*way, edge]
            if edge.target.name not in seen:
                seen.add(edge.target.name)
                ways.append([*way, edge])
    return []


def _bounded(ring: Sequence[Edge]) -> bool:
    written = [field for edge in ring for field in edge.written]
    return any(_settles(edge, written) or _watched(edge.target, ring, written) for edge in ring)


def _settles(edge: Edge, written: Sequence[str]) -> bool:
    """Whether a second time round this edge would write what is there already."""
    return all(
        value is not None
        and written.count(field) == 1
        and "now" not in value.fields
        and not _reads(edge.source, value, written)
        for field, value in ((one, edge.values.get(one)) for one in edge.fields)
    )


def _watched(rule: Rule, ring: Sequence[Edge], written: Sequence[str]) -> bool:
    """Whether the rule's condition is about what the ring changes, and that does not just grow."""
    if rule.condition is None:
        return False
    growing = {
        field
        for edge in ring
        for field, value in edge.values.items()
        if value is not None and _reads(edge.source, value, [field])
    }
    return _reads(rule, rule.condition, [one for one in written if one not in growing])


def _reads(rule: Rule, expression: Expression, written: Collection[str]) -> bool:
    """Whether an expression of a rule reads one of the fields, or of whole documents, written."""
    names = roots(rule.kind, tuple(rule.scenario.ranks) if rule.scenario else ())
    for name in expression.fields:
        root, *path = name.split(".")
        holder = names[root].related(path[:-1]) if root in names else None
        kind = holder.kind if holder else root
        field = f"{kind}.{path[-1]}" if path else kind
        counted = COUNTS.get(field, field)
        if field in written or kind in written or counted in map(_kind, written):
            return True
    return False


def _kind(field: str) -> str:
    return field.partition(".")[0]


def _mistake(ring: Sequence[Edge]) -> ConfigurationError:
    told = [ring[0].source.name]
    for edge in ring:
        told += [", ".join(sorted(edge.fields)), edge.target.name]
    return ring[0].source.error(
        found=_("правила будят друг друга: {ring}").format(ring=" → ".join(told)),
        expected=_("предел: at_most у одного из них или условие о том, что круг меняет"),
        next_step=_("напишите, например, at_most: {times: 1, per: deal, within: {days: 1}}"),
        code="rules_cycle",
    )
