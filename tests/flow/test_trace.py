"""A trace tells the life of a document: a small hand-made history with known answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import bindings, journal, outbox, parked, quarantine
from provodka.connectors.crm_store.parked import Parked
from provodka.dashboards.insight.trace import Change, Effect, Errand, Node, Trace, trace
from provodka.flows.cli.screen import Branch
from provodka.flows.cli.trace_tree import TraceTrees
from provodka.foundation.errors import AmbiguousMatch, DocumentError, Misunderstood


@dataclass
class Life:
    """A deal that came by hand, a rule that wrote a letter about it, a letter that was sent."""

    connection: Connection
    client: UUID
    deal: UUID
    letter: UUID

    def trace(self, what: object) -> Trace:
        return trace(self.connection, str(what))


@pytest.fixture
def connection(store: Engine) -> Iterator[Connection]:
    with store.connect() as connection, connection.begin():
        yield connection


@pytest.fixture
def life(connection: Connection) -> Life:
    journal.attribute(connection, "onec")
    client = one(connection, "INSERT INTO crm.client (name) VALUES ('Тихая Гавань') RETURNING id")
    journal.attribute(connection, "person:ivanov")
    deal = one(
        connection,
        "INSERT INTO crm.deal (title, client_id, kind) VALUES ('Стулья', :client, 'unstaged')"
        " RETURNING id",
        client=client,
    )
    woke = last_delta(connection)
    letter = write_letter(connection, deal, woke)
    journal.attribute(connection, "mail", woke, 1)
    connection.execute(
        text("UPDATE crm.message SET status = 'sent' WHERE id = :id"), {"id": letter}
    )
    return Life(connection, client, deal, letter)


def write_letter(connection: Connection, deal: UUID, woke: int) -> UUID:
    journal.attribute(connection, "rule:greet", woke, 1)
    letter = one(
        connection,
        "INSERT INTO crm.message (deal_id, subject) VALUES (:deal, 'Привет') RETURNING id",
        deal=deal,
    )
    connection.execute(
        text(
            "INSERT INTO hub.effect (key, rule, rule_version, action, kind, document, cause, made)"
            " VALUES ('greet|1', 'greet', 'v1', 'SendLetter', 'deal', :deal, :woke,"
            "         jsonb_build_object('kind', 'message', 'document', CAST(:letter AS text)))"
        ),
        {"deal": deal, "woke": woke, "letter": str(letter)},
    )
    intent = outbox.Intent("greet|1", "mail", "letter.send", "message", letter, cause=woke, depth=1)
    outbox.enqueue(connection, intent)
    return letter


def one(connection: Connection, statement: str, **given: Any) -> UUID:
    found: UUID = connection.execute(text(statement), given).scalar_one()
    return found


def last_delta(connection: Connection) -> int:
    return int(connection.execute(text("SELECT max(id) FROM hub.delta")).scalar_one())


def outline(nodes: tuple[Node, ...]) -> list[Any]:
    """Each node as one word and what hangs under it."""
    return [[word(node), *outline(node.consequences)] for node in nodes]


def word(node: Node) -> str:
    if isinstance(node, Change):
        return f"{node.op} {node.kind} by {node.origin}"
    return f"rule {node.rule}" if isinstance(node, Effect) else f"errand {node.target}"


def test_consequences_hang_under_their_causes_down_to_the_answer_of_the_other_system(
    life: Life,
) -> None:
    assert outline(life.trace(life.deal).roots) == [
        [
            "insert deal by person:ivanov",
            [
                "rule greet",
                [
                    "insert message by rule:greet",
                    ["errand mail", ["update message by mail"]],
                ],
            ],
        ]
    ]


def test_causes_are_followed_up_without_their_other_consequences(life: Life) -> None:
    woke = last_delta(life.connection) - 2
    journal.attribute(life.connection, "rule:task", woke, 1)
    task = one(
        life.connection,
        "INSERT INTO crm.task (subject, deal_id) VALUES ('Позвонить', :deal) RETURNING id",
        deal=life.deal,
    )
    assert outline(life.trace(task).roots) == [
        ["insert deal by person:ivanov", ["insert task by rule:task"]]
    ]


def test_the_origin_of_the_first_change_tells_where_the_document_came_from(life: Life) -> None:
    assert life.trace(life.client).came_from == "onec"
    assert life.trace(life.deal).came_from == "person:ivanov"


def test_a_change_tells_each_field_as_it_was_and_as_it_became(life: Life) -> None:
    journal.attribute(life.connection, "sql:me")
    life.connection.execute(
        text("UPDATE crm.deal SET amount = 120.50, source = 'сайт' WHERE id = :id"),
        {"id": life.deal},
    )
    change = life.trace(life.deal).roots[-1]
    assert isinstance(change, Change)
    [entry] = change.entries
    told = {field.field: (field.before, str(field.after)) for field in entry.fields}
    assert told == {"amount": (0, "120.50"), "source": (None, "сайт")}


def test_lines_are_told_by_their_numbers_with_the_header_of_the_same_transaction(
    life: Life,
) -> None:
    journal.attribute(life.connection, "sql:me")
    product = one(life.connection, "INSERT INTO crm.product (name) VALUES ('Стул') RETURNING id")
    invoice = one(
        life.connection,
        "INSERT INTO crm.invoice (client_id) VALUES (:client) RETURNING id",
        client=life.client,
    )
    life.connection.execute(
        text(
            "INSERT INTO crm.invoice_lines (invoice_id, line, product_id, quantity, price)"
            " VALUES (:invoice, 1, :product, 2, 3.5)"
        ),
        {"invoice": invoice, "product": product},
    )
    found = life.trace(invoice)
    [change] = found.roots
    assert isinstance(change, Change)
    assert [(entry.part, entry.line) for entry in change.entries] == [("", None), ("lines", 1)]
    assert "invoice_id" not in {field.field for field in change.entries[1].fields}
    assert found.names[str(product)] == "Стул"


def test_a_tombstone_is_told_as_a_deletion(life: Life) -> None:
    journal.attribute(life.connection, "sql:me")
    life.connection.execute(
        text("UPDATE crm.deal SET deleted_at = now() WHERE id = :id"), {"id": life.deal}
    )
    change = life.trace(life.deal).roots[-1]
    assert isinstance(change, Change)
    assert change.op == "delete"


def test_an_errand_tells_its_state_attempts_and_trouble(life: Life) -> None:
    life.connection.execute(
        text("UPDATE hub.outbox SET state = 'dead', attempts = 4, trouble = '{\"found\": \"550\"}'")
    )
    [change] = life.trace(life.letter).roots
    [effect] = change.consequences
    [letter] = effect.consequences
    [errand] = letter.consequences
    assert isinstance(errand, Errand)
    assert (errand.state, errand.attempts, errand.trouble) == ("dead", 4, {"found": "550"})


def test_people_read_the_history_in_words(life: Life) -> None:
    life.connection.execute(
        text("UPDATE hub.outbox SET state = 'flagged', attempts = 2, settled_at = now()")
    )
    told = lines(TraceTrees(life.trace(life.deal)).history())
    assert any("правило greet: отправить письмо" in line for line in told)
    assert any(
        "→ почта: отправить письмо Привет: доставлено с расхождением, попыток 2" in line
        for line in told
    )
    assert "Состояние: в очереди → отправлено" in told
    assert "Вид: без этапов" in told
    assert "Клиент: Тихая Гавань" in told


def test_a_stage_is_told_by_its_name(life: Life) -> None:
    for statement in (
        "INSERT INTO crm.scenario (code, name, version) VALUES ('s', 'Сценарий', 'v')",
        "INSERT INTO crm.stage (scenario, code, name, rank, kind)"
        " VALUES ('s', 'first', 'Знакомство', 1, 'open'), ('s', 'won', 'Успех', 2, 'won')",
        "INSERT INTO crm.deal (title, client_id, kind, scenario, stage)"
        f" VALUES ('Столы', '{life.client}', 'manual', 's', 'first')",
    ):
        life.connection.execute(text(statement))
    deal = one(
        life.connection, "UPDATE crm.deal SET stage = 'first' WHERE title = 'Столы' RETURNING id"
    )
    assert "Этап сценария: Знакомство" in lines(TraceTrees(life.trace(deal)).history())


def lines(branch: Branch) -> list[str]:
    return [branch.text, *(line for below in branch.below for line in lines(below))]


def test_keys_quarantine_parked_and_conflicts_stand_beside(life: Life) -> None:
    key = "5f1c0000-0000-0000-0000-000000000001"
    bindings.save(life.connection, bindings.Binding("onec", "client", key, life.client, "AAAB"))
    error = Misunderstood("Catalog_Контрагенты", found="ИНН 1", expected="ИНН", next_step="—")
    quarantine.set_aside(life.connection, "onec:client", key, {"a": 1}, error)
    waiting = Parked("onec:invoice", "77", "client", key, {})
    parked.park(life.connection, [waiting])
    life.connection.execute(
        text(
            "INSERT INTO hub.conflict (stream, kind, document, field)"
            " VALUES ('onec:client', 'client', :id, 'name')"
        ),
        {"id": life.client},
    )
    found = life.trace(key)
    assert found.document == life.client
    assert {mark.about for mark in found.marks} == {
        "binding",
        "quarantine",
        "awaited_by",
        "conflict",
    }


def test_what_the_rules_set_aside_is_found_by_the_documents_deltas(life: Life) -> None:
    number = last_delta(life.connection) - 2
    error = Misunderstood("rule", found="x")
    quarantine.set_aside(life.connection, "triggers", str(number), {}, error)
    assert [mark.about for mark in life.trace(life.deal).marks] == ["quarantine"]


def test_a_document_that_never_got_in_is_found_among_those_set_aside(life: Life) -> None:
    error = Misunderstood("x", found="y")
    quarantine.set_aside(life.connection, "onec:invoice", "abc-1", {}, error)
    found = life.trace("abc-1")
    assert found.document is None
    assert [mark.about for mark in found.marks] == ["quarantine"]


@pytest.mark.parametrize("shape", ["{key}", "{key:.20}", "deal:{key}"])
def test_a_document_is_found_by_its_key_or_its_beginning(life: Life, shape: str) -> None:
    assert life.trace(shape.format(key=str(life.deal))).document == life.deal


def test_a_document_is_found_by_its_number_in_any_case(life: Life) -> None:
    number = life.connection.execute(text("SELECT number FROM crm.deal")).scalar_one()
    assert life.trace(number).document == life.deal
    assert life.trace(number.lower()).document == life.deal


def test_a_beginning_that_fits_several_lists_them_to_choose_from(life: Life) -> None:
    with pytest.raises(AmbiguousMatch) as caught:
        life.trace(str(life.deal)[:6])
    assert f"deal:{life.deal}" in caught.value.candidates
    assert "Стулья" in caught.value.found


def test_a_kind_before_the_colon_narrows_the_choice(life: Life) -> None:
    assert life.trace(f"deal:{str(life.deal)[:6]}").document == life.deal


def test_an_unknown_document_is_told_what_may_be_typed(life: Life) -> None:
    with pytest.raises(DocumentError, match="СЧ00-000001"):
        life.trace("СЧ00-999999")


def test_a_chain_beyond_the_limit_is_cut_and_said_to_be_incomplete(life: Life) -> None:
    found = trace(life.connection, str(life.deal), at_most=1)
    assert not found.complete
    assert life.trace(life.deal).complete


def test_an_invoice_tells_how_it_stands_and_by_which_papers_it_is_settled(life: Life) -> None:
    connection = life.connection
    journal.attribute(connection, "onec")
    invoice = one(
        connection,
        "INSERT INTO crm.invoice (client_id, number, amount, date) VALUES"
        " (:client, 'СЧ-1', 100, '2026-03-01T00:00Z') RETURNING id",
        client=life.client,
    )
    for number, amount, posted, gone in (
        ("П-1", 60, True, None),
        ("П-2", 40, False, None),
        ("П-3", 7, False, "2026-03-05T00:00Z"),
    ):
        paid = one(
            connection,
            "INSERT INTO crm.payment (client_id, number, amount, date, posted, kind, deleted_at)"
            " VALUES (:client, :number, :amount, '2026-03-02T00:00Z', :posted, 'bank', :gone)"
            " RETURNING id",
            **{"client": life.client, "number": number, "amount": amount},
            **{"posted": posted, "gone": gone},
        )
        connection.execute(
            text(
                "INSERT INTO crm.payment_allocations (payment_id, line, invoice_id, amount)"
                " VALUES (:paid, 1, :invoice, :amount)"
            ),
            {"paid": paid, "invoice": invoice, "amount": amount},
        )
    found = life.trace("invoice:СЧ-1")
    trees = TraceTrees(found, UTC)
    assert "сейчас: в бухгалтерии не записан; оплачено 60.00 из 100.00 RUB; отгружено 0.00" in [
        branch.text for branch in trees.history().below
    ]
    [papers] = [one for one in trees.marks() if "Оплаты" in one.text]
    told = [branch.text.partition(";")[0] for branch in papers.below]
    assert sorted(told) == [
        "поступление П-1 от 02.03.2026 00:00:00: 60.00, документ проведен",
        "поступление П-2 от 02.03.2026 00:00:00: 40.00, документ не проведен",
        "поступление П-3 от 02.03.2026 00:00:00: 7.00, документ удален",
    ]


def test_an_invoice_that_was_shipped_by_a_line_of_another_ones_shipment_counts_that_line(
    life: Life,
) -> None:
    connection = life.connection
    journal.attribute(connection, "onec")
    made = [
        one(
            connection,
            "INSERT INTO crm.invoice (client_id, number, amount, date) VALUES"
            " (:client, :number, 100, '2026-03-01T00:00Z') RETURNING id",
            client=life.client,
            number=number,
        )
        for number in ("СЧ-1", "СЧ-2")
    ]
    shipment = one(
        connection,
        "INSERT INTO crm.shipment"
        " (client_id, number, amount, date, posted, invoice_id, vat_included) VALUES"
        " (:client, 'Р-1', 34.40, '2026-03-02T00:00Z', true, :first, false) RETURNING id",
        client=life.client,
        first=made[0],
    )
    water = one(connection, "INSERT INTO crm.product (name) VALUES ('Вода') RETURNING id")
    for line, (invoice, amount) in enumerate(((None, 10), (made[1], 20)), 1):
        connection.execute(
            text(
                "INSERT INTO crm.shipment_lines (shipment_id, line, product_id, quantity, price,"
                " amount, vat_rate, vat_amount, invoice_id) VALUES"
                " (:shipment, :line, :product, 1, :amount, :amount, 'vat22', :vat, :invoice)"
            ),
            {
                **{"shipment": shipment, "line": line, "amount": amount, "invoice": invoice},
                "product": water,
                "vat": Decimal(amount) * Decimal("0.22"),
            },
        )
    for number, share in (("СЧ-1", Decimal("12.20")), ("СЧ-2", Decimal("24.40"))):
        standing = life.trace(f"invoice:{number}").standing
        assert standing is not None
        assert [paper.amount for paper in standing.papers] == [share]
        assert standing.shipped == share


def test_a_document_is_found_by_its_whole_name_unless_others_bear_it(life: Life) -> None:
    assert life.trace("тихая гавань").document == life.trace(life.client).document
    one(life.connection, "INSERT INTO crm.product (name) VALUES ('Тихая гавань') RETURNING id")
    with pytest.raises(AmbiguousMatch):
        life.trace("Тихая гавань")
    assert life.trace("client:Тихая гавань").document == life.trace(life.client).document
    with pytest.raises(DocumentError):
        life.trace("Тихая")
