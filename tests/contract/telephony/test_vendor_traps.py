"""What each vendor is known to do to whoever trusts it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stamina
import time_machine
from tests.contract.onec.scripted_server import ScriptedServer, answer
from tests.contract.telephony.vendors import (
    KEY,
    NOW,
    SECRET,
    Mango,
    Miko,
    MikoPanel,
    Sipuni,
    Uis,
    Vendor,
    Zadarma,
    json_answer,
    opened,
)

from provodka.connectors.telephony.pbx import PBXES
from provodka.connectors.telephony.source import CallPage, CallSource
from provodka.flows.calls.recordings import GivesLinks
from provodka.foundation.errors import AccessDenied, Refused, SystemUnavailable

SECRETS = {"key": KEY, "token": KEY, "secret": SECRET, "salt": SECRET}
Connect = Callable[..., CallSource]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens sources over stand-ins, and closes all."""
    stamina.set_testing(True, attempts=2, cap=True)
    with ExitStack() as ways:

        def open_one(vendor: Vendor, **more: Any) -> CallSource:
            server = ways.enter_context(ScriptedServer([vendor]))
            about = vendor.options() | {"name": "cloud", "zone": "Asia/Yekaterinburg"} | more
            pbx = PBXES[about["kind"]]
            options = pbx.options.model_validate(about | {"url": server.url})
            return ways.enter_context(closing(pbx.open(options, SECRETS)))

        yield open_one
    stamina.set_testing(False)


def pages(source: CallSource, position: Any = None, now: datetime = NOW) -> list[CallPage]:
    found = [source.read(position, now=now)]
    while found[-1].more:
        found.append(source.read(found[-1].position, now=now))
    return found


def keys(found: list[CallPage]) -> set[str]:
    return {leg.linkedid for page in found for leg in page.legs}


def test_zadarma_is_never_asked_for_more_than_a_month_or_a_thousand_rows(connect: Connect) -> None:
    zadarma = opened("zadarma")
    pages(connect(zadarma, first_days=200))
    assert len(zadarma.asked) >= 6
    assert all(int(asked["limit"]) <= 1000 for asked in zadarma.asked)


def test_zadarma_goes_on_behind_a_full_page_and_after_a_stop_in_between(connect: Connect) -> None:
    zadarma = opened("zadarma")
    assert isinstance(zadarma, Zadarma)
    zadarma.rows = [
        zadarma.rows[0] | {"call_id": f"{number}.1", "pbx_call_id": f"in_{number:032}"}
        for number in range(1500)
    ]
    first = connect(zadarma).read(None, now=NOW)
    assert (len(first.legs), first.more) == (1000, True)
    rest = pages(connect(zadarma), first.position, NOW + timedelta(minutes=1))
    assert len(keys([first, *rest])) == 1500


def test_zadarma_is_left_alone_for_minutes_once_it_has_been_read(connect: Connect) -> None:
    zadarma = opened("zadarma")
    source = connect(zadarma)
    position = pages(source)[-1].position
    asked = len(zadarma.asked)
    early = source.read(position, now=NOW + timedelta(minutes=4))
    assert (len(zadarma.asked), early.position, early.more) == (asked, position, False)
    source.read(position, now=NOW + timedelta(minutes=5))
    assert len(zadarma.asked) == asked + 1


def test_mango_prepares_its_report_and_is_asked_again_later(connect: Connect) -> None:
    mango = opened("mango")
    assert isinstance(mango, Mango)
    mango.patience = 2
    source = connect(mango, first_days=1)
    waiting = pages(source)
    assert keys(waiting) == set()
    still = pages(connect(mango, first_days=1), waiting[-1].position, NOW + timedelta(minutes=1))
    ready = pages(source, still[-1].position, NOW + timedelta(minutes=2))
    assert len(keys(ready)) == 4
    assert len(mango.asked) == 2, "one order, and the one for what came meanwhile"


def test_mango_forgets_an_order_and_gets_a_new_one(connect: Connect) -> None:
    mango = opened("mango")
    assert isinstance(mango, Mango)
    mango.patience = 1
    source = connect(mango, first_days=1)
    position = pages(source)[-1].position
    for minutes in (61, 62, 63):
        found = pages(source, position, NOW + timedelta(minutes=minutes))
        position = found[-1].position
        if keys(found):
            break
    assert len(keys(found)) == 4
    assert mango.asked[0] == mango.asked[1], "the same span is ordered once more"


