"""The sandbox as a process: where it is, what survives, how it ends, how fast it is."""

from __future__ import annotations

import json
import smtplib
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from tests.contract.sandbox.conftest import Starter
from tests.contract.sandbox.neighbours import INVOICES, Base, Hands, address

KEYS = {
    "configuration",
    "onec_url", "onec_login", "onec_password", "smtp_host", "smtp_port", "imap_host", "imap_port",
    "mail_login", "mail_password", "cdr_path", "control_url", "identity_url", "organization_inn",
    "timezone", "pid",
    "onec_services_url", "exchange_plan", "exchange_node", "exchange_peer",
}  # fmt: skip


def test_it_says_where_it_is_and_writes_it_down(tmp_path: Path, start: Starter) -> None:
    about = start(tmp_path, "--login", "hub", "--password", "secret").about
    assert set(about) == KEYS
    assert json.loads((tmp_path / "sandbox.json").read_text("utf-8")) == about
    assert (about["onec_login"], about["mail_login"]) == ("hub", "hub")
    assert about["onec_url"].endswith("/buh/odata/standard.odata/")


def test_it_ends_cleanly_when_told_to(tmp_path: Path, start: Starter) -> None:
    process = start(tmp_path)
    idle = socket.create_connection(("127.0.0.1", process.about["imap_port"]))
    assert process.stop() == 0
    idle.close()


def test_a_restart_continues_the_same_company_at_the_same_address(
    tmp_path: Path, start: Starter
) -> None:
    first = start(tmp_path, "--seed", "5")
    base, hands = Base(first.about), Hands(first.about)
    invoice = base.posted(Комментарий="[hub:7]")
    hands.ask("POST", "switches", closed_before="2020-01-01")
    with smtplib.SMTP("127.0.0.1", first.about["smtp_port"]) as smtp:
        smtp.sendmail("a@a.example", ["b@b.example"], "Message-ID: <1@a>\r\n\r\nпривет".encode())
    first.kill()
    second = start(tmp_path, "--seed", "6")
    assert second.about | {"pid": 0} == first.about | {"pid": 0}
    assert base.read(invoice)["Комментарий"] == "[hub:7]"
    assert base.status(invoice) == ("НеОплачен", "НеОтгружен")
    assert hands.ask("GET", "ledger")["counts"][INVOICES] == {"POST": 1, "Post": 1}
    assert hands.ask("GET", "mail")["counts"] == {"<1@a>": 1}
    assert hands.ask("GET", "switches")["closed_before"] == "2020-01-01"
    later = base.create()
    assert later["Number"] > invoice["Number"]
    assert later["DataVersion"] != invoice["DataVersion"]
    base.http.close()
    hands.http.close()


def test_a_port_that_was_taken_meanwhile_is_replaced(tmp_path: Path, start: Starter) -> None:
    first = start(tmp_path)
    first.stop()
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", first.about["smtp_port"]))
        thief.listen()
        second = start(tmp_path)
    assert second.about["smtp_port"] != first.about["smtp_port"]
    assert second.about["imap_port"] == first.about["imap_port"]


def test_it_can_do_without_telephony(tmp_path: Path, start: Starter) -> None:
    about = start(tmp_path, "--no-pbx").about
    hands = Hands(about)
    assert about["cdr_path"] is None
    assert hands.http.post("call", json={}).status_code == 422
    hands.http.close()


def test_calls_can_come_by_themselves(tmp_path: Path, start: Starter) -> None:
    log = Path(start(tmp_path, "--calls-per-minute", "1200").about["cdr_path"])
    deadline = time.monotonic() + 5
    while not log.read_text("utf-8").endswith("\n") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert log.read_text("utf-8").endswith("\n")


def test_many_invoices_are_made_and_read_fast(tmp_path: Path, start: Starter) -> None:
    """The bars are several times what an idle machine needs."""
    about = start(tmp_path).about
    base, hands = Base(about), Hands(about)
    assert hands.ask("POST", "bulk", invoices=2500, lines=3) == {"invoices": 2500}
    started = time.monotonic()
    page = base.get(INVOICES, top="1000", skip="1500", orderby="Date", filter="Posted")
    assert time.monotonic() - started < 1
    rows = page.json()["value"]
    assert len(rows) == len({row["Ref_Key"] for row in rows}) == 1000
    assert {len(row["Товары"]) for row in rows} == {3}
    assert base.status(rows[0]) == ("НеОплачен", "НеОтгружен")
    times = []
    for _ in range(30):
        started = time.monotonic()
        created = base.create()
        times.append(time.monotonic() - started)
    assert median(times) < 0.05
    assert base.get(address(created)).status_code == 200
    base.http.close()
    hands.http.close()


def test_bulk_invoices_add_up(tmp_path: Path, start: Starter) -> None:
    about = start(tmp_path).about
    base, hands = Base(about), Hands(about)
    hands.ask("POST", "bulk", invoices=20, lines=4)
    hands.ask("POST", "bulk", invoices=5, lines=1)
    rows = base.rows(INVOICES, orderby="Number")
    assert [row["Number"] for row in rows] == [f"МН00-{number:06}" for number in range(1, 26)]
    for row in rows:
        assert sum(item["Сумма"] for item in row["Товары"]) == row["СуммаДокумента"]
    base.http.close()
    hands.http.close()


def test_it_is_ready_soon_and_loads_nothing_of_the_hub() -> None:
    code = "import sys, provodka.sandbox.app; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = found.stdout.split()
    ours = {name for name in modules if name.startswith("provodka.")}
    assert all(name.startswith("provodka.sandbox") for name in ours)
    assert not {"prefect", "sqlalchemy", "httpx", "fastapi"} & set(modules)
