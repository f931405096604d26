"""Every operation of the three services against answers as 1C writes them."""

from __future__ import annotations

import base64

import pytest
from tests.contract.onec.scripted_server import ScriptedServer, answer
from tests.contract.onec.soap.conftest import OpenTo
from tests.contract.onec.soap.fake_base import (
    EXCHANGE,
    RESULT,
    SCHEMA,
    FakeBase,
    envelope,
    error_message,
    reply,
    returned,
)

from provodka.connectors.onec.enterprise_data.soap.answers import (
    Acknowledged,
    ConnectionTested,
    DataPart,
    ImportState,
    JobStarted,
    JobStatus,
    PreparationState,
)
from provodka.connectors.onec.enterprise_data.soap.base import EnterpriseDataBase
from provodka.connectors.onec.enterprise_data.soap.settings import SoapSettings
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.foundation.errors import SystemUnavailable, UnknownOutcome

PLAN = "СинхронизацияДанныхЧерезУниверсальныйФормат"


def test_a_ping_says_nothing_but_that_the_service_is_there(opened: OpenTo) -> None:
    base = opened()
    assert (base.exchange.ping(), base.upload.ping()) == ("", "")


def test_the_versions_of_an_interface_are_listed(opened: OpenTo) -> None:
    base = opened()
    assert base.interface.get_versions("ОбменДанными") == ("2.0.1.6", "3.0.1.1")
    assert base.interface.get_versions("НеИзвестно") == ()


def test_only_interfaces_that_the_base_knows_are_told(opened: OpenTo) -> None:
    assert opened().versions() == {"ОбменДанными": ("2.0.1.6", "3.0.1.1")}


def test_versions_without_a_type_are_read_too(opened: OpenTo, fake: FakeBase) -> None:
    plain = '<m:return xmlns="http://v8.1c.ru/8.1/data/core"><Value>1.0.1.1</Value></m:return>'
    fake.troubles["GetVersions"].append(
        reply("GetVersions", plain, namespace="http://www.1c.ru/SaaS/1.0/WS")
    )
    assert opened().interface.get_versions("ОбменДанными") == ("1.0.1.1",)


def test_a_connection_is_tested_with_and_without_a_plan(opened: OpenTo) -> None:
    base = opened()
    assert base.exchange.test_connection(PLAN, "CRM") == ConnectionTested(True)
    refused = ConnectionTested(False, "Заданный узел плана обмена не найден.")
    assert base.exchange.test_connection(PLAN, "ДРУГОЙ") == refused
    assert base.upload.test_connection() == ConnectionTested(True)


def test_a_message_is_made_fetched_and_confirmed_operation_by_operation(
    opened: OpenTo, fake: FakeBase
) -> None:
    fake.message, fake.polls = bytes(range(256)) * 10, 1
    exchange = opened().exchange
    started = exchange.prepare_data_for_getting(PLAN, "CRM", 1)
    assert started == JobStarted("prepare-0")
    assert fake.prepared_with == [(PLAN, "CRM", "1")]
    assert exchange.prepare_data_action_result("prepare-0").status is JobStatus.ACTIVE
    assert exchange.prepare_data_action_result("prepare-0") == PreparationState(
        JobStatus.COMPLETED, "file-0", 3
    )
    assert exchange.get_data_part("file-0", 3) == DataPart(fake.message[2048:])
    assert exchange.confirm_getting_file("file-0") == Acknowledged()
    gone = exchange.get_data_part("file-0", 1)
    assert gone == DataPart(b"", "Часть файла с указанным номером не найдена.")


@pytest.mark.parametrize("by_plan", [True, False])
def test_a_message_is_laid_down_and_read_operation_by_operation(
    opened: OpenTo, fake: FakeBase, by_plan: bool
) -> None:
    base = opened()
    service = base.exchange if by_plan else base.upload
    assert service.put_file_part("f", 1, b"\x00one") == Acknowledged()
    assert service.put_file_part("f", 2, b"two") == Acknowledged()
    started = base.exchange.put_data(PLAN, "CRM", "f") if by_plan else base.upload.put_data("f")
    assert service.put_data_action_result(started.operation_id) == ImportState(JobStatus.COMPLETED)
    assert fake.imported == [b"\x00onetwo"]


