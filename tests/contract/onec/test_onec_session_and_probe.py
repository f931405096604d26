"""The 1C session between requests, and what a probe finds out."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.contract.onec.opening import OpenBase
from tests.contract.onec.scripted_server import DROP, answer, rows

from provodka.connectors.onec.odata.probe import Level
from provodka.connectors.onec.odata.query import Query
from provodka.foundation.errors import Refused

KEY = UUID("41aa6331-954f-11e3-814b-005056c00008")
NARROW = Query(select=("Ref_Key",))
STARTED = answer(
    200, {"value": []}, Set_Cookie="vrs=1; Path=/, ibsession=abc; Path=/base; HttpOnly"
)
SERVICE = {
    "value": [
        {"name": "Catalog_Контрагенты", "url": "Catalog_Контрагенты"},
        {"name": "Document_СчетНаОплатуПокупателю", "url": "Document_СчетНаОплатуПокупателю"},
        {"name": "InformationRegister_Курсы", "url": "InformationRegister_Курсы"},
    ]
}
RIGHTS = {"odata.error": {"code": "20", "message": {"value": "Нарушение прав доступа"}}}


def test_without_the_setting_no_session_is_asked_for(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(STARTED)
    list(base.read_pages("Catalog_A", NARROW))
    list(base.read_pages("Catalog_A", NARROW))
    assert all("ibsession" not in one.headers for one in server.seen)
    assert all("cookie" not in one.headers for one in server.seen)


def test_a_session_is_started_once_carried_and_finished(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(STARTED, rows(), sessions=True)
    list(base.read_pages("Catalog_A", NARROW))
    list(base.read_pages("Catalog_A", NARROW))
    base.close()
    first, second, last = server.seen
    assert first.headers["ibsession"] == "start"
    assert second.headers["cookie"] == "ibsession=abc"
    assert "ibsession" not in second.headers
    assert (last.headers["cookie"], last.headers["ibsession"]) == ("ibsession=abc", "finish")


@pytest.mark.parametrize("status", [400, 500])
def test_a_session_that_the_base_dropped_is_started_again_and_the_read_repeated(
    base_that_answers: OpenBase, status: int
) -> None:
    base, server = base_that_answers(
        STARTED, answer(status, "no session"), STARTED, rows({"n": "1"}), sessions=True
    )
    list(base.read_pages("Catalog_A", NARROW))
    list(base.read_pages("Catalog_A", NARROW))
    assert [one.headers.get("ibsession") for one in server.seen] == ["start", None, "start"]


def test_a_write_turned_away_for_its_session_is_sent_in_a_new_one(
    base_that_answers: OpenBase,
) -> None:
    gone = answer(400, "Сеанс отсутствует или удален")
    base, server = base_that_answers(STARTED, gone, STARTED, sessions=True)
    list(base.read_pages("Catalog_A", NARROW))
    base.post("Document_A", KEY)
    assert [one.headers.get("ibsession") for one in server.seen] == ["start", None, "start"]


def test_a_write_that_the_base_rejects_is_not_sent_again_in_a_new_session(
    base_that_answers: OpenBase,
) -> None:
    wrong = {"odata.error": {"code": "1", "message": {"value": "Не удалось разобрать"}}}
    base, server = base_that_answers(STARTED, answer(400, wrong), sessions=True)
    list(base.read_pages("Catalog_A", NARROW))
    with pytest.raises(Refused):
        base.post("Document_A", KEY)
    assert len(server.seen) == 2


def test_a_write_on_a_dropped_session_is_not_repeated_by_itself(
    base_that_answers: OpenBase,
) -> None:
    base, server = base_that_answers(STARTED, answer(500, "отказ"), rows(), sessions=True)
    list(base.read_pages("Catalog_A", NARROW))
    with pytest.raises(Refused, match="отказ"):
        base.post("Document_A", KEY)
    assert len(server.seen) == 2
    list(base.read_pages("Catalog_A", NARROW))
    assert server.seen[2].headers["ibsession"] == "start"


@pytest.mark.requirement("R116")
def test_a_base_that_keeps_no_sessions_is_used_without(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(answer(200, SERVICE), rows(), sessions=True)
    found = base.probe()
    list(base.read_pages("Catalog_A", NARROW))
    assert found.sessions is False
    assert "no_sessions" in [finding.code for finding in found.findings]
    assert "ibsession" not in server.seen[1].headers


@pytest.mark.requirement("R116", "S-2")
def test_a_healthy_base_is_recognised_with_what_it_publishes(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(answer(200, SERVICE, Server="Microsoft-IIS/10.0"), rows())
    found = base.probe(["Catalog_Контрагенты", "InformationRegister_Курсы"])
    assert found.ready
    assert found.reachable
    assert found.configuration == "Бухгалтерия предприятия 3.0"
    assert found.server == "Microsoft-IIS/10.0"
    assert found.latency is not None
    assert len(found.published) == 3
    assert found.missing == found.unreadable == ()
    assert found.if_match is None
    assert len(server.seen) == 2


def test_the_service_list_is_read_from_atom_too(base_that_answers: OpenBase) -> None:
    atom = (
        '<service xmlns="http://www.w3.org/2007/app"><workspace>'
        '<collection href="Catalog_Банки"/></workspace></service>'
    )
    base, _server = base_that_answers(answer(200, atom))
    assert base.probe().published == {"Catalog_Банки"}


@pytest.mark.requirement("R116")
def test_a_set_that_is_not_published_is_a_finding_with_the_way_to_publish_it(
    base_that_answers: OpenBase,
) -> None:
    base, _server = base_that_answers(answer(200, SERVICE))
    found = base.probe(["Catalog_Номенклатура"])
    assert not found.ready
    assert found.missing == ("Catalog_Номенклатура",)
    bad = next(one for one in found.findings if one.level is Level.BAD)
    assert "Catalog_Номенклатура" in bad.text
    assert "REST-сервиса" in bad.next_step


def test_a_base_that_publishes_nothing_says_so(base_that_answers: OpenBase) -> None:
    base, _server = base_that_answers(answer(200, {"value": []}))
    assert "nothing_published" in [one.code for one in base.probe().findings]


def test_missing_rights_are_a_finding_in_the_bases_words(base_that_answers: OpenBase) -> None:
    base, _server = base_that_answers(answer(200, SERVICE), answer(401, RIGHTS))
    found = base.probe(["Catalog_Контрагенты"])
    assert found.unreadable == ("Catalog_Контрагенты",)
    assert any("Нарушение прав доступа" in one.text for one in found.findings)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (DROP, "unavailable"),
        (answer(401), "bad_login"),
        (answer(404), "no_service"),
        (answer(406), "no_session"),
        (answer(200, "<html>"), "senseless_answer"),
        (answer(200, "<service"), "senseless_answer"),
        (answer(301, Location="https://x/y"), "moved"),
    ],
)
def test_a_base_that_cannot_be_used_is_a_finding_and_not_a_crash(
    base_that_answers: OpenBase, script: bytes, code: str
) -> None:
    base, _server = base_that_answers(script)
    found = base.probe(["Catalog_A"])
    assert not found.ready
    assert [one.code for one in found.findings] == [code]
    assert found.findings[0].next_step
