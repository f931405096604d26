"""History taken in: shown first, each row once, killed and gone on, never waking a rule."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.flow.history_books import MOSCOW, cdnow, cdnow_file, count, load, own_store, rows, write
from tests.flow.trigger_company import Company

from provodka.connectors.crm_store import locks
from provodka.flows.history import importing
from provodka.flows.history.importing import kind_named, preview_history
from provodka.flows.reports import refresh_reports
from provodka.foundation.errors import SystemUnavailable
from provodka.trigger_rules.book import RULES, RuleBook

ORDERS = "client client_kind ordered_at completed_at item item_kind quantity amount courier status"
STOPS = (
    "stop courier client planned_from planned_to arrived_at status reason item quantity amount"
    " cash_due cash_taken"
)
STOP = (
    "S1", "Сомов", "Роса", "01.12.2025 10:00", "", "01.12.2025 11:00", "done", "", "Вода", 2, 500,
    500, 500,
)  # fmt: skip
ONE = ("Роса", "ФЛ", "01.12.2025 10:00", "02.12.2025", "Вода", "вода", 2, "500,00", "Сомов", "")


@pytest.fixture(scope="module")
def filled(
    server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Path]]:
    folder = tmp_path_factory.mktemp("cdnow")
    with own_store(server, template) as engine:
        path = cdnow_file(folder)
        load(engine, "orders", path, page=2_000)
        yield engine, path


def test_every_purchase_is_an_order_of_its_client(filled: tuple[Engine, Path]) -> None:
    engine, _path = filled
    bought = cdnow()
    assert count(engine, "crm.order") == len(bought)
    assert count(engine, "crm.client") == len({who for who, *_rest in bought})
    [(quantity, amount)] = rows(engine, "SELECT sum(quantity), sum(amount) FROM crm.order_lines")
    assert quantity == sum(count for _who, _on, count, _sum in bought)
    assert amount == sum(Decimal(sum) for _who, _on, _count, sum in bought)


@pytest.mark.requirement("R78")
def test_the_same_file_again_and_in_another_encoding_writes_nothing(
    filled: tuple[Engine, Path], tmp_path: Path
) -> None:
    engine, path = filled
    before = count(engine, "hub.delta")
    again = load(engine, "orders", path)
    other = tmp_path / "other.csv"
    other.write_bytes(path.read_text(encoding="utf-8").replace(";", "\t").encode("utf-16"))
    same = load(engine, "orders", other)
    assert (again.counts["created"], same.counts["created"]) == (0, 0)
    assert again.counts["same"] == same.counts["same"] == len(cdnow())
    assert count(engine, "hub.delta") == before


def test_a_longer_export_adds_only_what_is_new(store: Engine, tmp_path: Path) -> None:
    bought = cdnow()[:300]
    load(store, "orders", cdnow_file(tmp_path, bought[:200]))
    done = load(store, "orders", cdnow_file(tmp_path, bought))
    assert (done.counts["same"], done.counts["created"]) == (200, 100)
    assert count(store, "crm.order") == 300


@pytest.mark.requirement("R78")
def test_a_preview_tells_what_the_import_does_and_writes_nothing(
    store: Engine, tmp_path: Path
) -> None:
    lines = [ONE, (*ONE[:6], "две", *ONE[7:]), ONE]
    path = write(tmp_path / "orders.csv", ORDERS, lines)
    shown = preview_history(store, kind_named("orders"), path, MOSCOW)
    assert count(store, "crm.client") + count(store, "hub.delta") == 0
    assert count(store, "hub.quarantine") + count(store, "hub.history_file") == 0
    done = load(store, "orders", path)
    assert shown.counts == done.counts
    assert shown.created == done.created == [2, 4]
    assert [one.number for one in shown.misfits] == [3]


def test_a_bad_row_is_set_aside_whole_and_counted_once(store: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "orders.csv", ORDERS, [ONE, (*ONE[:7], "1,005", *ONE[8:])])
    load(store, "orders", path)
    load(store, "orders", path)
    [(stream, place, found, payload, times)] = rows(
        store, "SELECT stream, place, found, payload, times FROM hub.quarantine"
    )
    assert (stream, times) == ("import:orders", 2)
    assert place == "orders.csv, строка 3, столбец amount"
    assert found == "«1,005»"
    assert payload["cells"]["client"] == "Роса"


def test_an_import_that_was_interrupted_goes_on_behind_its_last_page(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cdnow_file(tmp_path, cdnow()[:250])
    take = importing._take
    pages: list[Any] = []

    def breaking(*given: Any) -> None:
        if len(pages) == 2:
            raise KeyboardInterrupt
        pages.append(given)
        take(*given)

    monkeypatch.setattr(importing, "_take", breaking)
    with pytest.raises(KeyboardInterrupt):
        load(store, "orders", path, page=100)
    monkeypatch.setattr(importing, "_take", take)
    assert count(store, "crm.order") == 200
    done = load(store, "orders", path, page=100)
    assert (done.resumed, done.counts["read"], done.counts["created"]) == (201, 50, 50)
    assert count(store, "crm.order") == 250


KILLED = """
import os, signal, sys
from pathlib import Path
from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.history import importing
from tests.flow.history_books import load
pages, passed = [], importing._pass
def dying(*given):
    passed(*given)
    pages.append(1)
    if len(pages) == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
