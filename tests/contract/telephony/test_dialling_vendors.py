"""Calls placed through the vendors' own APIs: once, to the right telephones, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any, cast

import pytest
import stamina
from tests.contract.onec.scripted_server import ScriptedServer, answer
from tests.contract.telephony.vendors import KEY, SECRET, Vendor, opened

from provodka.connectors.telephony.dialing import Dialer, Wanted
from provodka.connectors.telephony.pbx import PBXES
from provodka.foundation.errors import (
    AccessDenied,
    ProvodkaError,
    Refused,
    SystemUnavailable,
    UnknownOutcome,
)

KINDS = ("zadarma", "mango", "uis", "megafon", "sipuni")
SHOWS_LINE = {"mango", "uis", "megafon"}
KEYS = {"uis": "237859081", "megafon": "177300001"}
SECRETS = {"key": KEY, "token": KEY, "secret": SECRET, "salt": SECRET}
HTML = answer(200, "<!DOCTYPE html><title>Вход</title>", Content_Type="text/html")


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    """Repeats at once, and not for long."""
    stamina.set_testing(True, attempts=2, cap=True)
    yield
    stamina.set_testing(False)


@dataclass
class Cloud:
    """A vendor that answers, its server, and the ways to it that are open."""

    kind: str
    vendor: Vendor
    server: ScriptedServer
    ways: ExitStack

    def dialer(self, **wrong: str) -> Dialer:
        about: dict[str, Any] = self.vendor.options() | {"name": "cloud", "url": self.server.url}
        if self.kind in SHOWS_LINE:
            about["line"] = "+74950000001"
        if self.kind == "uis":
            about["call_url"] = f"{self.server.url}/v4.0"
        pbx = PBXES[self.kind]
        options = pbx.options.model_validate(about)
        assert options.can_dial
        return cast(Dialer, self.ways.enter_context(closing(pbx.open(options, SECRETS | wrong))))

    def dial(self, extension: str = "101", number: str = "+79990000001", **wrong: str) -> str:
        wanted = Wanted(extension, number, "provodka-1")
        return self.dialer(**wrong).dial(wanted, before=lambda: None)


@pytest.fixture(params=KINDS)
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    vendor = opened(request.param)
    with ScriptedServer([vendor]) as server, ExitStack() as ways:
        yield Cloud(request.param, vendor, server, ways)


@pytest.mark.requirement("R66")
def test_the_vendor_is_asked_for_the_right_telephones(cloud: Cloud) -> None:
    key = cloud.dial()
    shown = "74950000001" if cloud.kind in SHOWS_LINE else ""
    assert cloud.vendor.placed == [("101", "79990000001", shown)]
    assert key == KEYS.get(cloud.kind, "")


def test_what_the_vendor_does_not_dial_is_told_with_its_words(cloud: Cloud) -> None:
    with pytest.raises(Refused) as trouble:
        cloud.dial("199")
    assert (trouble.value.code, cloud.vendor.placed) == ("not_dialled", [])
    assert trouble.value.next_step


def test_a_key_without_the_right_to_call_is_told(cloud: Cloud) -> None:
    with pytest.raises(AccessDenied):
        cloud.dial(key="x", token="x", secret="x", salt="x")
    assert cloud.vendor.placed == []


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda _whole: HTML,
        lambda whole: whole.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)[:-3],
        lambda _whole: answer(500, "oops"),
        lambda _whole: answer(502, "gateway"),
    ],
    ids=["a page", "half an answer", "500", "502"],
)
def test_an_answer_that_says_nothing_leaves_the_outcome_unknown_and_one_call(
    cloud: Cloud, spoiled: Any
) -> None:
    honest = cloud.vendor.trouble
    if cloud.kind == "uis":
        honest.append(lambda whole: whole)
    honest.append(spoiled)
    with pytest.raises(UnknownOutcome):
        cloud.dial()
    assert len(cloud.vendor.placed) == 1


def test_a_vendor_who_asks_to_wait_has_not_dialled(cloud: Cloud) -> None:
    if cloud.kind == "uis":
        cloud.vendor.trouble.append(lambda whole: whole)
    cloud.vendor.trouble.append(answer(429, Retry_After="3600"))
    with pytest.raises(SystemUnavailable):
        cloud.dial()


def test_a_vendor_who_cannot_be_reached_has_not_dialled(cloud: Cloud) -> None:
    dialer = cloud.dialer()
    cloud.server.__exit__(None, None, None)
    with pytest.raises(SystemUnavailable):
        dialer.dial(Wanted("101", "+79990000001", "provodka-1"), before=lambda: None)


def test_nothing_is_asked_once_the_errand_is_lost(cloud: Cloud) -> None:
    def lost() -> None:
        raise LookupError("lost")

    with pytest.raises(LookupError):
        cloud.dialer().dial(Wanted("101", "+79990000001", "provodka-1"), before=lost)
    assert cloud.vendor.placed == []


def test_numbers_and_secrets_stay_out_of_what_is_said(cloud: Cloud) -> None:
    assert "7999" not in repr(Wanted("101", "+79990000001", "provodka-1"))
    with pytest.raises(ProvodkaError) as trouble:
        cloud.dial("199")
    assert KEY not in str(trouble.value)
    assert SECRET not in str(trouble.value)
