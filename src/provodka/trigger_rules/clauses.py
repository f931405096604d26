"""What may stand in a condition, and how a part of it is told to a person.

Works on the expression engine's syntax tree by the names of its nodes, so that the engine
itself stays behind one module.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provodka.foundation.i18n import _, marked
from provodka.trigger_rules.schema import Root, documents

__all__ = ["Problem", "children", "mistakes", "rendered", "types_named"]

GOODS = documents()["product"]["kind"].values
CHILDREN = {
    "LogicExpression": ("left", "right"),
    "ComparisonExpression": ("left", "right"),
    "ArithmeticComparisonExpression": ("left", "right"),
    "AddExpression": ("left", "right"),
    "SubtractExpression": ("left", "right"),
    "ArithmeticExpression": ("left", "right"),
    "CoalesceExpression": ("left", "right"),
    "ContainsExpression": ("member", "container"),
    "TernaryExpression": ("condition", "case_true", "case_false"),
    "UnaryExpression": ("right",),
    "GetAttributeExpression": ("object",),
    "SymbolExpression": (),
    "ArrayExpression": (),
    "StringExpression": (),
    "FloatExpression": (),
    "BooleanExpression": (),
    "DatetimeExpression": (),
    "TimedeltaExpression": (),
    "NullExpression": (),
}
SIGNS = {
    "eq": "==",
    "ne": "!=",
    "gt": ">",
    "ge": ">=",
    "lt": "<",
    "le": "<=",
    "add": "+",
    "sub": "-",
    "mul": "*",
    "tdiv": "/",
    "fdiv": "//",
    "mod": "%",
}
TYPES = {
    "text": marked("текст"),
    "number": marked("число"),
    "flag": marked("да или нет"),
    "time": marked("время"),
    "date": marked("дата"),
    "key": marked("ссылка"),
}
PATH = re.compile(r"[a-z_]+(?:&?\.[a-z_]+)+")
Names = Mapping[str, Root]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an expression and what would be right."""

    found: str
    expected: str = ""


def types_named(text: str, names: Mapping[str, Root]) -> str:
    """What values of one type are, for a person: of what type each field in the text is."""
    told = []
    for path in dict.fromkeys(PATH.findall(text)):
        root, *rest = path.replace("&", "").split(".")
        field = names[root].field(rest) if root in names else None
        if field is not None:
            told.append(f"{path} — {_(TYPES[field.type])}")
    return _("значения одного типа: {fields}").format(fields=", ".join(told)) if told else ""


def children(node: Any) -> list[Any]:
    """The parts of a node; of a list, its members."""
    if _class(node) == "ArrayExpression":
        return list(node.value)
    return [getattr(node, name) for name in CHILDREN.get(_class(node), ())]


def mistakes(root: Any, names: Names) -> Iterator[Problem]:
    """Everything in the tree that must not run, outermost first."""
    check = CHECKS.get(_class(root))
    if _class(root) not in CHILDREN:
        yield Problem(
            _("конструкция «{name}» запрещена").format(name=_class(root)),
            _("сравнения, and, or, not, in [...], ?? и арифметика"),
        )
        return
    if check:
        yield from check(root, names)
    for inner in children(root):
        yield from mistakes(inner, names)


def rendered(node: Any) -> str:
    """The node as text again."""
    name = _class(node)
    if name in ("GetAttributeExpression", "SymbolExpression"):
        return f"{rendered(node.object)}.{node.name}" if name[0] == "G" else str(node.name)
    parts = [rendered(inner) for inner in children(node)]
    if name == "ArrayExpression":
        return f"[{', '.join(parts)}]"
    if name == "ContainsExpression":
        return f"{parts[0]} in {parts[1]}"
    if name == "CoalesceExpression":
        return f"({parts[0]} ?? {parts[1]})"
    if name == "TernaryExpression":
        return f"({parts[0]} ? {parts[1]} : {parts[2]})"
    if name == "UnaryExpression":
        return f"not ({parts[0]})" if node.type == "not" else f"-{parts[0]}"
    if parts:
        joined = f" {SIGNS.get(node.type, node.type)} ".join(parts)
        return f"({joined})" if name == "LogicExpression" else joined
    return _literal(node)


def _literal(node: Any) -> str:
    if _class(node) == "StringExpression":
        return f'"{node.value}"'
    if _class(node) == "BooleanExpression":
        return "true" if node.value else "false"
    return "null" if node.value is None else str(node.value)


