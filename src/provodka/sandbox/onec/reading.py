"""GET: sets, single objects, counts, navigation, virtual tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from provodka.sandbox.onec.conditions import (
    Loader,
    Scope,
    compile_condition,
    compile_path,
    entity_scope,
)
from provodka.sandbox.onec.errors import access_denied
from provodka.sandbox.onec.objects import Objects, presentation
from provodka.sandbox.onec.options import Options
from provodka.sandbox.onec.projection import Projection
from provodka.sandbox.onec.pushdown import Pushed, push
from provodka.sandbox.onec.schema import Entity, Field
from provodka.sandbox.onec.serializer import Serializer
from provodka.sandbox.onec.sources import Source, records
from provodka.sandbox.onec.values import Record, parse

_COLUMNS = {"Date": "date", "Number": "number", "Code": "number", "Description": "title"}


@dataclass(frozen=True, slots=True)
class Page:
    """What a read found: the slice asked for and the number of all matches."""

    texts: list[tuple[bytes, int]] | None
    found: list[Record]
    total: int


class Reader:
    """Answers reads of one base. `compare_unlimited` lifts the ban on comparing long strings."""

    def __init__(self, objects: Objects, *, compare_unlimited: bool, restricted: frozenset[str]):
        self._objects = objects
        self._compare_unlimited = compare_unlimited
        self._restricted = restricted
        self._seen: dict[tuple[str, str], Record | None] = {}

    def load(self, set_name: str, key: str) -> Record | None:
        """An object by set and key, remembered for the length of the request."""
        address = (set_name, key)
        if address not in self._seen:
            self._seen[address] = self._objects.get(set_name, key)
        return self._seen[address]

    def count(self, source: Source, options: Options) -> int:
        """How many records of a set satisfy the filter."""
        self.guard(source, options)
        return self._page(source, options, wanted=False).total

    def collection(self, source: Source, options: Options, out: Serializer) -> bytes:
        """A set, filtered, sorted, cut and projected."""
        self.guard(source, options)
        entity = source.entity
        projection = self.projection(entity, options)
        page = self._page(source, options, wanted=True)
        count = page.total if options.inline_count else None
        plain = out.format.json and out.format.level < 2 and projection.trivial
        if plain and page.texts is not None:
            entries = (out.stored(entity, text, head) for text, head in page.texts)
            return out.collection(entity, entries, count)
        chosen = (projection(record) for record in self._records(page))
        if not out.format.json:
            return out.atom.feed(entity, chosen, count)
        return out.collection(
            entity, (out.entry(entity, record).encode() for record in chosen), count
        )

    def single(self, entity: Entity, record: Record, options: Options, out: Serializer) -> bytes:
        """One record, projected."""
        chosen = self.projection(entity, options)(record)
        if not out.format.json:
            return out.atom.single(entity, chosen)
        return out.single(entity, out.entry(entity, chosen))

    def chosen(self, entity: Entity, rows: list[Record], options: Options) -> list[Record]:
        """Rows of a virtual table, filtered, sorted, cut and projected."""
        scope = self._scope(entity)
        if options.condition is not None:
            accepts = compile_condition(options.condition, scope)
            rows = [row for row in rows if accepts(row)]
        _sort(rows, [(self._sort_key(name, scope), down) for name, down in options.order])
        projection = self.projection(entity, options)
        return [projection(row) for row in _slice(rows, options)]

    def find_row(self, source: Source, key: dict[str, str]) -> Record | None:
        """One row of a tabular section or a register by its key."""
        for row in records(self._objects, source, Pushed("1", (), False)):
            if all(str(row[name]) == value for name, value in key.items()):
                return row
        return None

    def projection(self, entity: Entity, options: Options) -> Projection:
        """The projection that a request's options ask for."""
        return Projection(self._objects.schema, self.load, entity, options.select, options.expand)

    def guard(self, source: Source, options: Options) -> None:
        """Refuse (401/20) a restricted set unless the client does with what it may see."""
        if source.owner.name in self._restricted and not options.allowed_only:
            raise access_denied()

    def _scope(self, entity: Entity) -> Scope:
        load: Loader = self.load
        return entity_scope(self._objects.schema, entity, load, self._compare_unlimited)

    def _records(self, page: Page) -> Iterator[Record]:
        if page.texts is None:
            yield from page.found
        else:
            for text, _ in page.texts:
                yield parse(text)

    def _page(self, source: Source, options: Options, *, wanted: bool) -> Page:
        scope = self._scope(source.entity)
        condition = options.condition
        accepts = compile_condition(condition, scope) if condition is not None else None
        keys = [(self._sort_key(name, scope), down) for name, down in options.order]
        pushed = push(condition, source.entity)
        if not source.whole:
            matches = [
                item
                for item in records(self._objects, source, pushed)
                if accepts is None or accepts(item)
            ]
            _sort(matches, keys)
            return Page(None, _slice(matches, options), len(matches))
        identifiers, total = self._identifiers(source, options, pushed, accepts, keys, wanted)
        texts = [self._objects.text(identifier) for identifier in identifiers] if wanted else []
        return Page(texts, [], total)

    def _identifiers(
        self,
        source: Source,
        options: Options,
        pushed: Pushed,
        accepts: Callable[[Record], bool] | None,
        keys: list[tuple[Callable[[Record], Any], bool]],
        wanted: bool,
    ) -> tuple[list[int], int]:
        objects, name = self._objects, source.owner.name
        where = f" AND ({pushed.sql})"
        order = _sql_order(source.entity, options)
        if pushed.exact and order is not None:
            counted = options.inline_count or not wanted
            total = objects.count(name, where, pushed.values) if counted else 0
            if not wanted:
                return [], total
            limit = f" LIMIT {-1 if options.top is None else options.top} OFFSET {options.skip}"
            return objects.find(name, where, pushed.values, order, limit), total
        found: list[tuple[int, list[Any]]] = []
        for identifier in objects.find(name, where, pushed.values, order or "o.id"):
            record = objects.load(identifier)
            if accepts is None or accepts(record):
                found.append((identifier, [key(record) for key, _ in keys]))
        if order is None:
            for index in reversed(range(len(keys))):
                found.sort(key=lambda item, at=index: item[1][at], reverse=keys[index][1])  # type: ignore[misc]
        return [identifier for identifier, _ in _slice(found, options)], len(found)

    def _sort_key(self, name: str, scope: Scope) -> Callable[[Record], Any]:
        """References sort by what they show, not by their identifiers."""
        names = tuple(name.split("/"))
        field = scope.fields.get(name)
        if field is not None and field.kind == "guid" and field.target:
            return lambda record: self._shown(field, record)
        typed = compile_path(names, scope)

        def key(record: Record) -> Any:
            value = typed.run(record, {})
            if isinstance(value, Decimal | int):
                return (1, value, "")
            return (0 if value is None else 2, 0, str(value).casefold())

        return key

    def _shown(self, field: Field, record: Record) -> str:
        target = self._objects.schema.entities.get(field.target)
        found = self.load(field.target, record[field.name]) if target else None
        return presentation(target, found).casefold() if target and found else ""


def _sql_order(entity: Entity, options: Options) -> str | None:
    parts = []
    for name, down in options.order:
        column = _COLUMNS.get(name)
        if name == "Ref_Key" and entity.is_object:
            column = "title"
        if column is None:
            return None
        parts.append(f"o.{column}{' DESC' if down else ''}")
    return ", ".join([*parts, "o.id"])


def _slice(items: list[Any], options: Options) -> list[Any]:
    end = None if options.top is None else options.skip + options.top
    return items[options.skip : end]


def _sort(items: list[Record], keys: list[tuple[Callable[[Record], Any], bool]]) -> None:
    for key, down in reversed(keys):
        items.sort(key=key, reverse=down)
