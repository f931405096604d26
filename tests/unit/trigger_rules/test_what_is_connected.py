"""What `hub.yaml` connects decides what a check of rules warns of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provodka.flows.insight.connected import connected
from provodka.flows.settings import HubSettings
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.unproduced import unproduced

RULE = """
scenario:
  code: sales
  name: Продажи
  stages:
    - {code: proposal, name: Предложение}
    - {code: won, name: Выиграна, kind: won}
    - {code: lost, name: Проиграна, kind: lost}
  always_planned: {subject: Связаться с клиентом}
rules:
  - name: r
    title: Правило
    when: EVENT
    do:
      - DO
"""
MAIL = {"sender": "crm@romashka.example", "smtp": {"host": "smtp.romashka.example"}}
PIXEL = {**MAIL, "pixel": "https://hub.example/p"}
PBX = {"name": "office", "path": "/var/log/asterisk/Master.csv"}
AMI = {"host": "pbx.example", "login": "provodka", "password_env": "AMI"}


def warnings(tmp_path: Path, when: str, do: str, **settings: Any) -> list[str]:
    """Codes of what a check of one rule says with such settings."""
    path = tmp_path / "rules.yaml"
    path.write_text(RULE.replace("EVENT", when).replace("DO", do), encoding="utf-8")
    company = {"name": "ООО «Ромашка»", "inn": "7707083893"}
    hub = HubSettings.model_validate({"company": company, **settings})
    return [one.code for one in unproduced(RuleBook.load([path]), connected(hub))]


@pytest.mark.parametrize(
    ("telephony", "found"),
    [((), ["nobody_dials"]), ((PBX,), ["nobody_dials"]), ((PBX, {**PBX, "ami": AMI}), [])],
    ids=["no pbx", "a log alone", "ami"],
)
def test_a_call_that_no_pbx_would_place_is_warned_of(
    tmp_path: Path, telephony: tuple[dict[str, Any], ...], found: list[str]
) -> None:
    do = "dial: {employee: responsible}"
    named = [{**one, "name": f"pbx{index}"} for index, one in enumerate(telephony)]
    assert warnings(tmp_path, "{stage_entered: proposal}", do, telephony=named) == found


@pytest.mark.parametrize(
    ("said", "ami", "found"),
    [
        ("recording: hello", None, ["nobody_speaks"]),
        ("recording: hello", AMI, []),
        ("text: Здравствуйте", AMI, ["nobody_speaks"]),
        ("text: Здравствуйте", {**AMI, "voice_context": "robot"}, []),
    ],
    ids=["no ami", "a recording", "nobody to speak it", "a text"],
)
def test_a_robot_that_no_pbx_gives_a_voice_to_is_warned_of(
    tmp_path: Path, said: str, ami: dict[str, str] | None, found: list[str]
) -> None:
    pbx = {**PBX, "ami": ami} if ami else PBX
    do = f"voice_call: {{{said}}}"
    assert warnings(tmp_path, "{stage_entered: proposal}", do, telephony=[pbx]) == found


@pytest.mark.parametrize(
    ("mail", "web", "found"),
    [
        (MAIL, {"secret_env": "LETTERS"}, ["unproduced_event"]),
        (PIXEL, {}, ["unproduced_event"]),
        (PIXEL, None, ["unproduced_event"]),
        (PIXEL, {"secret_env": "LETTERS"}, []),
    ],
    ids=["no pixel", "no secret", "no door", "pixels"],
)
def test_letters_are_seen_read_where_the_door_has_pixels(
    tmp_path: Path, mail: dict[str, Any], web: dict[str, Any] | None, found: list[str]
) -> None:
    do = "notify: {to: head, subject: с, text: т}"
    assert warnings(tmp_path, "mail_read", do, mail=mail, web=web) == found


def test_pixels_bring_no_other_event_of_mail(tmp_path: Path) -> None:
    do = "notify: {to: head, subject: с, text: т}"
    web = {"secret_env": "LETTERS"}
    assert warnings(tmp_path, "mail_received", do, mail=PIXEL, web=web) == ["unproduced_event"]
