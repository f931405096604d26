"""Fields of documents: set to the value of an expression, or worked out from a paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from provodka.foundation.i18n import _, marked
from provodka.foundation.money import kopecks
from provodka.foundation.nearest import nearest
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import ActionKind, Checking, Made, Wakes, Woken, Writes
from provodka.trigger_rules.schema import COUNTED, Field, documents, roots
from provodka.trigger_rules.vocabulary import Code, Strict

__all__ = ["KINDS", "RecomputeRevenue", "SetField", "check_value", "free_fields", "stored"]

KEPT: Mapping[str, frozenset[str]] = {
    "deal": frozenset(
        {
            "stage", "scenario", "status", "kind", "stage_entry", "stage_entered_at",
            "paused_at", "paused_until",
        }
    ),
    "task": frozenset({"due_at", "original_due_at", "status"}),
}  # fmt: skip
NOBODYS = frozenset({"id", "created_at", "deleted_at", "closed_at", "posted", *COUNTED})


class SetField(Strict):
    """A field that gets the value of an expression; `document` is a name known to the rule.

    What a person has corrected by hand stays, unless `over_hand` gives the rule the last word.
    """

    document: Code
    field: Code
    value: Annotated[str, BeforeValidator(str)]
    over_hand: bool = False


class RecomputeRevenue(Strict):
    """The deal's expected revenue becomes the amount of the paper that the rule is about."""

    over_hand: bool = False


def stored(target: Field, value: Any) -> Any:
    """A value in the type of its column: sums to the kopeck, whole numbers, dates."""
    if isinstance(value, Decimal) and target.money:
        return kopecks(value)
    if isinstance(value, Decimal) and target.whole:
        return int(value)
    if isinstance(value, datetime) and target.type == "date":
        return value.date()
    return value


def free_fields(kind: str) -> frozenset[str]:
    """The fields of a kind of document that a rule may fill in."""
    fields = documents()[kind]
    plain = {name for name, field in fields.items() if field.type != "key"}
    return frozenset(plain - NOBODYS - KEPT.get(kind, frozenset()))


def check_value(check: Checking, kind: str, field: str, text: str, *steps: str) -> None:
    """The field may be filled in by a rule, and the expression is of its type."""
    free = free_fields(kind)
    if field not in free:
        at = (*steps[:-1], "field") if steps[-1:] == ("value",) else steps
        check.miss(
            *at,
            found=_("поле «{name}» правило менять не может").format(name=field),
            expected=nearest(field, free),
            code="kept_field",
        )
        return
    target = documents()[kind][field]
    value = check.expression(text, *steps)
    if value and (
        value.type != target.type.replace("date", "time")
        or (value.nullable and not target.nullable)
    ):
        check.miss(
            *steps,
            found=_("«{text}» другого типа или может быть пустым").format(text=text),
            expected=target.type,
            code="wrong_type",
        )


def _set(woken: Woken, body: SetField, index: int) -> Made:
    row = woken.facts.get(body.document)
    kind = "employee" if body.document in ("responsible", "head") else body.document
    if row is None:
        raise woken.lacking(body.document)
    value = stored(documents()[kind][body.field], woken.value(index, "value"))
    yield effects.SetField(woken.reason(index), kind, row["id"], body.field, value, body.over_hand)


def _check_set(check: Checking, body: SetField) -> None:
    if body.document not in check.names:
        check.miss(
            "document",
            found=_("неизвестное имя «{name}»").format(name=body.document),
            expected=nearest(body.document, check.names.keys()),
            code="unknown_document",
        )
        return
    check_value(check, check.names[body.document].kind, body.field, body.value, "value")


def _changed(rule: Any, body: SetField) -> str:
    root = roots(rule.kind, ("",) if rule.scenario else ()).get(body.document)
    return root.kind if root else str(rule.kind)


def _writes_set(rule: Any, body: SetField) -> Writes:
    return {f"{_changed(rule, body)}.{body.field}": "value"}


def _wakes_set(rule: Any, body: SetField) -> Wakes:
    changed = _changed(rule, body)
    return frozenset({("document_changed", changed), (f"{changed}_changed", None)})


def _revenue(woken: Woken, body: RecomputeRevenue, index: int) -> Made:
    amount = woken.facts[woken.event.kind]["amount"]
    yield effects.SetField(
        woken.reason(index), "deal", woken.deal["id"], "expected_revenue", amount, body.over_hand
    )


def _check_revenue(check: Checking, _body: Any) -> None:
    papers: tuple[Literal["proposal", "invoice"], ...] = ("proposal", "invoice")
    if check.kind not in papers:
        check.miss(
            found=_("у документа «{kind}» нет суммы предложения").format(kind=check.kind),
            expected=_("событие КП или счета"),
            code="no_amount",
        )


def _writes_revenue(_rule: Any, _body: Any) -> Writes:
    return {"deal.expected_revenue": None}


def _wakes_revenue(_rule: Any, _body: Any) -> Wakes:
    return frozenset({("document_changed", "deal")})


KINDS = (
    ActionKind(
        "set_field",
        marked("Заполнить поле"),
        SetField,
        _set,
        "set_field: {document: deal, field: source, value: '\"site\"'}",
        check=_check_set,
        wakes=_wakes_set,
        writes=_writes_set,
    ),
    ActionKind(
        "recompute_revenue",
        marked("Пересчитать потенциальную выручку по документу"),
        RecomputeRevenue,
        _revenue,
        "recompute_revenue: {}",
        about_a_deal=True,
        check=_check_revenue,
        wakes=_wakes_revenue,
        writes=_writes_revenue,
    ),
)
