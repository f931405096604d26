"""`provodka up` keeps the door's process alive where `hub.yaml` has a door."""

from __future__ import annotations

import socket
from pathlib import Path

from provodka.flows.ports import free_port
from provodka.flows.settings import Environment, HubSettings
from provodka.flows.web_child import USUAL_PORT, web_address, web_children, web_port

COMPANY = {"company": {"name": "ООО «Ромашка»", "inn": "7707083893"}}
PLACE = Environment(config=Path("/etc/hub.yaml"), home=Path("/var/hub"), database_url="postgresql:")


def test_a_hub_whose_web_is_switched_off_has_no_process_for_it() -> None:
    settings = HubSettings.model_validate({**COMPANY, "web": None})
    assert web_port(settings) is None
    assert web_children(PLACE, None) == []
    assert web_address(settings, None) is None


def test_the_process_is_told_where_everything_is() -> None:
    settings = HubSettings.model_validate({**COMPANY, "web": {"port": 8800}})
    port = web_port(settings)
    [child] = web_children(PLACE, port, 4200)
    assert child.module == "provodka.flows.web_process"
    assert child.arguments == ["--port", "8800", "--prefect", "http://127.0.0.1:4200"]
    assert child.environment["PROVODKA_DATABASE_URL"] == "postgresql:"
    assert child.log_file == Path("/var/hub/logs/web.log")
    assert web_address(settings, port) == "http://127.0.0.1:8800"


def test_a_hub_that_names_no_port_takes_a_free_one_when_the_usual_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) not in (port, 0)
    settings = HubSettings.model_validate(COMPANY)
    assert web_port(settings) in range(1, 65536)
    assert web_address(settings, USUAL_PORT) == "http://127.0.0.1:8750"


def test_who_listens_everywhere_is_found_at_home() -> None:
    for host, shown in (("0.0.0.0", "127.0.0.1"), ("::", "[::1]")):  # noqa: S104
        settings = HubSettings.model_validate({**COMPANY, "web": {"host": host}})
        assert web_address(settings, 1) == f"http://{shown}:1"