importing._pass = dying
load(open_engine(sys.argv[1]), sys.argv[3], Path(sys.argv[2]), page=50)
"""


def killed(store_url: str, path: Path, kind: str, page: int) -> None:
    """An import in a process of its own that is killed before it commits a page."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, store_url, str(path), kind, str(page)],
        check=False,
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}:{root / 'src'}"},
    )
    assert done.returncode == -signal.SIGKILL


def test_an_import_killed_inside_a_page_loses_and_doubles_nothing(
    store: Engine, store_url: str, tmp_path: Path
) -> None:
    path = cdnow_file(tmp_path, cdnow()[:200])
    killed(store_url, path, "orders", 3)
    assert count(store, "crm.order") == 100
    again = load(store, "orders", path, page=50)
    assert (again.counts["created"], count(store, "crm.order")) == (100, 200)


def test_two_clients_of_one_name_are_a_question_until_they_are_merged(
    store: Engine, tmp_path: Path
) -> None:
    company = Company(store)
    first, second = (company.insert("client", name="роса") for _time in range(2))
    path = write(tmp_path / "orders.csv", ORDERS, [ONE])
    assert load(store, "orders", path).counts["set_aside"] == 1
    company.update("client", second, merged_into_id=first, deleted_at=datetime.now(UTC))
    assert load(store, "orders", path).counts["created"] == 1
    assert rows(store, "SELECT client_id FROM crm.order") == [(first,)]


def test_a_client_that_was_merged_is_known_by_its_former_name(
    store: Engine, tmp_path: Path
) -> None:
    load(store, "orders", write(tmp_path / "a.csv", ORDERS, [ONE]))
    company = Company(store)
    kept = company.insert("client", name="ООО «Роса-М»")
    company.execute(
        "UPDATE crm.client SET merged_into_id = :kept, deleted_at = now() WHERE name = 'Роса'",
        kept=kept,
    )
    load(store, "orders", write(tmp_path / "b.csv", ORDERS, [(*ONE[:6], 5, *ONE[7:])]))
    [(owner,)] = rows(store, "SELECT client_id FROM crm.order ORDER BY id DESC LIMIT 1")
    assert owner == kept


def test_what_cannot_have_been_is_set_aside(store: Engine, tmp_path: Path) -> None:
    early = (*ONE[:3], "30.11.2025", *ONE[4:])
    unended = (*ONE[:3], "", *ONE[4:9], "выполнен")
    path = write(tmp_path / "orders.csv", ORDERS, [early, unended])
    done = load(store, "orders", path)
    assert [one.error.code for one in done.misfits] == ["bad_completed_at"] * 2


@pytest.mark.parametrize(
    ("kind", "header", "line", "column"),
    [
        ("orders", ORDERS, (*ONE[:3], "{later}", *ONE[4:]), "completed_at"),
        ("orders", ORDERS, (*ONE[:2], "{later}", "", *ONE[4:]), "ordered_at"),
        ("calls", "started_at direction outcome", ("{later}", "вх", "отвечен"), "started_at"),
        ("stage-history", "deal stage entered_at", ("Д1", "Заявка", "{later}"), "entered_at"),
        ("deliveries", STOPS, (*STOP[:5], "{later}", *STOP[6:]), "arrived_at"),
    ],
    ids=lambda one: one if isinstance(one, str) and " " not in one else "",
)
def test_what_is_still_to_come_is_no_past(
    store: Engine, tmp_path: Path, kind: str, header: str, line: tuple[Any, ...], column: str
) -> None:
    later = f"{datetime.now(UTC) + timedelta(days=3):%d.%m.%Y}"
    told = [str(one).format(later=later) for one in line]
    [misfit] = load(store, kind, write(tmp_path / "later.csv", header, [told])).misfits
    assert misfit.error.code == f"bad_{column}"


def test_while_one_import_runs_another_is_asked_to_wait(store: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "orders.csv", ORDERS, [ONE])
    with locks.alone(store, "history") as alone:
        assert alone
        with pytest.raises(SystemUnavailable, match="другая загрузка"):
            load(store, "orders", path)
        assert preview_history(store, kind_named("orders"), path, MOSCOW).counts["created"] == 1
    assert load(store, "orders", path).counts["created"] == 1


