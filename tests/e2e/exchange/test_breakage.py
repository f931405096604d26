"""Whatever breaks on the way of a message, nothing is lost and nothing is done twice."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from tests.e2e.exchange.talk import Talk
from tests.e2e.neighbours import INVOICES

from provodka.foundation.errors import ProvodkaError

PARTIES, ORGANIZATIONS = "Catalog_Контрагенты", "Catalog_Организации"
OPERATIONS = (
    "PrepareDataForGetting",
    "PrepareDataActionResult",
    "GetDataPart",
    "ConfirmGettingFile",
    "PutFilePart",
    "PutData",
    "PutDataActionResult",
)
# The worse half first: what was done and not heard of.
LOSSES = [(operation, kind) for operation in OPERATIONS for kind in ("drop_after", "drop_before")]
TROUBLES = [
    ("PrepareDataForGetting", "soap_fault"),
    ("PrepareDataForGetting", "error_message"),
    ("PrepareDataForGetting", "job_fail"),
    ("PrepareDataForGetting", "job_cancel"),
    ("GetDataPart", "corrupt_zip"),
    ("GetDataPart", "cut_part"),
    ("PutData", "soap_fault"),
    ("PutData", "error_message"),
    ("PutData", "job_fail"),
    ("PutData", "job_cancel"),
]

every = pytest.mark.parametrize(
    "stride", [pytest.param(2, id="some"), pytest.param(1, id="all", marks=pytest.mark.soak)]
)
"""Of the troubles some in each run of the tests, all in `soak`."""


def tolerant(talk: Talk, fault: dict[str, Any]) -> None:
    """Two rounds while something breaks, then two in peace."""
    talk.sandbox.fault(**fault)
    for _time in range(2):
        with suppress(ProvodkaError):
            talk.round()
    talk.sandbox.mend()
    talk.round(2)


def live_through(talk: Talk, fault: dict[str, Any]) -> None:
    """An invoice goes out and its papers come back, with the same trouble both times."""
    company, sandbox = talk.company, talk.sandbox
    deal = company.deal()
    key = company.bill(deal)
    tolerant(talk, fault)
    number = company.number(key)
    assert talk.invoices().count(number) == 1
    assert company.invoice(key).accounting == "entered"
    sandbox.pay(number)
    sandbox.ship(number)
    tolerant(talk, fault)
    kept = company.invoice(key)
    assert (kept.paid_amount, kept.shipped_amount) == (50000, 50000)
    assert company.value("SELECT status FROM crm.deal WHERE id = :id", id=deal) == "won"


def account(talk: Talk, lives: int) -> None:
    """Nothing twice, nothing left over."""
    company = talk.company
    counts = "SELECT (SELECT count(*) FROM crm.payment), (SELECT count(*) FROM crm.shipment)"
    assert [tuple(row) for row in company.rows(counts)] == [(lives, lives)]
    assert len(talk.invoices()) == lives
    assert company.set_aside() == []
    assert {one.state for one in company.errands()} == {"delivered"}
    assert talk.node()["waiting"] == 0


@every
def test_an_answer_lost_at_any_step_loses_and_doubles_nothing(talk: Talk, stride: int) -> None:
    losses = LOSSES[::stride]
    for operation, kind in losses:
        live_through(talk, {"kind": kind, "path": f"{operation}()", "count": 3})
    account(talk, len(losses))


@every
def test_a_job_or_a_file_that_goes_wrong_is_made_good_by_the_next(talk: Talk, stride: int) -> None:
    troubles = TROUBLES[::stride]
    for operation, kind in troubles:
        live_through(talk, {"kind": kind, "path": f"{operation}()", "count": 1})
    account(talk, len(troubles))


def test_a_base_that_refuses_everything_has_no_document_blamed_for_it(talk: Talk) -> None:
    company = talk.company
    key = company.bill(company.deal())
    talk.sandbox.fault("job_fail", path="PutData()", count=None, text="Регламент")
    for _time in range(3):
        talk.round()
    [errand] = company.errands()
    assert errand.state != "dead"
    assert "Регламент" in errand.trouble["found"]
    talk.sandbox.mend()
    talk.round()
    assert company.invoice(key).accounting == "entered"


def test_what_the_base_refuses_is_found_among_many_and_told_to_a_person(talk: Talk) -> None:
    company = talk.company
    deal = company.deal()
    good = [company.bill(deal) for _time in range(4)]
    bad = company.bill(deal)
    company.execute("UPDATE crm.invoice SET number = :n WHERE id = :id", n="№" * 300, id=bad)
    talk.round()
    assert [company.invoice(key).accounting for key in good] == ["entered"] * 4
    refused = company.invoice(bad)
    assert refused.accounting == "refused"
    assert "Номер" in refused.accounting_note
    [aside] = company.set_aside("push:onec")
    assert aside.next_step


def test_a_document_that_the_base_itself_refuses_does_not_hold_up_the_others(talk: Talk) -> None:
    company, sandbox = talk.company, talk.sandbox
    deal = company.deal()
    keys = [company.bill(deal) for _time in range(5)]
    taken = company.number(keys[2])
    there = {name: sandbox.rows(name)[0]["Ref_Key"] for name in (PARTIES, ORGANIZATIONS)}
    by_hand = {"Number": taken, "Date": "2026-02-02T10:00:00"}
    by_hand |= {"Контрагент_Key": there[PARTIES], "Организация_Key": there[ORGANIZATIONS]}
    sandbox.create(INVOICES, **by_hand)
    talk.round()
    states = {key: company.invoice(key).accounting for key in keys}
    assert [key for key, state in states.items() if state == "refused"] == [keys[2]]
    assert company.invoice(keys[2]).accounting_note
    assert set(states.values()) == {"entered", "refused"}
    [errand] = [one for one in company.errands() if one.state == "dead"]
    assert errand.trouble["found"] in company.invoice(keys[2]).accounting_note
