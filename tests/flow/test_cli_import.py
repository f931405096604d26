"""`provodka import` on the command line: what is shown before anything is taken in."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.flow.cli_program import document, program
from tests.flow.history_books import count

ORDERS = (
    "Заказы за год\n"
    "Клиент;Дата заказа;Товар;Кол-во;Сумма;Заметка\n"
    "Роса;01.12.2025 10:00;Вода;2;1 500,00;сам\n"
    "Роса;когда-то;Вода;2;500;\n"
)


@pytest.mark.requirement("R78")
def test_the_preview_shows_columns_first_rows_and_what_would_be_set_aside(
    store: Engine, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = program(store_url, tmp_path, monkeypatch)
    Path("orders.csv").write_text(ORDERS, encoding="cp1251")
    shown = run("import", "orders", "orders.csv")
    assert shown.exit_code == 3
    for said in (
        "столбцы не использованы: Заметка",
        "Клиент → client",
        "01.12.2025 10:00",
        "1500",
        "«когда-то»",
        "было бы загружено 1",
    ):
        assert said in shown.stdout
    told = document(run("import", "orders", "orders.csv", "--json"))
    assert (told["encoding"], told["separator"]) == ("cp1251", ";")
    assert told["first"][0]["client"] == "Роса"
    assert count(store, "crm.order") == 0
    missing = run("import", "deliveries", "orders.csv")
    assert "stop (остановка)" in missing.output
