"""Laws of bank files: what is written is read back, nothing is lost, no bytes break the reader."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provodka.connectors.client_bank.encodings import judge_bytes
from provodka.connectors.client_bank.orders import mistakes
from provodka.connectors.client_bank.reader import read_bytes
from provodka.connectors.client_bank.scalars import read_amount, write_amount
from provodka.connectors.client_bank.values import Budget, Party, PaymentDocument
from provodka.connectors.client_bank.writer import Encoding, write_orders
from provodka.foundation.errors import Misunderstood

DATA = Path(__file__).parents[1] / "data"
SEEDS = [
    path.read_bytes()
    for folder in ("client_bank", "hostile/bank")
    for path in sorted((DATA / folder).iterdir())
    if path.stat().st_size < 20_000
]
NOW = datetime(2026, 3, 12, 9, 30, 5, tzinfo=UTC)
FUZZ_SECONDS = 4.0
LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЭЮЯ"
ALPHABET = LETTERS + 'abcXYZ0123456789 .,-/№"()='


def words(least: int, most: int) -> st.SearchStrategy[str]:
    return (
        st.text(ALPHABET, min_size=least, max_size=most)
        .map(str.strip)
        .filter(lambda text: len(text) >= least)
    )


def figures(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def parties() -> st.SearchStrategy[Party]:
    return st.builds(
        Party,
        name=words(1, 160).filter(lambda name: not name.startswith(("ИНН", "КПП"))),
        inn=st.sampled_from(["", "7707083893", "500100732259"]),
        kpp=st.sampled_from(["", "770701001"]),
        account=figures(20),
        bank=words(1, 40),
        bank_city=words(0, 20),
        bik=figures(7).map(lambda text: f"01{text}"),
        corr_account=st.one_of(st.just(""), figures(20)),
    )


def budgets() -> st.SearchStrategy[Budget | None]:
    return st.none() | st.builds(
        Budget,
        status=figures(2),
        kbk=figures(20),
        oktmo=figures(11),
        basis=st.sampled_from(["", "ТП", "0"]),
        period=st.sampled_from(["", "МС.03.2026"]),
    )


def orders() -> st.SearchStrategy[PaymentDocument]:
    return st.builds(
        PaymentDocument,
        kind=st.just("Платежное поручение"),
        number=figures(6),
        day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
        amount=st.decimals("0.01", "999999999999.99", places=2),
        payer=parties(),
        payee=parties(),
        purpose=words(1, 210),
        payment_type=st.sampled_from(["", "Электронно"]),
        operation=st.just("01"),
        priority=st.sampled_from("12345"),
        code=st.one_of(st.just(""), figures(20)),
        budget=budgets(),
    )


@given(st.lists(orders(), min_size=1, max_size=4), st.sampled_from(["windows", "dos"]))
def test_what_is_written_is_read_back(written: list[PaymentDocument], encoding: Encoding) -> None:
    data = write_orders(written, sender="Provodka", created=NOW, encoding=encoding)
    found = read_bytes(data)
    plain = [
        PaymentDocument(
            **{
                name: getattr(one, name)
                for name in PaymentDocument.__dataclass_fields__
                if name not in ("line", "notes")
            }
        )
        for one in found.documents
    ]
    assert plain == written
    assert not found.bad
    assert found.ended


@given(orders(), st.text(max_size=30))
def test_no_text_of_ours_can_end_its_line(order: PaymentDocument, text: str) -> None:
    named = {name: getattr(order, name) for name in PaymentDocument.__dataclass_fields__}
    other = PaymentDocument(**named | {"purpose": text})
    if mistakes(other, "cp1251"):
        return
    data = write_orders([other], sender="Provodka", created=NOW)
    [found] = read_bytes(data).documents
    assert (found.purpose, found.amount) == (text, order.amount)


@given(st.decimals("-999999999999.99", "999999999999.99", places=2))
def test_a_sum_survives(amount: Decimal) -> None:
    assert read_amount(write_amount(amount)) == (amount, False)


@given(
    st.lists(st.text(LETTERS, min_size=3, max_size=9), min_size=6, max_size=20),
    st.sampled_from(["cp1251", "cp866", "utf-8"]),
)
def test_any_letters_behind_the_formats_own_keys_are_judged_right(
    text: list[str], encoding: str
) -> None:
    """Not prose, but any letters alike: the keys of the file are evidence enough."""
    data = (
        "1CClientBankExchange\nВерсияФормата=1.03\nКодировка=Windows\nОтправитель=Банк\n"
        "СекцияДокумент=Платежное поручение\nНомер=1\nПлательщикСчет=1\nПолучательСчет=2\n"
        f"НазначениеПлатежа={' '.join(text)}\nКонецДокумента\nКонецФайла\n"
    ).encode(encoding)
    assert judge_bytes(data).encoding == encoding


@given(st.binary(max_size=400))
@example(b"1CClientBankExchange\r\n\xff\xfe\x00")
@example(b"1CClientBankExchange")
def test_any_bytes_are_read_or_refused_by_name(data: bytes) -> None:
    with suppress(Misunderstood):
        found = read_bytes(data)
        assert found.header.encoding


@pytest.mark.timeout(60)
def test_damaged_statements_never_break_the_reader_nor_lose_a_section() -> None:
    dice = random.Random(20261122)  # noqa: S311 - the same damage in every run
    ends = time.monotonic() + FUZZ_SECONDS
    tried = 0
    while time.monotonic() < ends:
        data = _damaged(dice, dice.choice(SEEDS))
        tried += 1
        try:
            found = read_bytes(data)
        except Misunderstood:
            continue
        for one in found.documents:
            assert one.amount > 0
            assert one.amount == round(one.amount, 2)
            assert "\0" not in one.purpose
        assert all(section.raw for section in found.bad)
        text = data.decode(judge_bytes(data).encoding, "replace")
        begun = sum(
            line.replace("\0", "").strip(" \t\u00a0\ufeff").casefold().startswith("секциядокумент=")
            for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        )
        held = sum(one.raw.casefold().count("секциядокумент=") for one in found.bad)
        assert len(found.documents) + held >= min(begun, 300)
    assert tried > 20


def _damaged(dice: random.Random, seed: bytes) -> bytes:
    data = bytearray(seed)
    for _time in range(dice.randint(1, 8)):
        if not data:
            return bytes(data)
        start = dice.randrange(len(data))
        end = min(len(data), start + dice.choice((1, 1, 2, 8, 60)))
        match dice.randrange(4):
            case 0:
                del data[start:end]
            case 1:
                data[start:end] = bytes(dice.randrange(256) for _byte in range(end - start))
            case 2:
                data[start:start] = data[start:end]
            case _:
                data[start:start] = dice.choice((b"\r", b"\n", b"\0", b"=", b"\xff", "Ё".encode()))
    return bytes(data)
