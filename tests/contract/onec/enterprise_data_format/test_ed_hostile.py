"""Messages that are broken, foreign or meant to do harm: a named error each, never a crash."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from tests.contract.onec.enterprise_data_format.ed_messages import (
    FORMAT,
    HEADER,
    PREFIXES,
    SAMPLES,
    client,
    message,
    read,
)

from provodka.connectors.onec.enterprise_data.message import (
    BodyObject,
    Found,
    Limits,
    Misread,
    read_message,
)
from provodka.foundation.errors import Misunderstood

WHOLE = message(client())
BOMB = (
    '<!DOCTYPE Message [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "unreadable_message"),
        ("   \n", "unreadable_message"),
        ("это не XML", "unreadable_message"),
        ('{"odata": true}', "unreadable_message"),
        ("<html><body>Ошибка</body></html>", "unreadable_message"),
        ("<Message/>", "unreadable_message"),
        (WHOLE[: WHOLE.index("<Body")], "unreadable_message"),
        (WHOLE[: WHOLE.index("Body xmlns") + 8], "unreadable_message"),
        (WHOLE[: WHOLE.index("<Наименование>") + 20], "unreadable_message"),
        (WHOLE.removesuffix("</Message>"), "unreadable_message"),
        (WHOLE + "<Ещё/>", "unreadable_message"),
        (WHOLE.replace("</Наименование>", "</Название>"), "unreadable_message"),
        (WHOLE.replace("Лютик", "Лютик \x01"), "unreadable_message"),
        (WHOLE.replace("Лютик", "&неведомое;"), "unreadable_message"),
        (message(client(), header=""), "unreadable_message"),
        (message("лишнее", client()), "unreadable_message"),
        (message(client(), "лишнее", client()), "unreadable_message"),
        (message(client(), "лишнее"), "unreadable_message"),
        (message("лишнее"), "unreadable_message"),
        (message(client(), body="<Body>"), "unreadable_message"),
        (message(client(), body='<Body xmlns="urn:чужое">'), "unreadable_message"),
        (message(client(), body=f'<Body xmlns="{FORMAT}/1.8">'), "unreadable_message"),
        (message(client(), version="1.17"), "version_not_held"),
        (message(client(), version="2.5"), "version_not_held"),
        (message(client(), prolog=BOMB), "refused_message"),
        (message(client(), prolog="<!DOCTYPE Message>"), "refused_message"),
        (
            message(client(), prolog='<!DOCTYPE m SYSTEM "file:///etc/passwd">'),
            "refused_message",
        ),
        (message(client(), header=HEADER.replace("Format", "Формат")), "bad_enterprise_data"),
        (
            message(client(), header=HEADER.replace("2026-11-22T", "вчера ")),
            "bad_enterprise_data",
        ),
        (message("<а>" * 5000), "unreadable_message"),
        (WHOLE.replace("Лютик", "Л" * 12_000_000), "unreadable_message"),
    ],
)
def test_a_message_that_cannot_be_read_is_a_named_error(text: str, code: str) -> None:
    with pytest.raises(Misunderstood) as caught:
        read(text)
    assert caught.value.code == code
    assert str(caught.value)


@pytest.mark.parametrize("end", range(0, len(WHOLE.encode()), 7))
def test_a_message_broken_off_anywhere_is_never_taken_for_whole(end: int) -> None:
    with pytest.raises(Misunderstood):
        read(WHOLE.encode()[:end])


def test_an_error_in_the_middle_names_its_line() -> None:
    broken = "\n" * 20 + client().replace("</Ссылка>", "</Сылка>")
    with pytest.raises(Misunderstood) as caught:
        read(message(client(), broken))
    assert "строка 30" in caught.value.where


def test_objects_before_the_break_are_given_and_then_the_error() -> None:
    text = message(*[client(f"Номер {number}") for number in range(2000)])
    _header, objects = read_message(io.BytesIO(text.encode()[:-300]))
    given: list[BodyObject] = []
    with pytest.raises(Misunderstood):
        given.extend(objects)
    assert 1500 < len(given) < 2000
    assert all(isinstance(one, Found) for one in given)


@pytest.mark.parametrize(
    ("encoding", "declared", "mark"),
    [
        ("utf-8", "", b""),
        ("utf-8", '<?xml version="1.0" encoding="utf-8"?>', b"\xef\xbb\xbf"),
        ("utf-8", "", b"\xef\xbb\xbf"),
        ("utf-8", '<?xml version="1.0" encoding="windows-1251"?>', b"\xef\xbb\xbf"),
        ("cp1251", '<?xml version="1.0" encoding="windows-1251"?>', b""),
        ("cp866", '<?xml version="1.0" encoding="cp866"?>', b""),
        ("utf-16-le", '<?xml version="1.0" encoding="UTF-16"?>', b"\xff\xfe"),
        ("utf-16-be", "", b"\xfe\xff"),
    ],
)
def test_encodings_are_read_by_mark_and_declaration(
    encoding: str, declared: str, mark: bytes
) -> None:
    # Long enough to be read in several chunks, whose ends fall inside letters.
    text = message(*[client(f"Щука {number}") for number in range(900)], prolog=declared)
    _header, objects = read(mark + text.encode(encoding))
    assert len(objects) == 900
    last = objects[-1]
    assert isinstance(last, Found)
    assert last.value["КлючевыеСвойства"]["Наименование"] == "Щука 899"


@pytest.mark.parametrize(
    "data",
    [
        message(client(), prolog='<?xml version="1.0" encoding="неведомая"?>').encode(),
        message(client(), prolog='<?xml version="1.0" encoding="x-unknown"?>').encode(),
        message(client(), prolog='<?xml version="1.0" encoding="utf-16"?>').encode(),
        message(client(), prolog='<?xml version="1.0" encoding="utf-8"?>').encode("cp1251"),
        message(client("Щ")).encode().replace("Щ".encode(), b"\xed\xa0\x80"),
        message(client("Щ")).encode().replace("Щ".encode(), b"\xff"),
        b"\x00" * 100,
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"PK\x03\x04" + b"\x00" * 100,
    ],
)
def test_bytes_that_are_no_text_are_a_named_error(data: bytes) -> None:
    with pytest.raises(Misunderstood):
        read(data)


def test_a_letter_that_the_encoding_does_not_have_is_a_named_error() -> None:
    prolog = '<?xml version="1.0" encoding="windows-1251"?>'
    many = [client() for _number in range(500)]
    data = message(*many, client("@"), prolog=prolog).encode("cp1251").replace(b"@", b"\x98")
    with pytest.raises(Misunderstood) as caught:
        read(data)
    assert caught.value.code == "unreadable_message"


def test_a_message_over_the_limit_is_refused() -> None:
    text = message(*[client()] * 1000)
    with pytest.raises(Misunderstood) as caught:
        read(text, Limits(message=200_000))
    assert caught.value.code == "refused_message"
    assert len(read(text, Limits(message=2_000_000))[1]) == 1000


def test_one_object_over_the_limit_is_refused() -> None:
    big = client(more=f"<ДокументУдЛичность>{'Я' * 500_000}</ДокументУдЛичность>")
    with pytest.raises(Misunderstood) as caught:
        read(message(big), Limits(an_object=300_000))
    assert caught.value.code == "refused_message"
    assert len(read(message(big))[1]) == 1


def test_five_megabytes_in_one_object_are_read() -> None:
    big = client(more=f"<ДокументУдЛичность>{'Я' * 2_500_000}</ДокументУдЛичность>")
    _header, (found,) = read(message(big))
    assert isinstance(found, Found)
    assert len(found.value["ДокументУдЛичность"]) == 2_500_000


def test_an_endless_opening_is_refused() -> None:
    text = message(client(), prolog="<!--" + "x" * (3 * 1024 * 1024) + "-->")
    with pytest.raises(Misunderstood) as caught:
        read(text)
    assert caught.value.code == "refused_message"


def test_a_message_without_objects_has_a_header_and_none() -> None:
    for text in (
        message(),
        f"<Message {PREFIXES}>{HEADER.format(format=FORMAT + '/1.21')}"
        f'<Body xmlns="{FORMAT}/1.21"/></Message>',
        f"<Message {PREFIXES}>{HEADER.format(format=FORMAT)}</Message>",
        f"<Message {PREFIXES}>{HEADER.format(format=FORMAT)}<Body/></Message>",
    ):
        header, objects = read(text)
        assert header.versions == ("1.21",)
        assert objects == []


def test_what_the_header_says_beyond_the_schema_is_left_out() -> None:
    more = "<msg:НовоеСвойство><msg:Часть/></msg:НовоеСвойство><msg:Prefix>БП</msg:Prefix>"
    said = HEADER.replace("</msg:Header>", more + "</msg:Header>")
    header, objects = read(message(client(), header=said))
    assert header.prefix == "БП"
    assert len(objects) == 1


def test_year_one_and_years_before_1900_are_dates_like_others() -> None:
    sample = (SAMPLES / "month_1.21.xml").read_text(encoding="utf-8")
    for day in ("0001-01-01", "1812-09-07"):
        _header, objects = read(sample.replace("2026-01-15", day))
        assert not [one for one in objects if isinstance(one, Misread)]


def test_memory_does_not_grow_with_the_message() -> None:
    class Endless(io.RawIOBase):
        """A message of as many clients as are asked for, made while it is read."""

        def __init__(self, count: int) -> None:
            whole = message("@").split("@")
            self.parts: Iterator[str] = iter([whole[0], *[client()] * count, whole[1]])
            self.left = b""

        def read(self, size: int = -1) -> bytes:
            while len(self.left) < size:
                part = next(self.parts, None)
                if part is None:
                    break
                self.left += part.encode()
            given, self.left = self.left[:size], self.left[size:]
            return given

    def peak(count: int) -> int:
        tracemalloc.start()
        _header, objects = read_message(Endless(count))  # type: ignore[arg-type]
        assert sum(1 for _one in objects) == count
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(10_000) < peak(2_000) * 1.5
