"""A Jinja2 environment in which no template can run for long, grow without end or reach out.

What a template may use is a list of what letters need. Loops, calls and the length of what is
made are counted while it is filled in; what only serves to build things up (formatting to a
width, repeating, nested lists, recursive loops) is refused when it is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NoReturn

from jinja2 import StrictUndefined, Undefined, nodes, pass_eval_context
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment

from provodka.foundation.i18n import _

__all__ = ["LONGEST", "MOST_STEPS", "SECONDS", "SOURCE", "BoundedEnvironment", "TooMuch", "bounded"]

LONGEST = 1_000_000
"""How many characters a filled-in text, or anything made on the way, may have."""
MOST_STEPS = 20_000
"""How many turns of loops and calls of macros a text may take."""
SECONDS = 2.0
"""How much of the processor's time a text may take."""
SOURCE = 200_000
"""How many characters the template itself may have."""
BIGGEST = 10**18
"""No whole number that is made on the way may be larger."""
MOST_PLACES = 20
FILTERS = frozenset(
    {
        "abs", "capitalize", "count", "d", "default", "e", "escape", "first", "float", "int",
        "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject",
        "rejectattr", "replace", "reverse", "round", "safe", "select", "selectattr", "sort",
        "string", "sum", "title", "trim", "truncate", "unique", "upper", "wordcount",
    }
)  # fmt: skip
OF_TEXT = frozenset(
    {
        "capitalize", "e", "escape", "lower", "safe", "string", "title", "trim", "truncate",
        "upper", "wordcount",
    }
)  # fmt: skip
METHODS = frozenset(
    {
        "capitalize", "changed", "count", "cycle", "date", "endswith", "find", "get", "isoformat",
        "isoweekday", "items", "keys", "lower", "lstrip", "rstrip", "split", "startswith",
        "strftime", "strip", "time", "title", "upper", "values", "weekday",
    }
)  # fmt: skip
CONTAINERS = (list, tuple, dict, set, frozenset)


class TooMuch(Exception):
    """A text takes more than it may; the message says of what."""


@dataclass
class _Spent:
    """What filling in one text has taken so far."""

    steps: int = 0
    since: float = field(default_factory=time.thread_time)

    def step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooMuch(_("больше {most} повторений").format(most=MOST_STEPS))
        if time.thread_time() - self.since > SECONDS:
            raise TooMuch(_("дольше {most} секунд").format(most=SECONDS))


spent: ContextVar[_Spent] = ContextVar("spent")


