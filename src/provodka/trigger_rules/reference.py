"""The language told from its declarations: the list of events, of actions, the editors' schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from provodka.foundation.i18n import _, marked
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.event_kinds import EVENTS, EventKind, Source
from provodka.trigger_rules.language import RuleFile

__all__ = ["SOURCES", "Parameter", "json_schema", "markdown", "parameters"]

SOURCES: dict[Source, str] = {
    "store": marked("хранилище"),
    "clock": marked("время"),
    "person": marked("человек"),
    "rule": marked("правило"),
    "telephony": marked("телефония"),
    "mail": marked("входящая почта"),
    "letters": marked("исходящая почта"),
    "site": marked("сайт"),
}
EVENTS_MARK, ACTIONS_MARK = "<!-- events -->", "<!-- actions -->"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an action: its name, what may stand there, whether it must."""

    name: str
    type: str
    required: bool


def parameters(name: str) -> list[Parameter]:
    """The parameters of an action, in the order of their declaration."""
    schema = actions()[name].body.model_json_schema(by_alias=True)
    required = schema.get("required", ())
    return [
        Parameter(key, _type(told, schema.get("$defs", {})), key in required)
        for key, told in schema.get("properties", {}).items()
    ]


def json_schema() -> dict[str, Any]:
    """The JSON schema of a rule file, for editors, from the declarations that check it."""
    schema = RuleFile.model_json_schema(by_alias=True)
    when = _whens()
    for rule in ("RuleText", "TriggerText"):
        schema["$defs"][rule]["properties"]["when"] = when
    kinds = actions()
    action = schema["$defs"]["Action"]
    action["oneOf"] = [{"required": [name]} for name in kinds]
    for key, told in action["properties"].items():
        if key in kinds:
            told["description"] = _(kinds[key].title)
            told["examples"] = [kinds[key].example]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _("Правила Проводки"),
        **schema,
    }


def markdown() -> dict[str, str]:
    """Tables of events and actions for the documentation, by the mark that stands before them."""
    events = "\n".join(_rows(_event_rows()))
    made = "\n".join(_rows(_action_rows()))
    return {EVENTS_MARK: events, ACTIONS_MARK: made}


def _whens() -> dict[str, Any]:
    one = {"anyOf": [{"enum": sorted(EVENTS)}, {"$ref": "#/$defs/When"}, _short()]}
    return {"anyOf": [*one["anyOf"], {"type": "array", "items": one, "minItems": 1}]}


def _short() -> dict[str, Any]:
    """An event's name as the key: `{stage_entered: invoice}`, with further words beside it."""
    return {
        "type": "object",
        "properties": {
            name: {"type": ["string", "null"], "description": _(kind.title)}
            for name, kind in EVENTS.items()
        }
        | {
            word: {"$ref": f"#/$defs/When/properties/{word}"}
            for word in sorted({word for kind in EVENTS.values() for word in kind.takes})
        },
        "additionalProperties": False,
    }


def _event_rows() -> Iterator[tuple[str, ...]]:
    yield "Событие", "Когда", "Документ", "Откуда", "Пример"
    for kind in EVENTS.values():
        yield (
            f"`{kind.name}`", kind.title, _document(kind), SOURCES[kind.source],
            f"`{kind.example}`",
        )  # fmt: skip


def _document(kind: EventKind) -> str:
    return "любой" if not kind.kind else kind.kind


def _action_rows() -> Iterator[tuple[str, ...]]:
    yield "Действие", "Что делает", "Параметры", "Пример"
    for name, kind in actions().items():
        if kind.body.__module__.startswith("provodka."):
            told = ", ".join(
                f"`{one.name}`" if one.required else f"`{one.name}`?" for one in parameters(name)
            )
            yield f"`{name}`", kind.title, told or "—", f"`{kind.example}`"


def _rows(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield f"| {' | '.join(row)} |"
        if number == 0:
            yield "|" + "---|" * len(row)


def _type(told: dict[str, Any], defined: dict[str, Any]) -> str:
    if "$ref" in told:
        name = told["$ref"].rpartition("/")[2]
        return _type(defined[name], defined) if "enum" in defined[name] else name
    if "enum" in told:
        return " | ".join(map(str, told["enum"]))
    if "const" in told:
        return str(told["const"])
    if "anyOf" in told:
        kinds = (_type(one, defined) for one in told["anyOf"] if one.get("type") != "null")
        return " | ".join(dict.fromkeys(kinds))
    return str(told.get("format") or told.get("type", "any"))