def _logic(node: Any, _names: Names) -> Iterator[Problem]:
    for side in children(node):
        if _type(side) != "BOOLEAN" or _nullable(side):
            yield Problem(
                _("«{text}» не да и не нет").format(text=rendered(side)),
                _("сравнение, например deal.amount > 0"),
            )


def _unary(node: Any, names: Names) -> Iterator[Problem]:
    if node.type == "not":
        yield from _logic(node, names)


def _equality(node: Any, names: Names) -> Iterator[Problem]:
    left, right = _type(node.left), _type(node.right)
    if "NULL" in (left, right):
        other = node.left if right == "NULL" else node.right
        if not _nullable(other):
            yield Problem(
                _("«{text}» никогда не бывает пустым").format(text=rendered(other)),
                _("сравнение со значением"),
            )
        return
    for side in (node.left, node.right):
        if _nullable(side):
            yield _needs_default(side)
    if left != right:
        yield Problem(
            _("сравниваются разные типы: {left} и {right}").format(
                left=rendered(node.left), right=rendered(node.right)
            ),
            _("значения одного типа"),
        )
    yield from _unknown_values(node.left, [node.right], names)
    yield from _unknown_values(node.right, [node.left], names)


def _contains(node: Any, names: Names) -> Iterator[Problem]:
    if _nullable(node.member):
        yield _needs_default(node.member)
    listed = _class(node.container) == "ArrayExpression"
    inside = {_type(side) for side in children(node.container)} if listed else {_inside(node)}
    if inside != {_type(node.member)}:
        yield Problem(
            _("в списке другой тип: {text}").format(text=rendered(node)),
            _("значения одного типа"),
        )
    yield from _unknown_values(node.member, children(node.container), names)
    yield from _unknown_values(node.container, [node.member], names)


def _attribute(node: Any, _names: Names) -> Iterator[Problem]:
    target = node.object.result_type
    if not hasattr(getattr(target, "inner_type", target), "attributes"):
        yield Problem(
            _("«{text}» не поле документа").format(text=rendered(node)),
            _("документ.поле, например deal.amount или deal.client.kind"),
        )


def _unknown_values(side: Any, literals: list[Any], names: Names) -> Iterator[Problem]:
    known = _choices(side, names)
    for literal in literals:
        if known and _class(literal) == "StringExpression" and literal.value not in known:
            near = difflib.get_close_matches(literal.value, known, n=1)
            yield Problem(
                _("«{text}» не бывает «{value}»").format(text=rendered(side), value=literal.value),
                _("возможно, «{name}»").format(name=near[0]) if near else ", ".join(known),
            )


def _choices(node: Any, names: Names) -> tuple[str, ...]:
    if _class(node) == "CoalesceExpression":
        return _choices(node.left, names)
    root, *path = _path(node)
    known = names.get(root)
    if known is None:
        return ()
    if path[-1:] == ["kinds"]:
        return GOODS
    field = known.field(path)
    return field.values if field else ()


def _path(node: Any) -> list[str]:
    """The names that an attribute is reached by; nothing of the kind is one empty name."""
    if _class(node) == "SymbolExpression":
        return [str(node.name)]
    if _class(node) == "GetAttributeExpression":
        return [*_path(node.object), str(node.name)]
    return [""]


def _needs_default(side: Any) -> Problem:
    text = rendered(side)
    default = {"FLOAT": "0", "BOOLEAN": "false"}.get(_type(side), '""')
    return Problem(
        _("«{text}» может быть пустым").format(text=text),
        _("значение по умолчанию: ({text} ?? {default})").format(text=text, default=default),
    )


def _class(node: Any) -> str:
    return type(node).__name__


def _inside(node: Any) -> str:
    """The type of what a container holds; a text holds texts."""
    held = getattr(node.container.result_type, "value_type", node.container.result_type)
    return str(getattr(held, "name", ""))


def _nullable(node: Any) -> bool:
    return hasattr(node.result_type, "inner_type")


def _type(node: Any) -> str:
    return str(getattr(node.result_type, "inner_type", node.result_type).name)


CHECKS: dict[str, Callable[[Any, Names], Iterator[Problem]]] = {
    "LogicExpression": _logic,
    "UnaryExpression": _unary,
    "ComparisonExpression": _equality,
    "ContainsExpression": _contains,
    "GetAttributeExpression": _attribute,
}