def test_a_mended_row_waits_no_longer(store: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "orders.csv", ORDERS, [ONE, (*ONE[:6], "два", *ONE[7:])])
    other = write(tmp_path / "other.csv", ORDERS, [(*ONE[:6], "три", *ONE[7:])])
    assert [load(store, "orders", one).counts["set_aside"] for one in (path, other)] == [1, 1]
    write(path, ORDERS, [ONE, (*ONE[:6], "2", *ONE[7:])])
    preview_history(store, kind_named("orders"), path, MOSCOW)
    assert count(store, "hub.quarantine", "state = 'open'") == 2
    load(store, "orders", path)
    waiting = rows(store, "SELECT payload->>'file' FROM hub.quarantine WHERE state = 'open'")
    assert waiting == [("other.csv",)]


def test_tare_is_a_deposit_and_not_a_sale(store: Engine, tmp_path: Path) -> None:
    tare = (*ONE[:4], "Бутыль", "тара", 2, "400", "", "delivered")
    load(store, "orders", write(tmp_path / "orders.csv", ORDERS, [ONE, tare]))
    found = rows(store, "SELECT amount, deposit FROM crm.order ORDER BY id")
    assert sorted(found) == [(Decimal(0), Decimal(400)), (Decimal(500), Decimal(0))]
    assert count(store, "crm.product", "kind = 'returnable'") == 1


@pytest.mark.requirement("R78")
def test_clients_are_filled_and_never_written_over(store: Engine, tmp_path: Path) -> None:
    company = Company(store)
    company.insert("client", name="ООО Роса", email="own@rosa.test")
    header = "name inn phone email"
    lines = [
        ("ООО  роса", "7707083893", "8 (916) 123-45-67", "other@rosa.test"),
        ("ИП Ветров", "500100732259", "", ""),
        ("ООО Сбой", "7707083894", "", ""),
    ]
    done = load(store, "clients", write(tmp_path / "clients.csv", header, lines))
    assert (done.counts["created"], done.counts["set_aside"]) == (2, 1)
    found = rows(
        store, "SELECT inn, phone, email FROM crm.client WHERE name IN ('ООО Роса', 'ИП Ветров')"
    )
    assert ("7707083893", "+79161234567", "own@rosa.test") in found


def test_products_come_with_a_price_where_they_have_none(store: Engine, tmp_path: Path) -> None:
    header = "name kind unit vat_rate price"
    lines = [("Вода 19 л", "товар", "бут", "20%", "250,50"), ("Бутыль", "тара", "", "", "")]
    path = write(tmp_path / "products.csv", header, lines)
    load(store, "products", path)
    load(store, "products", path)
    found = rows(
        store,
        "SELECT p.kind, p.unit, p.vat_rate, x.amount FROM crm.product p"
        " LEFT JOIN crm.price x ON x.product_id = p.id ORDER BY p.name",
    )
    assert found == [
        ("returnable", "шт", "vat22", None),
        ("goods", "бут", "vat20", Decimal("250.5")),
    ]


def test_calls_find_their_clients_by_name_or_by_number(store: Engine, tmp_path: Path) -> None:
    company = Company(store)
    company.update("client", company.client, phone="+79161234567")
    header = "started_at direction outcome number employee client wait_seconds talk_seconds"
    lines = [
        ("01.12.2025 10:00", "входящий", "отвечен", "8 916 123-45-67", "Лунин Олег", "", 5, 60),
        ("01.12.2025 11:00", "вх", "пропущен", "+79990001122", "", "", 20, ""),
    ]
    load(store, "calls", write(tmp_path / "calls.csv", header, lines))
    found = rows(
        store,
        "SELECT client_id, employee_id, outcome, talk_seconds FROM crm.call ORDER BY started_at",
    )
    assert found == [
        (company.client, company.manager, "answered", 60),
        (None, None, "missed", 0),
    ]


def test_plans_are_of_people_and_goods_that_there_are(store: Engine, tmp_path: Path) -> None:
    Company(store)
    header = "first_day last_day basis manager amount"
    lines = [
        ("01.12.2025", "31.12.2025", "оплата", "лунин олег", "1 000 000"),
        ("01.12.2025", "31.12.2025", "оплата", "Никто", "1"),
    ]
    done = load(store, "plans", write(tmp_path / "plans.csv", header, lines))
    assert (done.counts["created"], done.misfits[0].error.code) == (1, "bad_manager")
    assert [row.number for row in done.first] == [2]
    assert rows(store, "SELECT basis, amount FROM crm.plan") == [("paid", Decimal(1_000_000))]


