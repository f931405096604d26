"""The grammar of `$filter`: text to a tree (vendor's guide 8.3.27 §17.4.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from provodka.sandbox.onec.errors import bad_option

FUNCTIONS: dict[str, tuple[int, int]] = {
    "concat": (2, 9),
    "endswith": (2, 2),
    "like": (2, 2),
    "startswith": (2, 2),
    "substring": (2, 3),
    "substringof": (2, 2),
    "dateadd": (3, 3),
    "datedifference": (3, 3),
    "day": (1, 1),
    "dayofweek": (1, 1),
    "dayofyear": (1, 1),
    "hour": (1, 1),
    "minute": (1, 1),
    "month": (1, 1),
    "quarter": (1, 1),
    "second": (1, 1),
    "year": (1, 1),
    "cast": (2, 2),
    "isof": (2, 2),
    "round": (1, 2),
}

_TOKEN = re.compile(
    r"\s*(?:(?P<guid>guid'(?P<g>[^']*)')|(?P<date>datetime'(?P<d>[^']*)')"
    r"|(?P<string>'(?P<s>(?:[^']|'')*)')|(?P<number>-?\d+(?:\.\d+)?[mMdDlLfF]?)"
    r"|(?P<name>[^\W\d]\w*)|(?P<mark>[/(),:]))"
)
_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_OPERATORS = _COMPARISONS | {"and", "or", "add", "sub", "mul", "div"}


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; `kind` is `guid`, `date`, `string`, `number`, `bool` or `null`."""

    kind: str
    value: object


@dataclass(frozen=True, slots=True)
class Path:
    """A property, possibly behind navigation properties or a lambda's variable."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `FUNCTIONS` with its arguments."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Comparison, arithmetic, `and`, `or`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negation:
    """`not`."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Lambda:
    """`section/any(d: …)` or `section/all(d: …)`."""

    kind: str
    section: str
    variable: str
    body: Node


Node = Literal | Path | Call | Binary | Negation | Lambda


def parse_filter(text: str) -> Node:
    """The tree of a `$filter` expression; 400/14 if it cannot be parsed."""
    parser = _Parser(text)
    try:
        node = parser.disjunction()
    except RecursionError:
        raise bad_option("$filter") from None
    parser.expect("end", "")
    return node


def _chain(operator: str, nodes: list[Node]) -> Node:
    """A long chain as a balanced tree, so that its depth stays small."""
    if len(nodes) == 1:
        return nodes[0]
    half = len(nodes) // 2
    return Binary(operator, _chain(operator, nodes[:half]), _chain(operator, nodes[half:]))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise bad_option("$filter")
        position = match.end()
        kind = str(match.lastgroup)
        for name, inner in (("guid", "g"), ("date", "d"), ("string", "s")):
            if match.group(name) is not None:
                kind = name
                yield kind, match.group(inner)
                break
        else:
            yield kind, match.group(kind)
    yield "end", ""


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._index = 0

    @property
    def _token(self) -> tuple[str, str]:
        return self._tokens[self._index]

    def _take(self) -> tuple[str, str]:
        token = self._token
        self._index += 1
        return token

    def _accept(self, kind: str, *values: str) -> str | None:
        if self._token[0] == kind and self._token[1] in values:
            return self._take()[1]
        return None

    def expect(self, kind: str, value: str) -> None:
        if self._token != (kind, value):
            raise bad_option("$filter")
        if kind != "end":
            self._take()

    def disjunction(self) -> Node:
        nodes = [self._conjunction()]
        while self._accept("name", "or"):
            nodes.append(self._conjunction())
        return _chain("or", nodes)

    def _conjunction(self) -> Node:
        nodes = [self._negation()]
        while self._accept("name", "and"):
            nodes.append(self._negation())
        return _chain("and", nodes)

    def _negation(self) -> Node:
        if self._accept("name", "not"):
            return Negation(self._negation())
        return self._comparison()

    def _comparison(self) -> Node:
        node = self._sum()
        operator = self._accept("name", *_COMPARISONS)
        return Binary(operator, node, self._sum()) if operator else node

    def _sum(self) -> Node:
        node = self._product()
        while operator := self._accept("name", "add", "sub"):
            node = Binary(operator, node, self._product())
        return node

    def _product(self) -> Node:
        node = self._primary()
        while operator := self._accept("name", "mul", "div"):
            node = Binary(operator, node, self._primary())
        return node

    def _primary(self) -> Node:
        kind, value = self._take()
        if kind == "mark" and value == "(":
            node = self.disjunction()
            self.expect("mark", ")")
            return node
        if kind == "string":
            return Literal("string", value.replace("''", "'"))
        if kind == "number":
            return Literal("number", Decimal(value.rstrip("mMdDlLfF")))
        if kind in {"guid", "date"}:
            return Literal(kind, value)
        if kind == "name" and value not in _OPERATORS:
            return self._named(value)
        raise bad_option("$filter")

    def _named(self, name: str) -> Node:
        if name in {"true", "false"}:
            return Literal("bool", name == "true")
        if name == "null":
            return Literal("null", None)
        if self._accept("mark", "("):
            return self._call(name)
        names = [name]
        while self._accept("mark", "/"):
            kind, value = self._take()
            if kind != "name":
                raise bad_option("$filter")
            if value in {"any", "all"} and self._accept("mark", "("):
                return self._lambda(value, names)
            names.append(value)
        return Path(tuple(names))

    def _call(self, name: str) -> Node:
        if name not in FUNCTIONS:
            raise bad_option("$filter")
        arguments = [self.disjunction()]
        while self._accept("mark", ","):
            arguments.append(self.disjunction())
        self.expect("mark", ")")
        least, most = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise bad_option("$filter")
        return Call(name, tuple(arguments))

    def _lambda(self, kind: str, names: list[str]) -> Node:
        kind_of_name, variable = self._take()
        if kind_of_name != "name" or len(names) != 1:
            raise bad_option("$filter")
        self.expect("mark", ":")
        body = self.disjunction()
        self.expect("mark", ")")
        return Lambda(kind, names[0], variable, body)
