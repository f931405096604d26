"""Vendors knock at the hub's door at the addresses that they themselves make up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, make_url
from tests.contract.telephony.test_hooks import ENDED, SECRET
from tests.contract.web.serving import Knocker, settings, standing_door
from tests.databases import copied

MANGO = {
    "kind": "mango",
    "name": "cloud",
    "key_env": "PBX_SECRET",
    "salt_env": "PBX_SECRET",
    "hook_secret_env": "PBX_SECRET",
}


@pytest.fixture
def door(server: str, template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Knocker]:
    """A door at which Mango's events are taken."""
    monkeypatch.setenv("PBX_SECRET", SECRET)
    with copied(server, template) as url:
        engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
        with standing_door(settings({}, telephony=[MANGO]), url, engine) as knocker:
            yield knocker
        engine.dispose()


def test_mango_adds_the_events_name_to_the_address_and_is_still_heard(door: Knocker) -> None:
    make, told = ENDED["mango"]
    form = {"content-type": "application/x-www-form-urlencoded"}
    right, wrong = make(told).body, make(told, "secret-2").body
    address = "/hooks/cloud/events/summary"
    assert door.http.post(address, content=wrong, headers=form).status_code == 403
    assert door.http.post(address, content=right, headers=form).status_code == 200
    assert door.http.post(address, content=right, headers=form).status_code == 200
    assert [tuple(row) for row in door.rows("SELECT system, repeats FROM hub.inbox")] == [
        ("cloud", 1)
    ]
