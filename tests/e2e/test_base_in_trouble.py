"""1C is down, slow or talks nonsense: it is said clearly, the rest goes on, and catches up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.conftest import reopened
from tests.e2e.neighbours import INVOICES, RECEIPTS, Neighbours

from provodka.flows.hub import Hub
from provodka.flows.settings import Environment
from provodka.foundation.errors import AccessDenied, ProvodkaError, SystemUnavailable

TROUBLES: dict[str, tuple[type[ProvodkaError], str, str]] = {
    "drop_before": (SystemUnavailable, "ответ оборвался", "проверьте, что система включена"),
    "html200": (SystemUnavailable, "вместо данных пришла веб-страница", "откройте адрес базы"),
    "unauthorized": (AccessDenied, "не приняла логин или пароль", "проверьте логин и пароль"),
    "half_page": (SystemUnavailable, "ответ оборвался", "проверьте, что система включена"),
    "error500": (SystemUnavailable, "application error", "откройте адрес базы"),
    "no_licence": (SystemUnavailable, "свободной лицензии", "освободите лицензию"),
}


def writes(sandbox: Neighbours) -> int:
    return len(sandbox.writes())


@pytest.mark.requirement("R114", "R117")
@pytest.mark.parametrize("kind", TROUBLES)
def test_trouble_is_named_the_rest_goes_on_and_what_was_missed_is_made_up_for(
    hub: Hub, company: Company, sandbox: Neighbours, kind: str
) -> None:
    sandbox.fault(kind, count=None)
    expected, found, next_step = TROUBLES[kind]
    with pytest.raises(expected) as trouble:
        run(hub, "accounting")
    assert found in str(trouble.value)
    assert next_step in str(trouble.value)
    key = company.bill(company.deal())
    sandbox.call()
    run(hub, "calls")
    settle(hub, 2)
    assert sum(sandbox.subjects().values()) == 1
    assert company.value("SELECT count(*) FROM crm.call") == 1
    assert company.value("SELECT count(*) FROM crm.task WHERE status = 'open'") == 1
    [errand] = company.errands()
    assert errand.trouble["next_step"]
    sandbox.mend()
    company.now()
    settle(hub, 2)
    run(hub, "accounting")
    assert company.invoice(key).accounting == "entered"
    assert [one["Number"] for one in sandbox.rows(INVOICES)] == [company.number(key)]


def test_a_refusing_web_server_is_asked_again_when_it_said_and_named(
    hub: Hub, sandbox: Neighbours
) -> None:
    sandbox.fault("unavailable503", count=None)
    with pytest.raises(SystemUnavailable) as trouble:
        run(hub, "catalogs")
    assert "веб-сервер ответил 503" in str(trouble.value)
    assert "проверьте систему за веб-сервером" in str(trouble.value)
    assert trouble.value.retry_after
    sandbox.mend()
    run(hub, "catalogs")


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("kind", ["drop_before", "html200", "half_page", "error500"])
def test_a_passing_trouble_is_ridden_out_by_asking_again(
    hub: Hub, sandbox: Neighbours, kind: str
) -> None:
    sandbox.fault(kind, count=2, method="GET")
    assert run(hub, "catalogs")["read"] == 108


def test_a_base_that_is_gone_and_comes_back_gets_what_it_missed(
    hub: Hub, company: Company, sandbox: Neighbours, environment: Environment, tmp_path: Path
) -> None:
    """The address answers nobody: as after the server's cable was pulled."""
    config = environment.config.read_text(encoding="utf-8")
    nowhere = "http://127.0.0.1:9/buh/odata/standard.odata/"
    away = tmp_path / "away.yaml"
    away.write_text(config.replace(sandbox.about["onec_url"], nowhere), encoding="utf-8")
    key = company.bill(company.deal())
    with reopened(environment.model_copy(update={"config": away})) as unplugged:
        settle(unplugged, 2)
    [errand] = company.errands()
    assert (errand.state, errand.intent_at) == ("waiting", None)
    assert "соединиться не удалось" in errand.trouble["found"]
    assert sum(sandbox.subjects().values()) == 1
    company.now()
    settle(hub)
    assert company.invoice(key).accounting == "entered"


@pytest.mark.requirement("R27")
@pytest.mark.parametrize(
    ("fault", "field", "theirs"),
    [
        ({"kind": "truncate", "field": "Комментарий", "length": 43}, "comment", "До п"),
        ({"kind": "ignore_field", "field": "ДоговорКонтрагента_Key"}, "contract_id", None),
        ({"kind": "truncate", "field": "Комментарий", "length": 10}, "comment", None),
    ],
)
def test_what_1c_stored_otherwise_is_flagged_with_both_values_and_not_sent_for_ever(
    hub: Hub,
    company: Company,
    sandbox: Neighbours,
    fault: dict[str, Any],
    field: str,
    theirs: str | None,
) -> None:
    run(hub, "accounting")
    contract = company.value(
        "SELECT id FROM crm.contract WHERE client_id = :c", c=company.buyers[0].id
    )
    sandbox.fault(**fault)
    key = company.bill(company.deal(), contract_id=contract)
    settle(hub, 1)
    kept = company.invoice(key)
    assert kept.accounting == "flagged"
    assert "→" in kept.accounting_note
    assert [errand.state for errand in company.errands()] == ["flagged"]
    [conflict] = company.conflicts()
    assert conflict.field == field
    assert conflict.ours != conflict.theirs
    assert theirs is None or str(conflict.theirs).endswith(theirs)
    written = writes(sandbox)
    for _time in range(4):
        run(hub, "accounting")
        settle(hub, 1)
    assert writes(sandbox) == written
    assert company.invoice(key).accounting == "flagged"
    assert company.value("SELECT count(*) FROM crm.invoice") == 1
    assert len(company.conflicts()) == 1


def test_a_refusal_of_1c_is_quoted_and_the_next_invoice_goes_through(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    sandbox.fault("refuse", method="POST", path=f"{INVOICES}?", text="Период закрыт для записи")
    refused, fine = company.bill(company.deal()), company.bill(company.deal())
    settle(hub)
    assert company.invoice(refused).accounting == "refused"
    assert "Период закрыт для записи" in company.invoice(refused).accounting_note
    [aside] = company.set_aside("push:onec")
    assert "Период закрыт" in aside.found
    assert company.invoice(fine).accounting == "entered"


def test_half_of_a_page_is_not_taken_for_the_whole(
    hub: Hub, sandbox: Neighbours, company: Company
) -> None:
    key = company.bill(company.deal())
    settle(hub)
    sandbox.pay(company.number(key))
    sandbox.fault("half_page", path=RECEIPTS, count=2)
    run(hub, "accounting")
    assert company.invoice(key).paid_amount == 50000
