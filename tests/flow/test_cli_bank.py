"""The bank commands against a real store: what they print, and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.flow.bank_desk import OURS, Desk, open_desk, receipt, statement
from tests.flow.cli_program import Run, document, program

from provodka.connectors.client_bank.reader import read_bytes

HUB = """\
company: {{name: ООО «Ромашка», inn: "7707083893"}}
bank:
  folder: statements
  accounts:
    - {{number: "{ours}", bik: "044525225", bank: ПАО СБЕРБАНК}}
"""
LIST = (
    "ПолучательСчет;Получатель1;ПолучательБанк1;ПолучательБИК;Сумма;НазначениеПлатежа\n"
    "40817810009980084396;Иванов И.И.;АО БАНК;044525593;{amount};За воду\n"
)


@pytest.fixture
def desk(store: Engine, tmp_path: Path) -> Desk:
    return open_desk(store, tmp_path)


@pytest.fixture
def run(desk: Desk, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    ready = program(store_url, tmp_path, monkeypatch)
    (tmp_path / "hub.yaml").write_text(HUB.format(ours=OURS), encoding="utf-8")
    return ready


def test_importing_tells_what_was_taken_and_matched(desk: Desk, run: Run) -> None:
    invoice = desk.invoice("СЧ00-000012")
    path = desk.put("day.txt", receipt())
    done = run("bank", "import", str(path))
    assert done.exit_code == 0, done.output
    assert "✓ day.txt: прочитано 1, новых 1" in done.stdout
    assert "отнесено к счетам 1" in done.stdout
    assert desk.paid(invoice) == 12200


def test_importing_again_says_that_the_file_is_known(desk: Desk, run: Run) -> None:
    path = desk.put("day.txt", receipt())
    run("bank", "import", str(path))
    done = run("bank", "import", str(path), "--json")
    [file] = document(done)["files"]
    assert file["counts"] == {"known_files": 1}


def test_what_is_set_aside_is_told_and_ends_with_three(desk: Desk, run: Run) -> None:
    path = desk.put("day.txt", receipt(), receipt("102", "сто"))
    done = run("bank", "import", str(path))
    assert done.exit_code == 3
    assert "отложено 1" in done.stdout
    assert "provodka quarantine list --stream bank" in done.stdout
    assert "сто" in run("quarantine", "list", "--stream", "bank").stdout


def test_a_file_that_is_no_statement_says_so_and_the_others_are_taken(desk: Desk, run: Run) -> None:
    wrong = desk.folder / "wrong.txt"
    wrong.write_text("Привет", encoding="utf-8")
    done = run("bank", "import", str(wrong), str(desk.put("day.txt", receipt())))
    assert done.exit_code == 3
    assert "1CClientBankExchange" in done.stdout
    assert len(desk.documents()) == 1


def test_a_missing_file_fails_and_the_others_are_taken(desk: Desk, run: Run) -> None:
    done = run("bank", "import", "нет.txt", str(desk.put("day.txt", receipt())))
    assert done.exit_code == 1
    assert "не читается" in done.stdout
    assert len(desk.documents()) == 1


def test_a_plan_shows_the_payment_and_writes_nothing(desk: Desk, run: Run) -> None:
    desk.invoice("СЧ00-000012")
    path = desk.put("day.txt", receipt())
    done = run("bank", "import", str(path), "--plan")
    assert done.exit_code == 0
    assert "поступление" in done.stdout
    assert "0 → 12200.00" in done.stdout
    assert desk.documents() == []


def test_remarks_are_told_with_their_lines(desk: Desk, run: Run) -> None:
    path = desk.put("day.txt", receipt(amount="12 200,00"))
    done = run("bank", "import", str(path))
    assert "строка 11: Сумма: «12 200,00» прочитано как 12200.00" in done.stdout


def test_remarks_that_say_the_same_are_told_once_with_their_lines(desk: Desk, run: Run) -> None:
    some = [receipt(Номер=str(number), amount="12 200,00") for number in range(1, 9)]
    done = run("bank", "import", str(desk.put("day.txt", *some)))
    [told] = [line for line in done.stdout.splitlines() if "прочитано как 12200.00" in line]
    assert "строки 11, " in told
    assert " и еще 3: Сумма: «12 200,00»" in told


def test_undecided_receipts_are_listed_shown_and_decided(desk: Desk, run: Run) -> None:
    first = desk.invoice("СЧ00-000012")
    desk.invoice("УТ00-000012")
    run("bank", "import", str(desk.put("day.txt", receipt(НазначениеПлатежа="счет 12"))))
    listed = run("bank", "list", "--undecided")
    assert "12\u202f200,00" in listed.stdout
    assert "ждет решения" in listed.stdout
    [row] = document(run("bank", "list", "--undecided", "--json"))
    shown = run("bank", "show", str(row["id"]))
    assert "100 баллов: СЧ00-000012" in shown.stdout
    assert "+30 сумма равна остатку к оплате" in shown.stdout
    assert "day.txt:8" in shown.stdout
    done = run("bank", "match", str(row["id"]), "--invoice", "СЧ00-000012", "--who", "Котов")
    assert done.exit_code == 0, done.output
    assert "на счет СЧ00-000012 отнесено 12\u202f200,00" in done.stdout
    assert desk.paid(first) == 12200
    assert run("bank", "list", "--undecided").stdout.strip() == "✓ документов нет"
    decided = document(run("bank", "show", str(row["id"]), "--json"))
    assert (decided["state"], decided["decided_by"]) == ("matched", "person:Котов")


def test_a_receipt_may_be_no_payment_at_all(desk: Desk, run: Run) -> None:
    run("bank", "import", str(desk.put("day.txt", receipt())))
    [row] = document(run("bank", "list", "--json"))
    assert run("bank", "match", str(row["id"]), "--nothing").exit_code == 0
    assert run("bank", "list", "--undecided").stdout.strip() == "✓ документов нет"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("match", "1"), "не сказано"),
        (("match", "1", "--nothing", "--invoice", "X"), "и то, и то"),
        (("match", "1", "--invoice", "X=сто"), "сто"),
    ],
)
def test_a_senseless_decision_is_a_wrong_command(
    run: Run, line: tuple[str, ...], told: str
) -> None:
    done = run("bank", *line)
    assert done.exit_code == 2
    assert told in done.stderr


@pytest.mark.parametrize("line", [("show", "77"), ("match", "77", "--nothing")])
def test_a_document_that_is_not_there_is_told(run: Run, line: tuple[str, ...]) -> None:
    done = run("bank", *line)
    assert done.exit_code == 1
    assert "provodka bank list" in done.stderr


@pytest.mark.parametrize(("flag", "encoding"), [((), "cp1251"), (("--dos",), "cp866")])
def test_orders_are_written_for_the_bank(
    run: Run, tmp_path: Path, flag: tuple[str, ...], encoding: str
) -> None:
    (tmp_path / "list.csv").write_text(LIST.format(amount="1500,50"), encoding="utf-8")
    done = run("bank", "export", "orders.txt", "--from", "list.csv", *flag)
    assert done.exit_code == 0, done.output
    assert "поручений 1 на 1\u202f500,50\xa0₽" in done.stdout
    found = read_bytes((tmp_path / "orders.txt").read_bytes())
    assert found.header.encoding == encoding
    assert found.documents[0].payer.name == 'ООО "Ромашка"'


def test_a_wrong_order_is_named_and_no_file_is_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(LIST.format(amount="0"), encoding="utf-8")
    done = run("bank", "export", "orders.txt", "--from", "list.csv")
    assert done.exit_code == 1
    assert "list.csv:1" in done.stderr
    assert not (tmp_path / "orders.txt").exists()


def test_the_stream_takes_what_lies_in_the_folder(desk: Desk, run: Run) -> None:
    invoice = desk.invoice("СЧ00-000012")
    (desk.folder / "day.txt").write_bytes(statement([receipt()]))
    done = run("sync", "bank")
    assert done.exit_code == 0, done.output
    assert "Выписки банка" in done.stdout
    assert desk.paid(invoice) == 12200


def test_the_stream_names_what_it_has_set_aside(desk: Desk, run: Run) -> None:
    desk.put("day.txt", receipt("102", "сто"))
    done = run("sync", "bank")
    assert done.exit_code == 3
    assert "bank day.txt:8" in done.stdout


def test_a_check_looks_into_the_folder(desk: Desk, run: Run) -> None:
    desk.put("day.txt", receipt())
    told = run("check")
    assert "bank: папка statements читается, файлов выписок 1" in told.stdout
    (desk.folder / "day.txt").unlink()
    desk.folder.rmdir()
    done = run("check")
    assert done.exit_code == 1
    assert "bank.folder" in done.stdout


def test_no_name_and_no_text_of_a_payer_reaches_the_log(
    desk: Desk, run: Run, store: Engine
) -> None:
    desk.invoice("СЧ00-000012")
    path = desk.put("day.txt", receipt(), receipt("102", "сто"))
    done = run("-v", "bank", "import", str(path))
    for secret in ("Покупатель", "Оплата по счету", "6671093163"):
        assert secret not in done.stderr
    with store.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM hub.bank_document")).scalar() == 1
