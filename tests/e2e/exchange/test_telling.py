"""What people are told of an exchange: check, status, trace, the numbers, a plan."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.e2e.company import run
from tests.e2e.exchange.conftest import NODE
from tests.e2e.exchange.talk import Talk
from tests.e2e.neighbours import Neighbours
from typer.testing import CliRunner

from provodka.flows.cli.app import app
from provodka.flows.hub import Hub
from provodka.flows.insight.status import status
from provodka.flows.settings import Environment

ENVIRONMENT = {"COLUMNS": "240"}


def told(environment: Environment, *words: str, code: int = 0) -> str:
    """What a command says."""
    place = ["--config", str(environment.config), "--home", str(environment.home)]
    given = ENVIRONMENT | {"PROVODKA_DATABASE_URL": environment.database_url or ""}
    result = CliRunner().invoke(app, [*place, *words], env=given)
    assert result.exit_code == code, result.output + str(result.exception)
    return result.stdout if code == 0 else result.output


def test_trace_tells_one_invoices_life_with_protocol_and_message_numbers(
    talk: Talk, environment: Environment
) -> None:
    company = talk.company
    key = company.bill(company.deal())
    talk.round()
    talk.sandbox.pay(company.number(key))
    talk.sandbox.ship(company.number(key))
    talk.round(2)
    [sent] = [one for one in talk.messages("out") if one.objects]
    [came] = [one for one in talk.messages("in") if one.objects == 2]
    story = told(environment, "trace", company.number(key))
    assert f"база прочитала сообщение EnterpriseData 1.21 № {sent.number}, ссылка {key}" in story
    assert "сейчас: в бухгалтерии записан; оплачено 50000.00 из 50000.00 RUB; отгружено" in story
    shown = [line.strip() for line in story.partition("Оплаты и отгрузки")[2].splitlines()[1:3]]
    assert [line.split()[0] for line in shown] == ["поступление", "отгрузка"]
    for line in shown:
        assert ": 50000.00, документ проведен; в хабе с " in line
        assert line.endswith(f"сообщение EnterpriseData 1.21 № {came.number}")
    assert "версия —" not in story
    found = json.loads(told(environment, "--json", "trace", company.number(key)))
    assert {one["number"] for one in found["messages"].values()} == {came.number}


def test_check_and_status_know_the_protocol(
    hub: Hub, environment: Environment, sandbox: Neighbours
) -> None:
    fresh = told(environment, "check")
    assert f"с узлом {NODE} разрешен" in fresh
    assert "сервис EnterpriseDataExchange версии 1.0.1.1" in fresh
    assert "сообщений от базы еще не было" in fresh
    run(hub, "exchange")
    assert "формат 1.21; принято сообщение № 2, отправлено № 2" in told(environment, "check")
    assert "обмен EnterpriseData 1.21: принято № 2, отправлено № 2" in told(environment, "status")
    assert "1.21" in status(hub).systems[0].changes
    assert "сообщение" not in told(environment, "onec", "exchange", "--help")
    shown = told(environment, "onec", "exchange")
    assert "прочитано базой" in shown
    assert "новых 108" in shown


@pytest.mark.parametrize(
    ("setting", "wrong", "said"),
    [
        ("exchange_node: CRM", "exchange_node: НЕТ", "узел плана обмена не найден"),
        ("/buh/odata", "/other/odata", "нет веб-сервиса"),
        ("  exchange_node: CRM\n", "", "не указан код узла хаба"),
    ],
)
def test_check_names_the_step_that_is_missing(
    hub: Hub, environment: Environment, setting: str, wrong: str, said: str
) -> None:
    config = environment.config.read_text(encoding="utf-8")
    environment.config.write_text(config.replace(setting, wrong), encoding="utf-8")
    assert said in told(environment, "check", code=2)


def test_a_base_that_may_not_synchronise_says_why(
    hub: Hub, environment: Environment, sandbox: Neighbours
) -> None:
    sandbox.control.post("enterprise-data/settings", json={"refusal": "Нет роли обмена"})
    assert "Нет роли обмена" in told(environment, "check", code=1)


def test_a_plan_shows_what_the_next_message_brings_and_moves_nothing(
    talk: Talk, environment: Environment
) -> None:
    company = talk.company
    key = company.bill(company.deal())
    talk.round()
    talk.sandbox.pay(company.number(key))
    before = talk.company.rows("SELECT * FROM hub.cursor ORDER BY stream")
    told(environment, "sync", "exchange", "--plan")
    planned = json.loads(told(environment, "--json", "sync", "exchange", "--plan"))
    assert any(one["kind"] == "payment" for one in planned["plan"]["changes"])
    assert company.value("SELECT count(*) FROM crm.payment") == 0
    assert talk.company.rows("SELECT * FROM hub.cursor ORDER BY stream") == before
    talk.round()
    assert company.invoice(key).paid_amount == 50000


def test_streams_of_the_other_protocol_are_passed_over(
    talk: Talk, environment: Environment
) -> None:
    ran = json.loads(told(environment, "--json", "sync"))["streams"]
    states = {one["stream"]: one["state"] for one in ran}
    assert (states["catalogs"], states["accounting"]) == ("skipped", "skipped")
    assert states["exchange"] == "done"


def test_numbers_that_went_back_wait_for_a_persons_word(
    talk: Talk, environment: Environment
) -> None:
    company = talk.company
    key = company.bill(company.deal())
    talk.round()
    position: Any = company.value("SELECT position FROM hub.cursor WHERE stream = 'exchange:onec'")
    numbers = position["numbers"] | {"received": 99, "sent": 41, "confirmed": 41}
    forged = json.dumps(position | {"numbers": numbers})
    company.execute(
        "UPDATE hub.cursor SET position = CAST(:p AS jsonb) WHERE stream = 'exchange:onec'",
        p=forged,
    )
    refused = told(environment, "sync", "exchange", code=1)
    assert "восстановили из копии" in refused
    told(environment, "onec", "exchange", "--accept-numbers")
    talk.sandbox.pay(company.number(key))
    talk.round(2)
    assert company.invoice(key).paid_amount == 50000
    assert len(talk.invoices()) == 1
