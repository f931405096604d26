"""Which part of a `$filter` SQLite can answer, so that a large base is not read whole.

A condition becomes SQL that is true for at least the records the filter wants. Where it is true
for exactly those, counting and paging happen in SQL as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from provodka.sandbox.onec.schema import Entity
from provodka.sandbox.onec.syntax import Binary, Call, Literal, Negation, Node, Path

_SQL = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_MIRROR = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}


@dataclass(frozen=True, slots=True)
class Pushed:
    """An SQL condition over `object o`, its values, and whether it says everything."""

    sql: str
    values: tuple[object, ...]
    exact: bool


def push(node: Node | None, entity: Entity) -> Pushed:
    """The SQL side of a filter; `1` if SQL can say nothing about it."""
    if node is None:
        return Pushed("1", (), True)
    return _push(node, entity) or Pushed("1", (), False)


def _push(node: Node, entity: Entity) -> Pushed | None:
    match node:
        case Binary("and", left, right):
            return _both(push(left, entity), push(right, entity))
        case Binary("or", left, right):
            return _either(_push(left, entity), _push(right, entity))
        case Negation(operand):
            inner = _push(operand, entity)
            if inner is None or not inner.exact:
                return None
            return Pushed(f"NOT ({inner.sql})", inner.values, True)
        case Binary(name, Path((field,)), Literal(kind, value)):
            return _compare(entity, field, name, kind, value)
        case Binary(name, Literal(kind, value), Path((field,))):
            return _compare(entity, field, _MIRROR.get(name, name), kind, value)
        case Path((field,)):
            return _flag(entity, field, "eq", True)
        case Call():
            return _contains(node, entity)
    return None


def _both(left: Pushed, right: Pushed) -> Pushed:
    sql = f"({left.sql}) AND ({right.sql})"
    return Pushed(sql, (*left.values, *right.values), left.exact and right.exact)


def _either(left: Pushed | None, right: Pushed | None) -> Pushed | None:
    if left is None or right is None:
        return None
    sql = f"({left.sql}) OR ({right.sql})"
    return Pushed(sql, (*left.values, *right.values), left.exact and right.exact)


def _compare(entity: Entity, field: str, name: str, kind: str, value: object) -> Pushed | None:
    if name not in _SQL or field not in entity.fields:
        return None
    if kind == "bool":
        return _flag(entity, field, name, value)
    if field == "Ref_Key" and kind == "guid" and name in {"eq", "ne"} and entity.is_object:
        return Pushed(f"o.key {_SQL[name]} ?", (str(value).lower(),), True)
    if field == "Date" and kind == "date" and entity.kind == "Document":
        return Pushed(f"o.date {_SQL[name]} ?", (value,), True) if len(str(value)) == 19 else None
    column = _text_column(entity, field)
    if column and kind == "string":
        return Pushed(f"o.{column} {_SQL[name]} ?", (str(value).casefold(),), True)
    if kind == "guid" and name == "eq" and entity.fields[field].kind == "guid":
        return _inside(field, str(value).lower())
    return None


def _text_column(entity: Entity, field: str) -> str:
    if field in {"Number", "Code"}:
        return "number"
    if field == "Комментарий":
        return "comment"
    return "title" if field == "Description" and entity.kind == "Catalog" else ""


def _flag(entity: Entity, field: str, name: str, value: object) -> Pushed | None:
    column = {"Posted": "posted", "DeletionMark": "mark"}.get(field)
    if column is None or field not in entity.fields or name not in {"eq", "ne"}:
        return None
    return Pushed(f"o.{column} {_SQL[name]} ?", (int(bool(value)),), True)


def _inside(field: str, guid: str) -> Pushed:
    sql = "o.id IN (SELECT b.id FROM body b WHERE b.id = o.id AND instr(b.text, ?))"
    return Pushed(sql, (f'"{field}":"{guid}"'.encode(),), False)


def _contains(node: Call, entity: Entity) -> Pushed | None:
    match node:
        case Call("substringof", (Literal("string", part), Path((field,)))):
            column = _text_column(entity, field)
        case Call("startswith", (Path((field,)), Literal("string", part))):
            column = _text_column(entity, field)
        case _:
            return None
    if not column or field not in entity.fields:
        return None
    return Pushed(f"instr(o.{column}, ?) > 0", (str(part).casefold(),), node.name == "substringof")
