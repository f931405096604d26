"""`provodka up` keeps the door's process alive where `hub.yaml` has a door."""

from __future__ import annotations

from pathlib import Path

from provodka.flows.settings import Environment, HubSettings
from provodka.flows.web_child import web_address, web_children

COMPANY = {"company": {"name": "ООО «Ромашка»", "inn": "7707083893"}}
PLACE = Environment(config=Path("/etc/hub.yaml"), home=Path("/var/hub"), database_url="postgresql:")


def test_a_hub_without_a_door_has_no_process_for_it() -> None:
    settings = HubSettings.model_validate(COMPANY)
    assert web_children(PLACE, settings) == []
    assert web_address(settings) is None


def test_the_process_is_told_where_everything_is() -> None:
    settings = HubSettings.model_validate({**COMPANY, "web": {"port": 8800}})
    [child] = web_children(PLACE, settings)
    assert child.module == "provodka.flows.web_process"
    assert child.environment["PROVODKA_DATABASE_URL"] == "postgresql:"
    assert child.log_file == Path("/var/hub/logs/web.log")
    assert web_address(settings) == "http://127.0.0.1:8800"
