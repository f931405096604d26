"""Calls that the hub places: the right telephones, now or never, never twice."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.contract.onec.scripted_server import ScriptedServer
from tests.contract.telephony.vendors import KEY, Vendor, opened
from tests.contract.telephony.vendors import SECRET as SALT
from tests.flow.calls_desk import NOON, calls_store, insert, kept_store, rows
from tests.flow.trigger_company import Company
from tests.unit.telephony.ami_stand_in import SECRET, StandIn, stand_in

from provodka.connectors.telephony.options import Ami, PbxOptions
from provodka.connectors.telephony.pbx import PBXES
from provodka.flows.calls.asking import Asked, Robot, ask_for
from provodka.flows.calls.dialling import TOO_LATE, DialCourier
from provodka.flows.deliver.loop import deliver
from provodka.foundation.identifiers import uuid7
from provodka.trigger_rules.book import RuleBook

__all__ = ["calls_store", "kept_store"]

REFUSED = b"Response: Error\r\nActionID: %s\r\nMessage: Permission denied\r\n\r\n"


@dataclass
class Office:
    """A PBX that can be asked for calls, and the errands of the hub."""

    store: Engine
    server: StandIn
    pbxes: tuple[PbxOptions, ...] = ()

    def ask(self, number: str = "+79990000001", key: str = "rule|1", pbx: str = "") -> None:
        with self.store.begin() as connection:
            call = Asked("101", number, NOON, pbx)
            ask_for(connection, call, key=key, about=("client", uuid7()))

    def say(self, text: str = "", recording: str = "", voice: str | None = "robot") -> None:
        """A robot is to call; `voice` is the context of the PBX that speaks texts."""
        with self.store.begin() as connection:
            call = Robot("+79990000001", NOON, text, recording)
            ask_for(connection, call, key="rule|robot", about=("client", uuid7()))
        ami = Ami(
            host="127.0.0.1", port=self.server.port, login="hub", password_env="AMI_PASSWORD",
            voice_context=voice,
        )  # fmt: skip
        self.pbxes = (PbxOptions(name="cloud"), PbxOptions(name="office", ami=ami))

    def carry(self, late: timedelta = timedelta(seconds=1)) -> None:
        """A round, so long after the calls were asked for; waits of attempts are over."""
        with self.store.begin() as connection:
            connection.execute(
                text(
                    "UPDATE hub.outbox SET due_at = now() - interval '1 s',"
                    " intent_at = intent_at - interval '1 hour'"
                )
            )
        ami = Ami(host="127.0.0.1", port=self.server.port, login="hub", password_env="AMI_PASSWORD")
        courier = DialCourier(
            self.pbxes or [PbxOptions(name="cloud"), PbxOptions(name="office", ami=ami)],
            self.store,
            lambda: NOON + late,
        )
        deliver(self.store, courier)

    @property
    def placed(self) -> list[str]:
        return [one["Exten"] for one in self.server.heard if one["Action"] == "Originate"]

    @property
    def errand(self) -> tuple[str, str | None]:
        [row] = rows(self.store, "SELECT state, trouble FROM hub.outbox")
        return row.state, (row.trouble or {}).get("code")


@pytest.fixture
def office(calls_store: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("AMI_PASSWORD", SECRET)
    with stand_in() as server:
        yield Office(calls_store, server)


@pytest.mark.requirement("R66")
def test_the_employee_s_telephone_rings_and_then_the_client_s(office: Office) -> None:
    office.ask()
    office.carry()
    [asked] = [one for one in office.server.heard if one["Action"] == "Originate"]
    assert (asked["Channel"], asked["Exten"], asked["Context"]) == (
        "PJSIP/101", "89990000001", "from-internal",
    )  # fmt: skip
    [row] = rows(office.store, "SELECT state, result, marker FROM hub.outbox")
    assert (row.state, row.result["call_key"]) == ("delivered", asked["ChannelId"])


@pytest.mark.requirement("R52")
def test_a_robot_calls_the_client_and_the_dialplan_gets_the_text(office: Office) -> None:
    """Commas and quotes of a text would end a variable in AMI, and a line end the whole request."""
    said = "Заказ №7, «Вода», 2 шт.\r\nAction: Logoff"
    office.say(said)
    office.carry()
    [asked] = [one for one in office.server.heard if one["Action"] == "Originate"]
    name, _is, text = asked["Variable"].partition("=")
    assert (name, b64decode(text).decode()) == ("PROVODKA_TEXT", said)
    assert (asked["Channel"], asked["Context"], asked["Exten"]) == (
        "Local/89990000001@from-internal", "robot", "s",
    )  # fmt: skip
    assert [one["Action"] for one in office.server.heard].count("Logoff") <= 1
    [row] = rows(office.store, "SELECT state, result FROM hub.outbox")
    assert (row.state, row.result["call_key"]) == ("delivered", asked["ChannelId"])


@pytest.mark.requirement("R52")
def test_a_robot_plays_a_recording_without_any_dialplan(office: Office) -> None:
    office.say(recording="custom/delivery", voice=None)
    office.carry()
    [asked] = [one for one in office.server.heard if one["Action"] == "Originate"]
    assert (asked["Application"], asked["Data"]) == ("Playback", "custom/delivery")
    assert "Context" not in asked


def test_a_text_that_no_pbx_speaks_is_refused_by_name_and_nobody_is_called(office: Office) -> None:
    office.say("Заказ принят", voice=None)
    office.carry()
    assert office.errand == ("dead", "nobody_speaks")
    assert not [one for one in office.server.heard if one["Action"] == "Originate"]


def test_a_robot_whose_answer_was_lost_does_not_call_again(office: Office) -> None:
    office.server.answers["Originate"] = None
    office.say("Заказ принят")
    office.carry()
    office.server.answers.clear()
    office.carry()
    assert office.errand == ("dead", "dial_unknown")
    assert [one["Action"] for one in office.server.heard].count("Originate") == 1


def test_a_call_asked_for_twice_under_one_key_is_placed_once(office: Office) -> None:
    for _time in range(2):
        office.ask()
        office.carry()
    assert office.placed == ["89990000001"]


def test_a_call_whose_answer_was_lost_is_not_dialled_again(office: Office) -> None:
    office.server.answers["Originate"] = None
    office.ask()
    office.carry()
    assert office.errand[0] in ("unsure", "sending", "waiting")
    office.server.answers.clear()
    office.carry()
    assert office.errand == ("dead", "dial_unknown")
    assert len(office.placed) == 1


def test_a_call_whose_answer_was_lost_is_found_among_those_that_go_on(office: Office) -> None:
    office.server.answers["Originate"] = None
    office.ask()
    office.carry()
    with office.store.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO hub.live_call (source, call_key, started_at, at)"
                " SELECT 'office', marker, now(), now() FROM hub.outbox"
            )
        )
    office.carry()
    assert office.errand == ("delivered", None)
    assert len(office.placed) == 1


def test_a_call_that_waited_too_long_is_not_placed(office: Office) -> None:
    office.ask()
    office.carry(late=TOO_LATE + timedelta(seconds=1))
    assert (office.placed, office.errand) == ([], ("dead", "dialled_late"))


def test_a_pbx_that_comes_back_in_time_places_the_call_once(office: Office) -> None:
    office.ask()
    office.server.close()
    office.carry()
    assert office.errand[0] == "waiting"
    with stand_in() as again:
        office.server = again
        office.carry()
        assert (office.placed, office.errand[0]) == (["89990000001"], "delivered")


def test_what_the_pbx_refuses_is_told_with_its_words(office: Office) -> None:
    office.server.answers["Originate"] = REFUSED
    office.ask()
    office.carry()
    assert office.errand == ("dead", "not_dialled")


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("+79990000001", ["89990000001"]),
        ("+375290000001", ["810375290000001"]),
        ("102", ["102"]),
        ("101\r\nAction: Command", []),
        ("anonymous", []),
    ],
)
def test_only_what_a_telephone_can_dial_is_dialled(
    office: Office, number: str, dialled: list[str]
) -> None:
    office.ask(number)
    office.carry()
    assert office.placed == dialled


def test_a_pbx_that_cannot_place_calls_is_named(office: Office) -> None:
    office.ask(pbx="cloud")
    office.carry()
    assert office.errand == ("dead", "no_ami")


@pytest.fixture
def cloud(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    """The office has a PBX in the cloud alone, which tells no key of the calls it places."""
    monkeypatch.setenv("PBX_KEY", KEY)
    monkeypatch.setenv("PBX_SECRET", SALT)
    vendor = opened("mango")
    with ScriptedServer([vendor]) as server:
        options = PBXES["mango"].options
        about = vendor.options() | {"name": "cloud", "url": server.url}
        office.pbxes = (PbxOptions(name="log"), options.model_validate(about))
        yield vendor


@pytest.mark.requirement("R66")
def test_a_cloud_pbx_places_the_call_through_its_own_api(office: Office, cloud: Vendor) -> None:
    office.ask()
    office.carry()
    office.carry()
    assert cloud.placed == [("101", "79990000001", "")]
    assert office.errand == ("delivered", None)


def test_a_call_whose_answer_the_cloud_lost_is_not_placed_again(
    office: Office, cloud: Vendor
) -> None:
    cloud.trouble.append(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")
    office.ask()
    office.carry()
    assert office.errand[0] in ("unsure", "sending", "waiting")
    office.carry()
    assert office.errand == ("dead", "dial_unknown")
    assert len(cloud.placed) == 1


def test_a_call_whose_answer_the_cloud_lost_is_known_by_who_called_whom(
    office: Office, cloud: Vendor
) -> None:
    cloud.trouble.append(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")
    office.ask()
    office.carry()
    insert(
        office.store, "call", source="cloud", call_key="e1", direction="outgoing", extension="101",
        client_number="+79990000001", outcome="answered", started_at=NOON + timedelta(seconds=4),
    )  # fmt: skip
    office.carry()
    assert office.errand == ("delivered", None)
    assert len(cloud.placed) == 1


def test_a_call_of_an_hour_ago_is_not_the_one_whose_answer_was_lost(
    office: Office, cloud: Vendor
) -> None:
    cloud.trouble.append(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")
    office.ask()
    office.carry()
    insert(
        office.store, "call", source="cloud", call_key="e1", direction="outgoing", extension="101",
        client_number="+79990000001", outcome="answered", started_at=NOON - timedelta(hours=1),
    )  # fmt: skip
    office.carry()
    assert office.errand == ("dead", "dial_unknown")


RULES = """
scenario:
  code: sales
  name: Продажи
  stages:
    - {code: first, name: Первый}
    - {code: won, name: Выиграна, kind: won}
    - {code: lost, name: Проиграна, kind: lost}
  always_planned: {subject: Связаться с клиентом}
robots:
  - {name: ring, title: Соединить, stage: first, do: [dial: {number: client.phone}]}
  - name: say
    title: Сказать
    stage: first
    do: [voice_call: {number: client.phone, text: 'Заказ {{ deal.number }} принят'}]
"""


@pytest.mark.requirement("R54")
def test_a_rule_asks_once_for_a_call_of_the_responsible_and_once_for_that_of_a_robot(
    store: Engine, tmp_path: Path
) -> None:
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    company = Company(store, RuleBook.load([tmp_path / "rules.yaml"]))
    company.update("employee", company.manager, extension="101")
    key = company.deal(scenario="sales", stage="first")
    client = company.rows("SELECT client_id FROM crm.deal WHERE id = :id", id=key)[0].client_id
    company.update("client", client, phone="+79990000001")
    company.react()
    company.react()
    dialled, said = company.rows("SELECT * FROM hub.outbox WHERE target = 'dial' ORDER BY id")
    asked = dialled.payload
    assert (asked["extension"], asked["number"]) == ("101", "+79990000001")
    number = company.rows("SELECT number FROM crm.deal WHERE id = :id", id=key)[0].number
    assert (said.operation, said.payload["text"]) == ("call.say", f"Заказ {number} принят")