def test_a_probe_of_mango_says_that_the_report_is_not_ready(connect: Connect) -> None:
    mango = opened("mango")
    assert isinstance(mango, Mango)
    mango.patience = 1
    reach = connect(mango).probe(now=NOW)
    assert (reach.pending, reach.newest) == (True, None)


@pytest.mark.parametrize(
    ("mnemonic", "kind"),
    [
        ("access_token_expired", AccessDenied),
        ("ip_not_whitelisted", AccessDenied),
        ("limit_exceeded", SystemUnavailable),
        ("tariff_restrictions", Refused),
    ],
)
def test_uis_says_its_errors_with_200(
    connect: Connect, mnemonic: str, kind: type[Exception]
) -> None:
    uis = opened("uis")
    error = {"code": -32000, "message": "no", "data": {"mnemonic": mnemonic}}
    uis.trouble = [json_answer({"jsonrpc": "2.0", "error": error})]
    with pytest.raises(kind) as trouble:
        connect(uis).read(None, now=NOW)
    assert type(trouble.value) is kind


def test_uis_pages_of_calls_come_with_their_legs(connect: Connect) -> None:
    uis = opened("uis")
    assert isinstance(uis, Uis)
    first_call, first_leg = uis.rows[0], uis.rung[0]
    uis.rows = [first_call | {"id": number} for number in range(700)]
    uis.rung = [first_leg | {"id": number, "call_session_id": number} for number in range(700)]
    found = pages(connect(uis, first_days=1))
    assert len(keys(found)) == 700
    rung = {leg.linkedid for page in found for leg in page.legs if leg.operator}
    assert len(rung) == 700


def test_what_sipuni_silently_cuts_is_asked_for_by_smaller_spans(connect: Connect) -> None:
    sipuni = opened("sipuni")
    assert isinstance(sipuni, Sipuni)
    head = sipuni.rows[0].splitlines()[0]
    row = "Входящий;Не отвечен;{day:02}.01.2026 1{hour}:00:00;;+79990000001;+73432000000;;5;0;"
    days = [row.format(day=day, hour=hour) for day in range(2, 31) for hour in range(5)]
    sipuni.rows = ["\n".join([head, *days]) + "\n"]
    sipuni.most = 12
    assert len(keys(pages(connect(sipuni)))) == len(days)


def test_sipuni_is_asked_by_weeks_at_most(connect: Connect) -> None:
    sipuni = opened("sipuni")
    pages(connect(sipuni, first_days=60))
    spans = [
        datetime.strptime(asked["to"], "%d.%m.%Y") - datetime.strptime(asked["from"], "%d.%m.%Y")  # noqa: DTZ007
        for asked in sipuni.asked
    ]
    assert max(spans) <= timedelta(days=6)


def test_an_answer_of_sipuni_without_its_columns_is_no_empty_day(connect: Connect) -> None:
    sipuni = opened("sipuni")
    sipuni.trouble = [answer(200, "hash is wrong"), answer(200, "maintenance")]
    source = connect(sipuni)
    with pytest.raises(AccessDenied):
        source.read(None, now=NOW)
    with pytest.raises(SystemUnavailable):
        source.read(None, now=NOW)


def test_mikopbx_is_never_asked_for_more_than_it_answers(connect: Connect) -> None:
    miko = opened("mikopbx")
    assert isinstance(miko, Miko)
    miko.rows = [
        miko.rows[0] | {"id": number, "UNIQUEID": f"u{number}", "linkedid": f"l{number}"}
        for number in range(1, 2501)
    ]
    found = pages(connect(miko, first_days=700))
    assert len(keys(found)) == 2500
    assert [asked.get("idFrom") for asked in miko.asked][-2:] == ["1000", "2000"]


def test_a_call_of_mikopbx_that_still_goes_on_comes_when_it_is_over(connect: Connect) -> None:
    miko = opened("mikopbx")
    over = miko.rows[3]
    miko.rows[3] = over | {"endtime": "", "work_completed": "0"}
    source = connect(miko)
    first = pages(source)
    assert len(keys(first)) == 3
    assert not any(page.bad for page in first)
    miko.rows[3] = over
    assert len(keys(pages(source, first[-1].position, NOW + timedelta(minutes=5)))) == 4


