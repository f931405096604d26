"""Waiting is not failing: freed when the parent comes by any way, aged, and told of when not."""

from __future__ import annotations

from typing import Any

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import Neighbours
from tests.flow.cli_program import document
from typer.testing import CliRunner

from provodka.connectors.crm_store import parked
from provodka.flows.cli.app import app
from provodka.flows.hub import Hub
from provodka.flows.insight.status import status
from provodka.flows.onec.pulling import taking_for
from provodka.flows.onec.taking import take
from provodka.flows.settings import Environment


def taken(hub: Hub, name: str, *rows: dict[str, Any]) -> dict[str, int]:
    """Store a page of our own making, as if the base had sent it."""
    mapping = hub.mappings[name]
    with hub.engine.begin() as connection:
        return dict(take(connection, taking_for(hub, [mapping]), mapping, list(rows)))


@pytest.fixture
def early(hub: Hub, company: Company, sandbox: Neighbours) -> Any:
    """A payment that came while its invoice was not bound; the invoice and its binding."""
    run(hub, "accounting")
    key = company.bill(company.deal())
    settle(hub)
    [bound] = company.rows("SELECT * FROM hub.binding WHERE document = :key", key=key)
    company.execute("DELETE FROM hub.binding WHERE document = :key", key=key)
    sandbox.pay(company.number(key))
    taken(hub, "payment_bank", *sandbox.rows(hub.mappings["payment_bank"].entity))
    assert company.value("SELECT count(*) FROM hub.parked") == 1
    return key, bound


def bind(company: Company, bound: Any) -> None:
    """The courier lands, or a person matches: a binding appears without any page."""
    company.execute(
        "INSERT INTO hub.binding (system, kind, external_key, document, external_version, snapshot)"
        " SELECT 'onec', 'invoice', :ref, :key, :version, CAST(:snapshot AS json)",
        ref=bound.external_key, key=bound.document, version=bound.external_version, snapshot="{}",
    )  # fmt: skip


@pytest.mark.requirement("R28")
def test_a_parent_bound_without_being_read_frees_who_waits_for_it(
    hub: Hub, company: Company, early: Any
) -> None:
    key, bound = early
    bind(company, bound)
    run(hub, "catalogs")
    assert company.rows("SELECT * FROM hub.parked") == []
    assert company.invoice(key).paid_amount == 50000


def test_one_that_turns_out_to_make_no_sense_waits_for_a_person_and_no_longer_for_a_parent(
    hub: Hub, company: Company, sandbox: Neighbours, early: Any
) -> None:
    [row] = sandbox.rows(hub.mappings["payment_bank"].entity)
    taken(hub, "payment_bank", row | {"Date": "вчера", "DataVersion": "2="})
    assert company.rows("SELECT * FROM hub.parked") == []
    [aside] = company.set_aside("onec:payment_bank")
    taken(hub, "payment_bank", row)
    assert company.set_aside("onec:payment_bank") == []
    [waiting] = company.rows("SELECT * FROM hub.parked")
    assert waiting.external_key == aside.external_key


def test_status_and_the_list_tell_who_has_waited_long_for_whom_and_why(
    hub: Hub,
    company: Company,
    environment: Environment,
    early: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _key, bound = early
    assert status(hub).overdue == ()
    company.execute("UPDATE hub.parked SET since = now() - interval '4 days'")
    company.execute(
        "INSERT INTO hub.quarantine (stream, external_key, code, payload, place, found, expected,"
        " next_step, mapping_version) VALUES ('onec:invoice', :ref, 'bad_value', '{}', 'Счет',"
        " 'нет организации', '', '', '')", ref=bound.external_key,
    )  # fmt: skip
    [late] = status(hub).overdue
    assert (late.waits_for_kind, late.waits_for_key) == ("invoice", bound.external_key)
    assert (late.parent_code, late.parent_found) == ("bad_value", "нет организации")
    monkeypatch.setenv("PROVODKA_DATABASE_URL", str(environment.database_url))
    monkeypatch.chdir(environment.config.parent)
    shown = CliRunner().invoke(app, ["parked", "list", "--older", "3d"])
    assert bound.external_key in shown.stdout
    assert "отложен: нет организации" in shown.stdout
    assert document(CliRunner().invoke(app, ["parked", "list", "--older", "5д", "--json"])) == []
    assert CliRunner().invoke(app, ["parked", "list", "--older", "вчера"]).exit_code == 2
    told = CliRunner().invoke(app, ["status", "-c", str(environment.config)])
    assert "нет организации" in told.stdout


def test_a_parent_that_waits_itself_is_told(hub: Hub, company: Company, early: Any) -> None:
    _key, bound = early
    company.execute(
        "INSERT INTO hub.parked (stream, external_key, waits_for_kind, waits_for_key, payload)"
        " VALUES ('onec:invoice', :ref, 'client', 'c-1', '{}')", ref=bound.external_key,
    )  # fmt: skip
    with hub.engine.connect() as connection:
        child = next(one for one in parked.listed(connection) if one.stream != "onec:invoice")
    assert child.parent_parked
