"""`provodka up` with its Prefect: deployments registered, schedules kept, logs to be seen there."""

from __future__ import annotations

import json
import signal
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from tests.e2e.serving import awaited, relatives, serving

from provodka.flows.ports import free_port

SECOND = timedelta(seconds=1)
SETTINGS = """\
company: {name: ООО «Ромашка», inn: "7707083893"}
streams: {triggers: 2, reports: 3600}
"""


def asked(port: int, path: str, **body: Any) -> list[dict[str, Any]]:
    """What Prefect's API answers; nothing while it is still starting."""
    request = Request(
        f"http://127.0.0.1:{port}/api/{path}/filter",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            found: list[dict[str, Any]] = json.loads(answer.read())
            return found
    except URLError:
        return []


def kept_schedules(port: int) -> list[dict[str, Any]]:
    """The runs that Prefect's own scheduler planned and the hub has completed."""
    return [
        run
        for run in asked(port, "flow_runs", flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}})
        if run["auto_scheduled"]
    ]


def shown_logs(port: int) -> list[str]:
    """What Prefect shows of the hub's own log."""
    lines = asked(port, "logs")
    return [one["message"] for one in lines if one["name"].startswith("provodka.")]


@pytest.mark.timeout(180)
def test_streams_are_deployed_and_run_on_schedule(tmp_path: Path, store_url: str) -> None:
    (tmp_path / "hub.yaml").write_text(SETTINGS, encoding="utf-8")
    environment = {"PROVODKA_DATABASE_URL": store_url, "PREFECT_API_URL": "http://elsewhere/api"}
    port = free_port(0)
    with serving(tmp_path, "prefect", str(port), environment=environment) as hub:
        runs = awaited(lambda: kept_schedules(port), 120, pause=0.5)
        deployed = asked(port, "deployments")
        intervals = sorted(one["schedules"][0]["schedule"]["interval"] for one in deployed)
        assert intervals == [2, 60, 3600, 21600]
        assert {one["global_concurrency_limit"]["limit"] for one in deployed} == {1}
        assert runs[0]["state"]["message"] == "новых данных нет"
        found = asked(port, "flow_runs", sort="EXPECTED_START_TIME_ASC")
        firsts = [one for one in found if not one["auto_scheduled"]]
        begins = sorted(datetime.fromisoformat(one["expected_start_time"]) for one in firsts)
        assert len(begins) == 4
        assert all(after - before > SECOND for before, after in pairwise(begins))
        lines = awaited(lambda: shown_logs(port), 30)
        assert any(one.startswith("event='stream_ran'") for one in lines)
        hub.send_signal(signal.SIGTERM)
        assert hub.wait(40) == 0
    assert relatives(tmp_path) == []
