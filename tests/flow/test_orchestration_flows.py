"""The Prefect side without a Prefect: what its states say, what is deployed and how often."""

from __future__ import annotations

import importlib
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import Flow
from prefect.cli.deploy._models import ConcurrencyLimitSpec, DeploymentConfig, PrefectYamlModel
from prefect.flows import load_flow_from_entrypoint as load

from provodka.flows.orchestration import flows
from provodka.flows.orchestration.deployments import NAME, intervals, schedules
from provodka.flows.orchestration.flows import FLOWS, outcome, run_stream
from provodka.flows.orchestration.nights import nightly
from provodka.flows.recorded import Ran
from provodka.flows.settings import HubSettings, Streams
from provodka.flows.streams import STREAMS

ROOT = Path(__file__).parents[2]
COMPANY = {"name": "ООО «Ромашка»", "inn": "7707083893"}
MOMENT = datetime(2026, 11, 22, tzinfo=UTC)
NIGHTLY = {"sweep": {"cron": "30 3 * * *", "timezone": "Europe/Moscow"}}
ONEC = {"url": "http://127.0.0.1/buh", "login": "hub", "password_env": "NONE"}


def settings(**sections: Any) -> HubSettings:
    return HubSettings.model_validate({"company": COMPANY, **sections})


def test_a_failed_stream_fails_its_flow_run_with_the_reason() -> None:
    state = outcome(Ran("calls", "failed", {}, "журнала нет"))
    assert state.is_failed()
    assert state.message == "журнала нет"


def test_a_run_that_set_documents_aside_completes_and_names_them() -> None:
    state = outcome(Ran("calls", "set_aside", {"legs": 4, "set_aside": 1}, "", ("Master.csv:9",)))
    assert state.is_completed()
    assert state.name == "SetAside"
    assert "legs 4" in str(state.message)
    assert "Master.csv:9" in str(state.message)


@pytest.mark.parametrize("ended", ["busy", "skipped"])
def test_a_run_that_did_nothing_says_why(ended: str) -> None:
    state = outcome(Ran("calls", ended, {}, "не настроен"))
    assert (state.is_completed(), state.name, state.message) == (True, "Skipped", "не настроен")


def test_a_run_that_found_nothing_new_says_so() -> None:
    assert outcome(Ran("calls", "done", {"read": 0})).message == "новых данных нет"


def test_every_stream_has_a_flow_and_a_pace() -> None:
    assert set(FLOWS) == set(STREAMS)
    assert set(STREAMS) <= set(Streams.model_fields)


def test_a_flow_is_never_retried_by_prefect_nor_answered_from_a_cache() -> None:
    for one in FLOWS.values():
        assert one.retries == 0
        assert one.persist_result is False
    assert flows.stream.retries == 0


def test_wrong_settings_fail_the_run_with_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text("company: {name: Ромашка}\n", encoding="utf-8")
    monkeypatch.setenv("PROVODKA_CONFIG", str(file))
    monkeypatch.setattr(flows, "prepare_logs", lambda: None)
    state = run_stream("calls")
    assert state.is_failed()
    assert f"{file}:1" in str(state.message)


def test_prefect_is_not_loaded_for_the_command_line_nor_for_the_fast_lane() -> None:
    code = (
        "import sys, provodka.flows.cli.app, provodka.flows.up; sys.exit('prefect' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_only_streams_of_named_systems_are_deployed() -> None:
    assert set(intervals(settings())) == {"triggers", "reports", "journal", "inbox"}
    elsewhere = {"mail", "channels", "calendars"}
    unused = {"sweep", "alerts", "bank", "calls", "exchange", *elsewhere}
    assert set(intervals(settings(onec=ONEC))) == set(FLOWS) - unused
    by_messages = ONEC | {"protocol": "enterprise_data"}
    absent = {"sweep", "alerts", "bank", "calls", "catalogs", "accounting", "settlements", "stock"}
    absent |= elsewhere
    assert set(intervals(settings(onec=by_messages))) == set(FLOWS) - absent


def test_the_pace_comes_from_the_settings() -> None:
    every = intervals(settings(onec=ONEC, streams={"outbox": 7}))
    assert every["outbox"] == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("hours", "at"),
    [
        ([], time(3, 30)),
        (["20:00-07:00"], time(3, 30)),
        (["22:00-23:30"], time(22, 0)),
        (["05:00-06:00", "04:15-04:30"], time(4, 15)),
    ],
)
def test_everything_is_compared_at_night_in_the_hours_of_the_base(
    hours: list[str], at: time
) -> None:
    found = nightly(settings(onec=ONEC | {"heavy_hours": hours}), MOMENT)
    assert found == {"sweep": at}


def test_the_night_is_the_companys_and_the_hours_are_the_bases() -> None:
    company = COMPANY | {"zone": "Asia/Vladivostok"}
    far = {"company": company, "onec": ONEC | {"heavy_hours": ["21:00-22:00"]}}
    assert nightly(HubSettings.model_validate(far), MOMENT) == {"sweep": time(4)}


def test_a_sweep_that_is_switched_off_or_has_no_base_is_not_deployed() -> None:
    assert nightly(settings(onec=ONEC, streams={"sweep": None}), MOMENT) == {}
    assert nightly(settings(), MOMENT) == {}
    assert nightly(settings(onec=ONEC | {"protocol": "enterprise_data"}), MOMENT) == {}


def test_a_night_becomes_a_schedule_by_the_companys_clock() -> None:
    found = schedules(settings(onec=ONEC), MOMENT)
    assert (found["sweep"].cron, found["sweep"].timezone) == ("30 3 * * *", "Europe/Moscow")
    assert found["outbox"].interval == timedelta(seconds=60)


@pytest.fixture(scope="module")
def declared() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    return found


def test_prefect_yaml_is_what_prefect_reads(declared: dict[str, Any]) -> None:
    model = PrefectYamlModel.model_validate(declared)
    assert len(model.deployments) == len(FLOWS)
    for one in declared["deployments"]:
        assert set(one) <= set(DeploymentConfig.model_fields)
        assert set(one["concurrency_limit"]) <= set(ConcurrencyLimitSpec.model_fields)
        assert one["name"] == NAME


def test_prefect_yaml_pulls_nothing_from_the_deployers_folder(declared: dict[str, Any]) -> None:
    assert declared["pull"] == []


def test_the_entrypoints_of_prefect_yaml_are_the_flows(declared: dict[str, Any]) -> None:
    found: list[Flow[..., Any]] = [load(one["entrypoint"]) for one in declared["deployments"]]
    assert all(isinstance(one, Flow) for one in found)
    assert {one.name for one in found} == {one.name for one in FLOWS.values()}


def test_prefect_yaml_paces_streams_as_the_settings_do(declared: dict[str, Any]) -> None:
    usual = Streams()
    for one in declared["deployments"]:
        module, _, function = one["entrypoint"].rpartition(".")
        flow = getattr(importlib.import_module(module), function)
        [name] = [name for name, known in FLOWS.items() if known is flow]
        assert one["schedules"] == [NIGHTLY.get(name) or {"interval": getattr(usual, name)}]


def test_one_run_of_a_deployment_at_a_time(declared: dict[str, Any]) -> None:
    limits = {str(one["concurrency_limit"]) for one in declared["deployments"]}
    assert limits == {"{'limit': 1, 'collision_strategy': 'CANCEL_NEW'}"}
