"""An overlay: a mapping's file that holds only what differs from another set's.

Every value of the result remembers the line it came from: the overlay's own, or the base's.

    extends: bp30
    entity: Document_ЗаказКлиента                 # a value replaces the inherited one
    only: {ВидОперации: null}                     # null takes it away
    fields:
      - {ours: currency, theirs: Валюта_Key}      # the other keys of the pair are inherited
      - {ours: archived, drop: true}
      - {ours: amount, theirs: СуммаСНДС, add: true}   # one more pair of the same column
    parts:
      lines:
        - {section: Товары, renamed: Запасы}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml, gathered
from provodka.foundation.nearest import nearest

__all__ = ["DROP", "EXTENDS", "overlaid"]

EXTENDS = "extends"
DROP = "drop"
ADD = "add"
RENAMED = "renamed"
Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class _Node:
    """A value of a file and its place; inner values are nodes too."""

    value: Any
    place: Place

    @property
    def plain(self) -> Any:
        if isinstance(self.value, dict):
            return {name: node.plain for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain for node in self.value]
        return self.value

    def at(self, name: str) -> Any:
        """The plain value under a key; None where there is none."""
        node = self.value.get(name) if isinstance(self.value, dict) else None
        return None if node is None else node.plain


Inner = Mapping[str, Callable[[_Node, _Node], _Node]]


def overlaid(base: LocatedYaml, overlay: LocatedYaml) -> LocatedYaml:
    """The base's declaration with the overlay's differences.

    Raises `ConfigurationError` with every difference that has nothing to differ from.
    """
    merging = _Merging()
    said = base.data if isinstance(base.data, dict) else {}
    node = merging.declaration(_node(base, said, ()), _node(overlay, overlay.data, ()))
    if merging.errors:
        raise gathered(merging.errors)
    places: dict[Steps, Place] = {}
    _note(node, (), places)
    return LocatedYaml(overlay.path, node.plain, places)


def _node(file: LocatedYaml, data: Any, steps: Steps) -> _Node:
    if isinstance(data, dict):
        data = {name: _node(file, value, (*steps, name)) for name, value in data.items()}
    elif isinstance(data, list):
        data = [_node(file, value, (*steps, index)) for index, value in enumerate(data)]
    return _Node(data, file.place(*steps))


def _note(node: _Node, steps: Steps, places: dict[Steps, Place]) -> None:
    places[steps] = node.place
    inner: Iterable[tuple[str | int, _Node]] = ()
    if isinstance(node.value, dict):
        inner = node.value.items()
    elif isinstance(node.value, list):
        inner = enumerate(node.value)
    for step, one in inner:
        _note(one, (*steps, step), places)


class _Merging:
    def __init__(self) -> None:
        self.errors: list[ConfigurationError] = []

    def declaration(self, base: _Node, over: _Node) -> _Node:
        inner: Inner = {
            "fields": self._pairs,
            "parts": self._parts,
            "only": self._named,
            "constants": self._named,
        }
        return self._merged(base, over, inner, without=(EXTENDS,))

    def _merged(
        self,
        base: _Node,
        over: _Node,
        inner: Inner,
        *,
        without: tuple[str, ...] = (),
    ) -> _Node:
        """Keys of both; the overlay's win, null takes away, `inner` ones are merged deeper."""
        result = dict(base.value)
        for name, node in over.value.items():
            if name in without:
                continue
            old = result.get(name)
            if node.value is None:
                self._take_away(result, name, node)
            elif old is not None and name in inner and type(old.value) is type(node.value):
                result[name] = inner[name](old, node)
            else:
                result[name] = node
        return _Node(result, over.place)

    def _named(self, base: _Node, over: _Node) -> _Node:
        return self._merged(base, over, {})

    def _parts(self, base: _Node, over: _Node) -> _Node:
        return self._merged(base, over, dict.fromkeys(base.value, self._sections))

    def _sections(self, base: _Node, over: _Node) -> _Node:
        return self._listed(base, over, "section", {"fields": self._pairs})

    def _pairs(self, base: _Node, over: _Node) -> _Node:
        return self._listed(base, over, "ours", {})

    def _listed(
        self,
        base: _Node,
        over: _Node,
        key: str,
        inner: Inner,
    ) -> _Node:
        """Lists of entries that are told apart by `key`."""
        result = list(base.value)
        for entry in over.value:
            name = entry.at(key)
            known = [one.at(key) for one in result]
            if entry.at(DROP):
                result = [one for one in result if one.at(key) != name]
                if name not in known:
                    self._nothing(entry.place, str(name), known)
            elif entry.at(ADD) or name not in known or not isinstance(name, str):
                result.append(_less(entry, ADD))
            else:
                place = known.index(name)
                result[place] = self._entry(result[place], entry, key, inner)
        return _Node(result, over.place)

    def _entry(
        self,
        base: _Node,
        over: _Node,
        key: str,
        inner: Inner,
    ) -> _Node:
        merged = self._merged(base, over, inner, without=(RENAMED,))
        if RENAMED in over.value:
            merged.value[key] = over.value[RENAMED]
        return merged

    def _take_away(self, known: dict[str, _Node], name: str, node: _Node) -> None:
        if known.pop(name, None) is None:
            self._nothing(node.place, name, list(known))

    def _nothing(self, place: Place, name: str, known: Iterable[Any]) -> None:
        self.errors.append(
            ConfigurationError(
                place,
                found=_("убирается «{name}», которого в основе нет").format(name=name),
                expected=nearest(name, [str(one) for one in known]),
                next_step=_("исправьте имя или уберите строку"),
                code="nothing_to_differ_from",
            )
        )


def _less(entry: _Node, name: str) -> _Node:
    if not isinstance(entry.value, dict):
        return entry
    return replace(entry, value={k: node for k, node in entry.value.items() if k != name})