def stop(number: str, item: str, *, courier: str = "Сомов", cash: str = "") -> tuple[Any, ...]:
    times = ("01.12.2025 10:00", "01.12.2025 12:00", "01.12.2025 11:30")
    return (number, courier, "Роса", *times, "доставлено", "", item, 2, "500", cash, cash)


def test_rows_of_one_stop_make_it_together_in_whatever_page_they_come(
    store: Engine, tmp_path: Path
) -> None:
    lines = [stop("7", "Вода", cash="900"), stop("8", "Вода"), stop("7", "Лимонад")]
    odd = stop("7", "Сок", courier="Петров")
    path = write(tmp_path / "stops.csv", STOPS, [*lines, odd])
    done = load(store, "deliveries", path, page=2)
    assert (done.counts["created"], done.misfits[0].error.code) == (3, "bad_courier")
    found = rows(
        store,
        "SELECT s.amount, s.cash_due, count(*) FROM crm.delivery s"
        " JOIN crm.delivery_lines l ON l.delivery_id = s.id GROUP BY s.id ORDER BY 1 DESC",
    )
    assert found == [(Decimal(1000), Decimal(900), 2), (Decimal(500), Decimal(0), 1)]


HISTORY = "deal client scenario stage entered_at responsible amount outcome"
VISITS = [
    ("Д-1", "Роса", "old", "Заявка", "01.12.2025 10:00", "Лунин Олег", "100", ""),
    ("Д-1", "Роса", "old", "Договор", "03.12.2025 10:00", "Лунин Олег", "120", "won"),
    ("Д-2", "Ветер", "old", "Заявка", "02.12.2025 10:00", "", "", ""),
]


def test_stages_whose_import_was_killed_are_imported_once_by_the_next(
    store: Engine, store_url: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "stages.csv", HISTORY, VISITS)
    killed(store_url, path, "stage-history", 1)
    assert count(store, "crm.deal") == 0
    again = load(store, "stage-history", path)
    assert (again.counts["created"], count(store, "crm.deal")) == (3, 2)
    third = load(store, "stage-history", path)
    assert (third.counts["created"], third.counts["same"]) == (0, 3)


@pytest.mark.requirement("R45", "R78")
def test_stages_of_the_past_stand_in_the_reports_with_their_own_times(
    store: Engine, tmp_path: Path
) -> None:
    path = write(tmp_path / "stages.csv", HISTORY, VISITS)
    load(store, "stage-history", path)
    load(store, "stage-history", path)
    refresh_reports(store)
    found = rows(
        store,
        "SELECT d.title, v.stage, v.entered_at, v.left_at, v.exit FROM report.stage_visit v"
        " JOIN crm.deal d ON d.id = v.deal ORDER BY d.title, v.visit",
    )
    first, third = datetime(2025, 12, 1, 7, tzinfo=UTC), datetime(2025, 12, 3, 7, tzinfo=UTC)
    second = datetime(2025, 12, 2, 7, tzinfo=UTC)
    assert found == [
        ("Д-1", "Заявка", first, third, "won"),
        ("Д-1", "Договор", third, None, "open"),
        ("Д-2", "Заявка", second, None, "open"),
    ]
    assert rows(store, "SELECT status, closed_at FROM crm.deal WHERE title = 'Д-1'") == [
        ("won", third)
    ]


def test_a_later_export_goes_on_with_the_deals_and_refuses_to_reach_behind_them(
    store: Engine, tmp_path: Path
) -> None:
    load(store, "stage-history", write(tmp_path / "a.csv", HISTORY, VISITS))
    more = [
        ("Д-2", "Ветер", "old", "Договор", "05.12.2025 10:00", "", "", "won"),
        ("Д-2", "Ветер", "old", "Заявка", "01.11.2025 10:00", "", "", ""),
    ]
    done = load(store, "stage-history", write(tmp_path / "b.csv", HISTORY, [*VISITS, *more]))
    counts = done.counts
    assert (counts["same"], counts["created"], counts["set_aside"]) == (3, 1, 1)
    assert count(store, "crm.deal", "status = 'won'") == 2


def test_the_past_wakes_no_rule_and_today_does(store: Engine, tmp_path: Path) -> None:
    company = Company(store, RuleBook.load([RULES / "romashka.yaml"]))
    past = [
        ("Д-1", "Роса", "romashka", "info_letter", "01.12.2025 10:00", "Лунин Олег", "1", ""),
        ("Д-1", "Роса", "romashka", "proposal", "02.12.2025 10:00", "Лунин Олег", "1", ""),
    ]
    assert load(store, "stage-history", write(tmp_path / "a.csv", HISTORY, past)).misfits == []
    company.react()
    assert count(store, "crm.task") + count(store, "crm.message") + count(store, "hub.effect") == 0
    company.deal()
    company.react()
    assert count(store, "crm.task") > 0
