"""Statements from the folder: every document once, paid invoices, questions for a person."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.flow.bank_desk import NOW, OURS, SECOND, THEIRS, Desk, open_desk, receipt, statement

from provodka.flows.bank.persons import Wish, assign, dismiss
from provodka.flows.bank.watching import run_bank
from provodka.flows.settings import BankAccount
from provodka.flows.work import Rehearsal
from provodka.foundation.errors import DocumentError, SystemUnavailable

NEW = "40702810100000009999"


@pytest.fixture
def desk(store: Engine, tmp_path: Path) -> Desk:
    return open_desk(store, tmp_path)


def take(desk: Desk) -> Counter[str]:
    return run_bank(desk.hub, desk.engine)


@pytest.mark.requirement("R28", "R94")
def test_a_receipt_that_names_its_invoice_pays_it(desk: Desk) -> None:
    invoice = desk.invoice("СЧ00-000012")
    desk.put("day.txt", receipt())
    counts = take(desk)
    assert (counts["new"], counts["matched"]) == (1, 1)
    assert desk.paid(invoice) == Decimal("12200.00")
    [payment] = desk.payments()
    assert (payment.incoming_number, str(payment.incoming_date)) == ("101", "2026-03-10")
    assert (payment.posted, payment.kind, payment.client_id) == (True, "bank", desk.client)
    # The bank's day begins at midnight where the company is: 19:00 UTC of the day before.
    assert payment.date.isoformat() == "2026-03-10T19:00:00+00:00"


def test_the_journal_says_that_the_bank_made_the_payment(desk: Desk) -> None:
    desk.invoice("СЧ00-000012")
    desk.put("day.txt", receipt())
    take(desk)
    origins = desk.rows("SELECT DISTINCT origin FROM hub.delta WHERE kind = 'payment'")
    assert [one.origin for one in origins] == ["bank"]


def test_the_same_file_again_changes_nothing_under_whatever_name(desk: Desk) -> None:
    invoice = desk.invoice("СЧ00-000012", "24400.00")
    desk.put("day.txt", receipt())
    take(desk)
    desk.put("copy of day.TXT", receipt())
    counts = take(desk)
    assert (counts["files"], counts["known_files"]) == (0, 1)
    assert desk.paid(invoice) == Decimal("12200.00")
    assert len(desk.documents()) == 1


def test_a_document_of_two_overlapping_statements_is_one(desk: Desk) -> None:
    invoice = desk.invoice("СЧ00-000012", "24400.00")
    desk.put("morning.txt", receipt())
    desk.put("whole day.txt", receipt(), receipt("102", "500.00", НазначениеПлатежа="За воду"))
    counts = take(desk)
    assert (counts["new"], counts["same"]) == (2, 1)
    assert desk.paid(invoice) == Decimal("12200.00")
    mentions = desk.rows("SELECT document_id FROM hub.bank_mention ORDER BY document_id")
    assert len(mentions) == 3


def test_two_equal_documents_in_one_file_are_two(desk: Desk) -> None:
    desk.put("day.txt", receipt(), receipt())
    take(desk)
    assert len(desk.documents()) == 2
    desk.put("week.txt", receipt(), receipt(), receipt("7"))
    take(desk)
    assert len(desk.documents()) == 3


def test_a_text_cut_otherwise_in_another_file_makes_no_second_document(desk: Desk) -> None:
    desk.put("a.txt", receipt())
    desk.put("b.txt", receipt(НазначениеПлатежа="Оплата по сч"))
    take(desk)
    assert len(desk.documents()) == 1


def test_documents_without_a_number_are_told_apart_by_their_text(desk: Desk) -> None:
    desk.put("a.txt", receipt("", НазначениеПлатежа="первый"))
    desk.put("b.txt", receipt("", НазначениеПлатежа="второй"))
    take(desk)
    assert len(desk.documents()) == 2


def test_a_file_that_is_still_being_written_waits(desk: Desk) -> None:
    path = desk.put("day.txt", receipt(), end=False)
    os.utime(path, (NOW.timestamp() - 5,) * 2)
    assert take(desk)["unfinished"] == 1
    assert desk.documents() == []
    path.write_bytes(statement([receipt()]))
    assert take(desk)["new"] == 1


def test_a_file_that_nobody_goes_on_writing_is_taken_with_a_remark(desk: Desk) -> None:
    path = desk.put("day.txt", receipt(), end=False)
    os.utime(path, (NOW.timestamp() - 60,) * 2)
    assert take(desk)["new"] == 1
    [file] = desk.rows("SELECT * FROM hub.bank_file")
    assert not file.ended
    assert "no_end" in {note["code"] for note in file.notes}


def test_a_bad_document_is_set_aside_with_its_line_and_the_rest_goes_on(desk: Desk) -> None:
    desk.put("day.txt", receipt(), receipt("102", "12,2,0"), receipt("103", "7.00"))
    counts = take(desk)
    assert (counts["new"], counts["set_aside"]) == (2, 1)
    [aside] = desk.aside()
    assert (aside.stream, aside.external_key, aside.code) == ("bank", "day.txt:22", "bad_amount")
    assert "строка 25" in aside.place
    assert "12,2,0" in aside.found
    assert "Номер=102" in aside.payload["raw"]


def test_a_mended_file_of_the_same_name_heals_what_was_set_aside(desk: Desk) -> None:
    desk.put("day.txt", receipt("102", "12,2,0"))
    take(desk)
    assert len(desk.aside()) == 1
    desk.put("day.txt", receipt("102", "12.20"))
    take(desk)
    assert desk.aside() == []


def test_a_file_that_is_no_statement_is_set_aside_whole_and_once(desk: Desk) -> None:
    path = desk.folder / "readme.txt"
    path.write_text("Здравствуйте!", encoding="utf-8")
    os.utime(path, (NOW.timestamp() - 60,) * 2)
    assert take(desk)["set_aside"] == 1
    assert take(desk)["set_aside"] == 0
    [aside] = desk.aside()
    assert (aside.external_key, aside.code) == ("readme.txt", "not_a_statement")


def test_a_statement_of_a_strange_account_is_refused_whole(desk: Desk) -> None:
    desk.put("other.txt", receipt(), account="40702810100000009999")
    take(desk)
    assert desk.documents() == []
    [aside] = desk.aside()
    assert aside.code == "foreign_account"
    assert "40702810100000009999" in aside.found


def test_money_that_is_no_clients_payment_is_told_apart(desk: Desk) -> None:
    desk.invoice("СЧ00-000012")
    desk.put(
        "day.txt",
        receipt("1", ПлательщикСчет=SECOND, ПлательщикИНН="7707083893"),
        receipt("2", НазначениеПлатежа="Возврат по счету №12"),
        receipt("3", ВидОплаты="17", ПлательщикСчет="70601810000000000001"),
        receipt("4", ПлательщикСчет=OURS, ПолучательСчет=THEIRS, ДатаСписано="11.03.2026",
                ДатаПоступило=""),
        receipt("5", ПлательщикСчет=OURS, ПолучательСчет="03100643000000018500",
                ДатаСписано="11.03.2026", ДатаПоступило="", ПоказательКБК="18201061201010000510"),
    )  # fmt: skip
    take(desk)
    natures = [(one.number, one.nature, one.state) for one in desk.documents()]
    assert natures == [
        ("1", "own", "apart"),
        ("2", "refund", "apart"),
        ("3", "bank", "apart"),
        ("4", "spent", "apart"),
        ("5", "budget", "apart"),
    ]
    assert desk.payments() == []


@pytest.mark.parametrize(
    "values",
    [{"posted": False}, {"deleted_at": NOW}, {"amount": Decimal(0)}],
    ids=["storno", "deleted", "nothing to pay"],
)
def test_an_invoice_that_is_not_in_force_is_never_paid(desk: Desk, values: object) -> None:
    assert isinstance(values, dict)
    desk.invoice("СЧ00-000012", **values)
    desk.put("day.txt", receipt())
    assert take(desk)["undecided"] == 1
    assert desk.payments() == []
    assert desk.rows("SELECT * FROM hub.bank_candidate") == []


def test_the_second_payment_of_a_paid_invoice_is_a_question(desk: Desk) -> None:
    invoice = desk.invoice("СЧ00-000012")
    desk.put("day.txt", receipt(), receipt("102"))
    counts = take(desk)
    assert (counts["matched"], counts["undecided"]) == (1, 1)
    assert desk.paid(invoice) == Decimal("12200.00")


def test_money_on_its_way_pays_nothing_until_the_bank_has_entered_it(desk: Desk) -> None:
    invoice = desk.invoice("СЧ00-000012")
    desk.put("noon.txt", receipt(ДатаПоступило=""))
    assert take(desk)["undecided"] == 1
    assert desk.paid(invoice) == 0
    desk.put("evening.txt", receipt())
    counts = take(desk)
    assert (counts["new"], counts["matched"]) == (0, 1)
    assert desk.paid(invoice) == Decimal("12200.00")


def test_a_receipt_waits_for_its_invoice_and_finds_it(desk: Desk) -> None:
    desk.put("day.txt", receipt())
    assert take(desk)["undecided"] == 1
    invoice = desk.invoice("СЧ00-000012")
    assert take(desk)["matched"] == 1
    assert desk.paid(invoice) == Decimal("12200.00")


def test_an_ambiguous_receipt_shows_its_candidates_with_reasons(desk: Desk) -> None:
    desk.invoice("СЧ00-000012")
    desk.invoice("УТ00-000012")
    desk.put("day.txt", receipt(НазначениеПлатежа="Оплата по счету 12"))
    assert take(desk)["undecided"] == 1
    candidates = desk.rows("SELECT * FROM hub.bank_candidate ORDER BY place")
    assert [one.score for one in candidates] == [100, 100]
    assert {reason["code"] for reason in candidates[0].reasons} == {
        "number_tail", "sum_whole", "inn_same",
    }  # fmt: skip
    [document] = desk.documents()
    assert "почти равны" in document.why


def test_candidates_that_stay_the_same_are_not_written_again(desk: Desk) -> None:
    desk.invoice("СЧ00-000012")
    desk.invoice("УТ00-000012")
    desk.put("day.txt", receipt(НазначениеПлатежа="Оплата по счету 12"))
    take(desk)
    before = desk.rows("SELECT xmin::text, seen_at FROM hub.bank_candidate ORDER BY place")
    take(desk)
    assert desk.rows("SELECT xmin::text, seen_at FROM hub.bank_candidate ORDER BY place") == before


def test_one_receipt_for_several_invoices_pays_each_in_full(desk: Desk) -> None:
    first = desk.invoice("СЧ00-000012", "12200.00")
    second = desk.invoice("СЧ00-000013", "100.00")
    desk.put("day.txt", receipt("1", "12300.00", НазначениеПлатежа="по счетам 12,13"))
    assert take(desk)["matched"] == 1
    assert (desk.paid(first), desk.paid(second)) == (Decimal("12200.00"), Decimal("100.00"))


def test_a_person_decides_and_may_think_again(desk: Desk) -> None:
    first, second = desk.invoice("СЧ00-000012"), desk.invoice("УТ00-000012")
    desk.put("day.txt", receipt(НазначениеПлатежа="Оплата по счету 12"))
    take(desk)
    [document] = desk.documents()
    zone = desk.hub.settings.zone
    with desk.engine.begin() as connection:
        assign(connection, document.id, [Wish("УТ00-000012")], "person:Котов", zone, NOW)
    assert (desk.paid(first), desk.paid(second)) == (Decimal(0), Decimal("12200.00"))
    wishes = [Wish("УТ00-000012", Decimal(200)), Wish("СЧ00-000012")]
    with desk.engine.begin() as connection:
        assign(connection, document.id, wishes, "person:Котов", zone, NOW)
    assert (desk.paid(first), desk.paid(second)) == (Decimal(12000), Decimal(200))
    assert len(desk.payments()) == 1
    with desk.engine.begin() as connection:
        dismiss(connection, document.id, "person:Котов", NOW)
    assert (desk.paid(first), desk.paid(second)) == (Decimal(0), Decimal(0))
    [document] = desk.documents()
    assert (document.state, document.decided_by) == ("apart", "person:Котов")
    assert take(desk)["matched"] == 0


def test_a_decision_for_another_client_moves_the_payment(desk: Desk) -> None:
    other = desk.buyer("500100732259", "Иванов Иван")
    right = desk.invoice("СЧ00-000077", client_id=other)
    wrong = desk.invoice("СЧ00-000012")
    desk.put("day.txt", receipt())
    take(desk)
    [document] = desk.documents()
    with desk.engine.begin() as connection:
        zone = desk.hub.settings.zone
        assign(connection, document.id, [Wish("СЧ00-000077")], "person:Котов", zone, NOW)
    assert (desk.paid(wrong), desk.paid(right)) == (Decimal(0), Decimal("12200.00"))
    [payment] = desk.payments()
    assert payment.client_id == other


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        ([Wish("НЕТ-1")], "нет"),
        ([Wish("СЧ00-000012", Decimal("12200.01"))], "не больше 12200.00"),
        ([Wish("СЧ00-000013", Decimal("100.01"))], "не больше 100.00"),
        ([Wish("СЧ00-000013"), Wish("СЧ00-000013")], "дважды"),
        ([Wish("СЧ00-000013"), Wish("ЧУЖОЙ-1")], "разных клиентов"),
        ([Wish("СТОРНО-1")], "не проведен"),
    ],
)
def test_a_senseless_decision_is_refused_by_name(desk: Desk, wishes: list[Wish], told: str) -> None:
    desk.invoice("СЧ00-000012", "20000.00")
    desk.invoice("СЧ00-000013", "100.00")
    desk.invoice("СТОРНО-1", posted=False)
    desk.invoice("ЧУЖОЙ-1", client_id=desk.buyer(None, "Другой"))
    desk.put("day.txt", receipt(НазначениеПлатежа="За воду"))
    take(desk)
    [document] = desk.documents()
    with desk.engine.begin() as connection, pytest.raises(DocumentError, match=told):
        assign(connection, document.id, wishes, "person:Котов", desk.hub.settings.zone, NOW)
    assert desk.payments() == []


def test_a_rehearsal_shows_payments_and_leaves_nothing(desk: Desk) -> None:
    desk.invoice("СЧ00-000012")
    desk.put("day.txt", receipt())
    with Rehearsal.on(desk.engine) as rehearsal:
        assert run_bank(desk.hub, rehearsal)["matched"] == 1
    assert desk.documents() == []
    assert desk.rows("SELECT * FROM hub.cursor WHERE stream = 'bank'") == []
    assert take(desk)["matched"] == 1


def test_a_folder_that_is_gone_is_told_and_what_waits_is_still_decided(desk: Desk) -> None:
    desk.put("day.txt", receipt())
    take(desk)
    invoice = desk.invoice("СЧ00-000012")
    (desk.folder / "day.txt").unlink()
    desk.folder.rmdir()
    with pytest.raises(SystemUnavailable, match=r"bank\.folder"):
        take(desk)
    assert desk.paid(invoice) == Decimal("12200.00")


def test_a_refused_file_is_tried_again_when_its_account_is_added(desk: Desk) -> None:
    desk.put("other.txt", receipt(ПолучательСчет=NEW), account=NEW)
    take(desk)
    take(desk)
    assert [one.times for one in desk.aside()] == [1]
    settings = desk.hub.settings
    assert settings.bank is not None
    accounts = (*settings.bank.accounts, BankAccount.model_validate(NEW))
    bank = settings.bank.model_copy(update={"accounts": accounts})
    desk.hub = replace(desk.hub, settings=settings.model_copy(update={"bank": bank}))
    assert take(desk)["new"] == 1
    assert desk.aside() == []


def test_equal_receipts_meet_equal_payments_of_1c_one_by_one(desk: Desk) -> None:
    for _time in range(2):
        desk.insert(
            "payment", client_id=desk.client, amount=Decimal("12200.00"), kind="bank", posted=True,
            incoming_number="000101", incoming_date=date(2026, 3, 10),
        )  # fmt: skip
    desk.put("day.txt", receipt(), receipt())
    assert take(desk)["matched"] == 2
    assert len(desk.payments()) == 2
    assert len({one.payment_id for one in desk.documents()}) == 2


def test_payments_of_1c_that_fit_but_are_of_several_clients_are_a_question(desk: Desk) -> None:
    desk.invoice("СЧ00-000012")
    for name in ("Один", "Другой"):
        desk.insert(
            "payment", client_id=desk.buyer(None, name), amount=Decimal("12200.00"), kind="bank",
            posted=True, incoming_number="101", incoming_date=date(2026, 3, 10),
        )  # fmt: skip
    desk.put("day.txt", receipt())
    assert take(desk)["undecided"] == 1
    assert len(desk.payments()) == 2
    [document] = desk.documents()
    assert "несколько похожих" in document.why


def test_a_payment_of_1c_without_the_payers_number_is_known_by_its_text(desk: Desk) -> None:
    desk.insert(
        "payment", client_id=desk.client, amount=Decimal("12200.00"), kind="bank", posted=True,
        purpose="Оплата по счету №12 от 05.03.2026", date=NOW,
    )  # fmt: skip
    desk.put("day.txt", receipt())
    assert take(desk)["matched"] == 1
    assert len(desk.payments()) == 1