def test_an_unknown_job_is_canceled(opened: OpenTo) -> None:
    exchange = opened().exchange
    assert exchange.prepare_data_action_result("?") == PreparationState(JobStatus.CANCELED)
    assert exchange.put_data_action_result("?") == ImportState(JobStatus.CANCELED)


def test_a_result_in_the_services_own_namespace_and_with_a_new_field_is_read(
    opened: OpenTo, fake: FakeBase
) -> None:
    inside = "<ErrorMessage/><FileID>f</FileID><PartCount>2</PartCount><Status>Completed</Status>"
    fake.troubles["PrepareDataActionResult"].append(
        reply(
            "PrepareDataActionResult",
            f'<m:return xmlns="{RESULT}" hint="1">{inside}<Extra>x</Extra></m:return>',
            error_message(),
        )
    )
    state = opened().exchange.prepare_data_action_result("1")
    assert state == PreparationState(JobStatus.COMPLETED, "f", 2)


def test_what_is_sent_is_what_the_definitions_ask_for() -> None:
    pong = reply("Ping", returned(""))
    with ScriptedServer([pong]) as server:
        reached = OneCSettings(f"{server.url}/odata/standard.odata", "Обмен", "тест:1")
        with EnterpriseDataBase(SoapSettings(reached)) as base:
            base.exchange.ping()
    sent = server.seen[0]
    assert (sent.method, sent.target) == ("POST", "/base/ws/EnterpriseDataExchange_1_0_1_1.1cws")
    action = f'"{EXCHANGE}#EnterpriseDataExchange_1_0_1_1:Ping"'
    assert sent.headers["soapaction"] == action
    assert sent.headers["content-type"] == "text/xml; charset=utf-8"
    assert base64.b64decode(sent.headers["authorization"].split()[1]).decode() == "Обмен:тест:1"


@pytest.mark.parametrize(
    "result",
    [
        "<d:Status>Готово</d:Status>",
        "<d:FileID>f</d:FileID>",
        "<d:PartCount>много</d:PartCount><d:Status/>",
        "<d:Status><d:Inner/></d:Status>",
    ],
)
def test_a_state_that_cannot_be_understood_is_a_senseless_answer(
    opened: OpenTo, fake: FakeBase, result: str
) -> None:
    state = f'<m:return xmlns:d="{RESULT}" {SCHEMA}>{result}</m:return>'
    fake.troubles["PrepareDataActionResult"] += [
        reply("PrepareDataActionResult", state, error_message())
    ] * 5
    with pytest.raises(SystemUnavailable) as caught:
        opened().exchange.prepare_data_action_result("1")
    assert caught.value.code == "senseless_answer"
    assert "Готово" not in str(caught.value)


def test_a_started_job_without_a_name_is_an_unknown_outcome(opened: OpenTo, fake: FakeBase) -> None:
    empty = f'<m:OperationID {SCHEMA} xsi:nil="true"/>'
    for operation in ("PutData", "PrepareDataForGetting"):
        fake.troubles[operation].append(reply(operation, returned(""), empty, error_message()))
    exchange = opened().exchange
    with pytest.raises(UnknownOutcome, match="OperationID"):
        exchange.put_data(PLAN, "CRM", "f")
    with pytest.raises(UnknownOutcome, match="OperationID"):
        exchange.prepare_data_for_getting(PLAN, "CRM", 1)


def test_an_answer_to_another_operation_is_senseless(opened: OpenTo, fake: FakeBase) -> None:
    other = answer(200, envelope(f'<m:Other xmlns:m="{EXCHANGE}"/>'))
    fake.troubles["TestConnection"] += [other] * 5
    with pytest.raises(SystemUnavailable):
        opened().exchange.test_connection(PLAN, "CRM")
