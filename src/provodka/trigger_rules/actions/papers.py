"""A document made from a document, and a draft that is not wanted any more."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from provodka.foundation.i18n import _, marked
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.fields import check_value, stored
from provodka.trigger_rules.actions.kinds import ActionKind, Checking, Made, Wakes, Woken
from provodka.trigger_rules.schema import documents
from provodka.trigger_rules.vocabulary import Code, Strict

__all__ = ["KINDS", "CreateDocument", "DeleteDocument"]

OWN = frozenset(
    {
        "id", "number", "date", "created_at", "deleted_at", "posted", "comment", "paid_amount",
        "shipped_amount", "accounting", "accounting_note", "sent_at", "status", "kind",
    }
)  # fmt: skip
LINED = frozenset({"proposal", "invoice", "shipment"})


class CreateDocument(Strict):
    """A document on the basis of the rule's own: the fields and lines that both have.

    `set` fills in further fields, each by an expression; `posted` posts the paper at once.
    """

    kind: Literal["proposal", "invoice", "shipment", "interaction"]
    set: dict[Code, Annotated[str, BeforeValidator(str)]] = Field(default={}, max_length=50)
    posted: bool = False


class DeleteDocument(Strict):
    """Drafts of the deal that the rule `created_by` has made are deleted, under a tombstone.

    One that is posted, is in 1C already or that a person has touched stays.
    """

    kind: Literal["proposal", "invoice", "shipment"]
    created_by: Code


def _delete(woken: Woken, body: DeleteDocument, index: int) -> Made:
    yield effects.DeleteDocument(woken.reason(index), woken.deal["id"], body.kind, body.created_by)


def _wakes_delete(_rule: Any, body: DeleteDocument) -> Wakes:
    return frozenset({("document_deleted", body.kind)})


def _create(woken: Woken, body: CreateDocument, index: int) -> Made:
    basis = woken.facts[woken.event.kind]
    fields = documents()[body.kind]
    values: dict[str, Any] = {
        name: basis[name] for name in fields.keys() - OWN if basis.get(name) is not None
    }
    deal = woken.facts.get("deal")
    if deal is not None:
        shared = {"deal_id": deal["id"], "client_id": deal["client_id"]}
        values = {name: key for name, key in shared.items() if name in fields} | values
    if f"{woken.event.kind}_id" in fields:
        values[f"{woken.event.kind}_id"] = basis["id"]
    for name in body.set:
        values[name] = stored(fields[name], woken.value(index, f"set.{name}"))
    if "at" in fields:
        values.setdefault("at", woken.now)
    if "client_id" not in values:
        raise woken.lacking("client_id")
    if "posted" in fields:
        values["posted"] = body.posted
    from_lines = woken.event.kind in LINED and body.kind in LINED
    yield effects.CreateDocument(
        woken.reason(index),
        body.kind,
        values,
        (woken.event.kind, basis["id"]) if from_lines else None,
    )


def _check(check: Checking, body: CreateDocument) -> None:
    if check.kind == body.kind:
        check.miss(
            "kind",
            found=_("документ вида «{kind}» из такого же").format(kind=body.kind),
            expected=_("документ другого вида"),
            code="same_kind",
        )
    for field, text in body.set.items():
        check_value(check, body.kind, field, text, "set", field)


def _wakes(_rule: Any, body: CreateDocument) -> Wakes:
    posted = {(f"{body.kind}_posted", None)} if body.posted else set()
    return frozenset({("document_created", body.kind), *posted})


KINDS = (
    ActionKind(
        "create_document",
        marked("Создать документ на основании"),
        CreateDocument,
        _create,
        "create_document: {kind: invoice, posted: true}",
        check=_check,
        wakes=_wakes,
    ),
    ActionKind(
        "delete_document",
        marked("Удалить черновик, созданный правилом"),
        DeleteDocument,
        _delete,
        "delete_document: {kind: proposal, created_by: offer_paper}",
        about_a_deal=True,
        wakes=_wakes_delete,
    ),
)