def test_a_recording_that_mikopbx_adds_later_is_read_within_the_hour(connect: Connect) -> None:
    miko = opened("mikopbx")
    told, miko.rows[0] = miko.rows[0], miko.rows[0] | {"recordingfile": ""}
    source = connect(miko)
    position = pages(source)[-1].position
    miko.rows[0] = told
    later = NOW + timedelta(hours=20)
    position = pages(source, position, later)[-1].position
    found = pages(source, position, later + timedelta(hours=1))
    assert any(leg.recording for page in found for leg in page.legs)


def test_times_of_mikopbx_that_cannot_be_are_mended(connect: Connect) -> None:
    miko = opened("mikopbx")
    miko.rows[0]["answer"] = "2026-01-30 14:00:00.000"
    miko.rows[0]["endtime"] = "2026-01-30 14:00:00.000"
    [leg] = [leg for page in pages(connect(miko)) for leg in page.legs if leg.did and leg.billsec]
    assert leg.end == datetime(2026, 1, 31, 9, 1, 10, tzinfo=UTC)
    assert leg.answer == datetime(2026, 1, 31, 9, 0, 10, tzinfo=UTC)


def test_both_of_mikopbxs_words_for_no_answer_mean_the_same(connect: Connect) -> None:
    miko = opened("mikopbx")
    miko.rows[3] |= {"disposition": "NO ANSWER"}
    said = [leg.disposition for page in pages(connect(miko)) for leg in page.legs]
    assert said.count("NO ANSWER") == 2


def test_the_panel_of_mikopbx_is_read_page_by_page_and_decoded(connect: Connect) -> None:
    panel = opened("miko panel")
    assert isinstance(panel, MikoPanel)
    panel.rows += [
        panel.rows[0] | {"id": number, "UNIQUEID": f"u{number}", "linkedid": f"l{number}"}
        for number in range(41, 1441)
    ]
    source = connect(panel)
    found = pages(source)
    assert len(keys(found)) == 1404
    assert any("1 запись.mp3" in leg.recording for page in found for leg in page.legs)
    panel.asked.clear()
    pages(source, found[-1].position)
    assert [asked["offset"] for asked in panel.asked] == ["840", "1440"]


def test_the_panels_xml_with_entities_is_refused(connect: Connect) -> None:
    panel = opened("miko panel")
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "yyyy">]><a>&x;</a>'
    panel.trouble = [answer(200, bomb), answer(200, bomb)]
    with pytest.raises(SystemUnavailable):
        connect(panel).read(None, now=NOW)


@pytest.mark.requirement("S-7")
def test_zadarma_gives_a_link_to_a_recording_and_says_until_when(connect: Connect) -> None:
    source = connect(opened("zadarma"))
    [name, *_others] = [
        leg.recording for page in pages(source) for leg in page.legs if leg.recording
    ]
    assert isinstance(source, GivesLinks)
    link, until = source.recording_link(name)
    assert (name in link, until) == (True, NOW + timedelta(hours=1))


def test_mangos_links_to_recordings_are_signed_and_end_in_an_hour(connect: Connect) -> None:
    source = connect(opened("mango"), first_days=1)
    recorded = [leg.recording for page in pages(source) for leg in page.legs if leg.recording]
    assert isinstance(source, GivesLinks)
    with time_machine.travel(NOW, tick=False):
        link, until = source.recording_link(recorded[0])
    assert until == NOW + timedelta(hours=1)
    *_host, name, action, key, expires, sign = link.split("/")
    assert (name, action, key) == (recorded[0], "download", KEY)
    assert expires == str(int(until.timestamp()))
    assert sign == hashlib.sha256(f"{KEY}{expires}{name}{SECRET}".encode()).hexdigest()


def test_uis_and_megafon_give_links_with_the_calls(connect: Connect) -> None:
    for kind in ("uis", "megafon"):
        found = [leg for page in pages(connect(opened(kind))) for leg in page.legs if leg.whole]
        assert [leg.recording.startswith("https://") for leg in found] == [
            bool(leg.talk) for leg in found
        ]