@contextmanager
def bounded() -> Iterator[None]:
    """Count what one text takes, for the block; going over raises `TooMuch`."""
    token = spent.set(_Spent())
    try:
        yield
    except RecursionError:
        raise TooMuch(_("шаблон вызывает сам себя без конца")) from None
    finally:
        spent.reset(token)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox, and bounds."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, *, autoescape: bool, filters: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__(
            autoescape=autoescape,
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_filled,
        )
        known = {name: made for name, made in self.filters.items() if name in FILTERS}
        for name in OF_TEXT:
            known[name] = _of_text(known[name])
        own: Mapping[str, Any] = {"join": _join, "joined": _joined, "counted": _counted}
        own = {**own, "replace": _replace, "round": _round}
        self.filters = {**known, **own, **filters}
        self.globals = {"range": _range, "namespace": self.globals["namespace"]}
        self.concat = _concat  # type: ignore[method-assign]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > SOURCE:
            raise TemplateSyntaxError(_("шаблон длиннее {most} знаков").format(most=SOURCE), 1)
        try:
            tree = super()._parse(source, name, filename)
            _refuse(tree)
            _count(tree)
        except RecursionError:
            raise TemplateSyntaxError(_("слишком глубокая вложенность"), 1) from None
        return tree

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Data, and the few methods that neither change nor enlarge anything."""
        known = attr in METHODS or not callable(value) or isinstance(value, Undefined)
        return known and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, _value: Any) -> None:
        """No `format`: it makes a text of any width."""

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Sums and products of numbers, sums of short texts."""
        whole = isinstance(left, int) and isinstance(right, int)
        if operator == "**" or (operator == "%" and isinstance(left, str)):
            raise SecurityError(_("действие «{sign}» в шаблоне запрещено").format(sign=operator))
        if operator == "*" and (hasattr(left, "__len__") or hasattr(right, "__len__")):
            raise SecurityError(_("повторение текста в шаблоне запрещено"))
        if whole and max(abs(left), abs(right)) > BIGGEST:
            raise TooMuch(_("число больше {most}").format(most=BIGGEST))
        if operator == "+" and hasattr(left, "__len__") and hasattr(right, "__len__"):
            _check(len(left) + len(right))
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a macro or a method, counted."""
        _step()
        return super().call(__context, __obj, *args, **kwargs)


def _refuse(tree: nodes.Template) -> None:
    """Raise `TemplateSyntaxError` for what only serves to build things up."""
    loops = list(tree.find_all(nodes.For))
    listed = {id(loop.iter) for loop in loops}
    for loop in loops:
        if loop.recursive:
            raise TemplateSyntaxError(_("цикл recursive запрещен"), loop.lineno)
    for node in tree.find_all((nodes.List, nodes.Tuple, nodes.Dict)):
        if isinstance(node, nodes.Tuple) and node.ctx == "store":
            continue
        if id(node) not in listed and any(
            not isinstance(one, nodes.Const | nodes.Pair) for one in node.iter_child_nodes()
        ):
            raise TemplateSyntaxError(_("список в шаблоне — только из значений"), node.lineno)


def _count(tree: nodes.Template) -> None:
    """Have loops count their turns, and joined texts (`a ~ b`) their length."""
    for loop in list(tree.find_all(nodes.For)):
        loop.iter = _filtered(loop.iter, "counted")
    for node in list(tree.find_all(nodes.Node)):
        for name, value in list(node.iter_fields()):
            if isinstance(value, nodes.Concat):
                setattr(node, name, _as_filter(value))
            elif isinstance(value, list):
                value[:] = [_as_filter(one) for one in value]


def _as_filter(node: Any) -> Any:
    if not isinstance(node, nodes.Concat):
        return node
    return _filtered(nodes.List(node.nodes, lineno=node.lineno), "joined")


def _filtered(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _step() -> None:
    counted = spent.get(None)
    if counted is not None:
        counted.step()


def _check(length: int) -> None:
    if length > LONGEST:
        raise TooMuch(_("текст длиннее {most} знаков").format(most=LONGEST))


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        _step()
        yield value


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > MOST_STEPS:
        raise TooMuch(_("больше {most} повторений").format(most=MOST_STEPS))
    return found


def _concat(pieces: Iterable[str]) -> str:
    made = list(pieces)
    _check(sum(map(len, made)))
    return "".join(made)


def _filled(value: Any) -> Any:
    """A value as it is put into the text; an empty field would be the word None."""
    if value is None:
        raise ValueError(_("поле пусто, а запасного значения в шаблоне нет"))
    return _shown(value)


def _shown(value: Any) -> Any:
    """A value as it is put into the text; a list is none."""
    if isinstance(value, CONTAINERS):
        _not_text(value)
    return value


def _not_text(value: Any) -> NoReturn:
    raise TypeError(_("выводится {kind}, а не значение").format(kind=type(value).__name__))


def _of_text(made: Callable[..., Any]) -> Any:
    """A filter of a text, for nothing else."""
    position = 1 if hasattr(made, "jinja_pass_arg") else 0

    def checked(*given: Any, **named: Any) -> Any:
        _shown(given[position])
        return made(*given, **named)

    if position:
        checked.jinja_pass_arg = made.jinja_pass_arg  # type: ignore[attr-defined]
    return checked


@pass_eval_context
def _joined(context: EvalContext, values: Iterable[Any]) -> str:
    return _together(context, [*map(_shown, values)])


@pass_eval_context
def _join(context: EvalContext, values: Iterable[Any], between: Any = "") -> str:
    """The values one after another, with a text between each two."""
    listed: list[Any] = []
    for value in values:
        listed += [between, _shown(value)] if listed else [_shown(value)]
        _check(len(listed))
    return _together(context, listed)


def _together(context: EvalContext, values: Iterable[Any]) -> str:
    texts = [one if isinstance(one, str | Undefined) else str(one) for one in values]
    _check(sum(len(one) for one in texts if not isinstance(one, Undefined)))
    return markup_join(texts) if context.autoescape else str_join(texts)


def _round(value: Any, places: int = 0) -> Any:
    """A number rounded to so many places."""
    if abs(places) > MOST_PLACES:
        raise TooMuch(_("больше {most} знаков после запятой").format(most=MOST_PLACES))
    return round(value, places)


def _replace(value: Any, old: str, new: str) -> str:
    """A text with one part put for another."""
    text = _shown(value) if isinstance(value, str) else str(_shown(value))
    _check(len(text) + text.count(old) * max(len(new) - len(old), 0))
    made: str = text.replace(old, new)
    return made
