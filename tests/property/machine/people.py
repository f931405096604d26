"""What people do by hand on either side, whatever the hub is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.exc import OperationalError
from tests.e2e.neighbours import CLIENTS, INVOICES
from tests.property.machine.documents import Doc
from tests.property.machine.looking import SETS
from tests.property.machine.model import Model
from tests.property.machine.places import Place

__all__ = ["HERE", "THERE", "People"]

OWN = ("Ref_Key", "DataVersion", "Number", "Code", "Posted", "DeletionMark", "Комментарий")
HASTE = "SET lock_timeout = '200ms'"


@dataclass
class People:
    """Managers in CRM and accountants in the base; `turn` chooses among documents."""

    place: Place
    model: Model
    words: int = 0

    def act(self, name: str, turn: int) -> str:
        """Do something; the side on which it was done. What cannot be done is left."""
        side = "here" if name in HERE else "there"
        with suppress(Impossible, OperationalError, httpx.HTTPStatusError):
            {**HERE, **THERE}[name](self, turn)
        return side

    def word(self) -> str:
        """A text that nobody has written before."""
        self.words += 1
        return f"Слово {self.words:05}"

    def chosen(self, turn: int, *kinds: str, here: bool = False, there: bool = False) -> Doc:
        """One of the documents that such a side has, in the order in which they were made."""
        found = [
            doc
            for doc in self.model.docs
            if doc.kind in kinds
            and not (here and doc.here is None)
            and not (there and (doc.there is None or doc.erased))
        ]
        if not found:
            raise Impossible
        # The latest are the most interesting ones.
        return found[-1 - turn % min(len(found), 4)]

    def execute(self, sql: str, **values: Any) -> None:
        """A statement of somebody in CRM, who does not wait for others."""
        self.place.people.execute(f"{HASTE}; {sql}" if not values else sql, **values)

    def set(self, doc: Doc, column: str, value: str) -> None:
        """A manager writes another value into a field."""
        table, condition = f"crm.{doc.kind}", "id = :key"
        if column == "content":
            table, condition = "crm.invoice_lines", "invoice_id = :key AND line = 1"
        self.execute(
            f"UPDATE {table} SET {column} = :value WHERE {condition}",
            value=value, key=UUID(doc.here),
        )  # fmt: skip

    def patch(self, doc: Doc, **fields: Any) -> None:
        """An accountant changes an object."""
        self.place.sandbox.patch(SETS[doc.kind], str(doc.there), **fields)

    def row(self, doc: Doc) -> dict[str, Any]:
        """An object as the base has it."""
        address = f"{SETS[doc.kind]}(guid'{doc.there}')"
        answer = self.place.sandbox.onec.get(address, params={"$format": "json"})
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


class Impossible(Exception):
    """There is nothing to do it with."""


def bills(people: People, turn: int) -> None:
    company = people.place.people
    key = company.bill(company.deal())
    people.execute(
        "UPDATE crm.invoice_lines SET content = :word WHERE invoice_id = :key",
        word=people.word(),
        key=key,
    )


def bills_a_new_client(people: People, turn: int) -> None:
    company = people.place.people
    client = company.insert(
        "client", name=people.word(), full_name=people.word(), kind="legal_entity"
    )
    contract = company.insert(
        "contract", client_id=client, organization_id=company.seller, name=people.word(),
        number=people.word(), kind="with_buyer", date="2026-11-01",
    )  # fmt: skip
    company.bill(company.deal(client_id=client), contract_id=contract)


def renames_here(people: People, turn: int) -> None:
    doc = people.chosen(turn // 2, "client", here=True)
    people.set(doc, ("name", "full_name")[turn % 2], people.word())


def comments_here(people: People, turn: int) -> None:
    people.set(people.chosen(turn, "invoice", here=True), "comment", people.word())


def words_a_line_here(people: People, turn: int) -> None:
    people.set(people.chosen(turn, "invoice", here=True), "content", people.word())


def repeats_here_what_is_there(people: People, turn: int) -> None:
    doc = people.chosen(turn // 4, "client", "invoice", here=True, there=True)
    names = [name for name in sorted(COLUMNS) if name in doc.cells]
    name = names[turn % len(names)]
    people.set(doc, COLUMNS[name], doc.cells[name].there)


def deletes_here(people: People, turn: int) -> None:
    doc = people.chosen(turn, "client", "invoice", here=True)
    if doc.kind == "client" and doc.there is None:
        raise Impossible  # its invoice could never be entered
    people.execute(
        f"UPDATE crm.{doc.kind} SET deleted_at = now() WHERE id = :key",
        key=UUID(doc.here),
    )


def revives_here(people: People, turn: int) -> None:
    doc = people.chosen(turn, "client", "invoice", here=True)
    people.execute(
        f"UPDATE crm.{doc.kind} SET deleted_at = NULL WHERE id = :key",
        key=UUID(doc.here),
    )


def renames_there(people: People, turn: int) -> None:
    doc = people.chosen(turn // 2, "client", there=True)
    people.patch(doc, **{("Description", "НаименованиеПолное")[turn % 2]: people.word()})


def comments_there(people: People, turn: int) -> None:
    doc = people.chosen(turn, "invoice", there=True)
    said = str(people.row(doc)["Комментарий"])
    mark = said[: said.find("]") + 1] if said.startswith("[prv:") else ""
    word = people.word()
    people.patch(doc, Комментарий=f"{mark} {word}".strip() if turn % 2 else word)


def words_a_line_there(people: People, turn: int) -> None:
    doc = people.chosen(turn, "invoice", there=True)
    lines = people.row(doc)["Товары"]
    lines[0]["Содержание"] = people.word()
    kept = [{name: value for name, value in line.items() if "@" not in name} for line in lines]
    people.patch(doc, Товары=kept)


def marks_there(people: People, turn: int) -> None:
    people.patch(people.chosen(turn, "client", "invoice", there=True), DeletionMark=True)


def clears_there(people: People, turn: int) -> None:
    people.patch(people.chosen(turn, "client", "invoice", there=True), DeletionMark=False)


def erases_there(people: People, turn: int) -> None:
    doc = people.chosen(turn, "invoice", "payment", there=True)
    people.place.sandbox.onec.delete(f"{SETS[doc.kind]}(guid'{doc.there}')").raise_for_status()


def posts_there(people: People, turn: int) -> None:
    _post(people, turn, "Post")


def unposts_there(people: People, turn: int) -> None:
    _post(people, turn, "Unpost")


def _post(people: People, turn: int, posting: str) -> None:
    doc = people.chosen(turn, "invoice", there=True)
    address = f"{INVOICES}(guid'{doc.there}')/{posting}"
    people.place.sandbox.onec.post(address).raise_for_status()


def enters_a_client(people: People, turn: int) -> None:
    like = _some(people, CLIENTS)
    own = {"ИНН": "", "КПП": "", "Description": people.word(), "НаименованиеПолное": people.word()}
    people.place.sandbox.create(CLIENTS, **(like | own))


def enters_an_invoice(people: People, turn: int) -> None:
    own = {"Комментарий": people.word(), "Number": f"БХ00-{people.words:06}"}
    people.place.sandbox.create(INVOICES, **_some(people, INVOICES), **own)


def registers_a_payment(people: People, turn: int) -> None:
    doc = people.chosen(turn, "invoice", there=True)
    number = doc.cells["number"].there
    people.place.sandbox.tried("pay", number, "0.3")


def _some(people: People, set_name: str) -> dict[str, Any]:
    condition = "IsFolder eq false" if set_name == CLIENTS else ""
    rows = people.place.sandbox.rows(set_name, condition)
    if not rows:
        raise Impossible
    return {name: value for name, value in rows[0].items() if name not in OWN}


COLUMNS = {
    "name": "name", "full_name": "full_name", "comment": "comment", "lines.1.content": "content",
}  # fmt: skip
Act = Callable[[People, int], None]


def _named(acts: Sequence[Act]) -> dict[str, Act]:
    return {act.__name__: act for act in acts}


HERE = _named(
    (
        bills,
        bills_a_new_client,
        renames_here,
        comments_here,
        words_a_line_here,
        repeats_here_what_is_there,
        deletes_here,
        revives_here,
    )
)
THERE = _named(
    (
        renames_there,
        comments_there,
        words_a_line_there,
        marks_there,
        clears_there,
        erases_there,
        posts_there,
        unposts_there,
        enters_a_client,
        enters_an_invoice,
        registers_a_payment,
    )
)
