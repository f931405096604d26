"""The archive that a message travels in: honest ones open, others have a name."""

from __future__ import annotations

import errno
import io
import os
import struct
import zipfile
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.connectors.onec.enterprise_data.soap.archive import pack, unpack
from provodka.connectors.onec.enterprise_data.soap.errors import BadArchive
from provodka.connectors.onec.enterprise_data.soap.settings import Limits

LIMITS = Limits()
XML = b'<?xml version="1.0" encoding="UTF-8"?><Message/>'


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for name, data in members:
            kind = None if isinstance(name, zipfile.ZipInfo) else zipfile.ZIP_DEFLATED
            opened.writestr(name, data, kind)
    return made.getvalue()


def opened(packed: bytes, limits: Limits = LIMITS) -> bytes:
    to = io.BytesIO()
    unpack(io.BytesIO(packed), to, limits)
    return to.getvalue()


def named(name: str, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo()
    member.filename = name
    member.compress_type = method
    return member


def encrypted() -> bytes:
    packed = bytearray(archive(("data.xml", XML)))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def with_end(packed: bytes, entries: int, directory: int) -> bytes:
    changed = bytearray(packed)
    end = changed.rindex(b"PK\x05\x06")
    struct.pack_into("<HHL", changed, end + 8, entries, entries, directory)
    return bytes(changed)


@given(st.binary(max_size=5000).map(lambda data: b"<" + data))
def test_what_was_packed_is_unpacked(xml: bytes) -> None:
    packed, to = io.BytesIO(), io.BytesIO()
    size = pack(io.BytesIO(xml), packed, LIMITS)
    assert size == len(packed.getvalue())
    assert unpack(packed, to, LIMITS) == (len(xml), sha256(xml).hexdigest())
    assert to.getvalue() == xml


def test_the_same_message_packs_to_the_same_bytes() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    pack(io.BytesIO(XML), first, LIMITS)
    pack(io.BytesIO(XML), second, LIMITS)
    assert first.getvalue() == second.getvalue()


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"\r\n ", b""])
def test_a_byte_order_mark_or_blanks_may_come_first(start: bytes) -> None:
    assert opened(archive(("data.xml", start + XML))) == start + XML


def test_marks_of_the_format_inside_the_message_do_no_harm() -> None:
    xml = XML + b"PK\x05\x06PK\x06\x07PK\x01\x02"
    assert opened(archive((named("data.xml", zipfile.ZIP_STORED), xml))) == xml


def test_a_stored_file_and_a_cyrillic_name_are_fine() -> None:
    assert opened(archive((named("Сообщение.XML", zipfile.ZIP_STORED), XML))) == XML


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        (b"", "zip_truncated"),
        (b"PK", "zip_truncated"),
        (archive(("data.xml", XML))[:-5], "zip_truncated"),
        (archive(("data.xml", XML))[20:], "zip_broken"),
        (archive(("data.xml", XML))[:40] + archive(("data.xml", XML))[41:], "zip_broken"),
        (archive(), "zip_members"),
        (archive(("a.xml", XML), ("b.xml", XML)), "zip_members"),
        (archive(("a.xml", XML), ("readme.txt", b"")), "zip_members"),
        (archive((named("folder/"), b"")), "zip_path"),
        (archive((named("../data.xml"), XML)), "zip_path"),
        (archive((named("/etc/data.xml"), XML)), "zip_path"),
        (archive((named("C:data.xml"), XML)), "zip_path"),
        (archive((named("a\\data.xml"), XML)), "zip_path"),
        (archive((named(".data.xml"), XML)), "zip_path"),
        (archive(("data.zip", XML)), "zip_not_xml"),
        (archive(("data.xml", b"")), "zip_not_xml"),
        (archive(("data.xml", b"1CClientBankExchange")), "zip_not_xml"),
        (archive(("data.xml", archive(("data.xml", XML)))), "zip_nested"),
        (archive((named("data.xml", zipfile.ZIP_BZIP2), XML)), "zip_method"),
        (archive((named("data.xml", zipfile.ZIP_LZMA), XML)), "zip_method"),
        (encrypted(), "zip_encrypted"),
        (with_end(archive(("data.xml", XML)), 1, 70_000), "zip_broken"),
        (with_end(archive(("data.xml", XML)), 1, 60_000), "zip_broken"),
        (with_end(archive(("a.xml", XML), ("b.xml", XML)), 1, 102), "zip_members"),
        (with_end(archive(("a.xml", XML), ("b.xml", XML)), 1, 51), "zip_broken"),
        (b"PK\x06\x07" + bytes(16) + archive(("data.xml", XML))[-22:], "packed_too_large"),
    ],
)
def test_an_archive_that_must_not_be_read_is_refused_by_name(packed: bytes, code: str) -> None:
    with pytest.raises(BadArchive) as caught:
        opened(packed)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        (archive(*((f"{n}.xml", b"") for n in range(2000))), "zip_members"),
        (with_end(archive(("data.xml", XML)), 1, 70_000), "zip_broken"),
    ],
)
def test_a_list_of_files_that_is_too_long_is_not_even_read(
    monkeypatch: pytest.MonkeyPatch, packed: bytes, code: str
) -> None:
    def listed(*_given: object) -> None:
        raise AssertionError("the list was read")

    monkeypatch.setattr(zipfile.ZipFile, "__init__", listed)
    with pytest.raises(BadArchive) as caught:
        opened(packed)
    assert caught.value.code == code


def test_a_bomb_stops_at_the_ratio_whatever_size_it_claims() -> None:
    bomb = archive(("data.xml", b"<a>" + b" " * 50_000_000))
    lying = bytearray(bomb)
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", lying, lying.index(mark) + at, 49_000_000)
    for packed in (bomb, bytes(lying)):
        to = io.BytesIO()
        with pytest.raises(BadArchive) as caught:
            unpack(io.BytesIO(packed), to, LIMITS)
        assert caught.value.code == "zip_ratio"
        assert len(to.getvalue()) < 11_000_000


def test_a_message_past_the_limits_is_refused() -> None:
    packed = archive(("data.xml", b"<" + os.urandom(3000)))
    with pytest.raises(BadArchive) as caught:
        opened(packed, Limits(xml=2999))
    assert caught.value.code == "message_too_large"
    with pytest.raises(BadArchive) as caught:
        opened(packed, Limits(packed=1000))
    assert caught.value.code == "packed_too_large"


def test_a_short_message_of_one_repeated_row_is_honest() -> None:
    xml = b"<a>" + b"<row/>" * 200_000 + b"</a>"
    packed = archive(("data.xml", xml))
    assert len(xml) > len(packed) * 200
    assert opened(packed) == xml


def test_a_full_disk_is_not_taken_for_a_broken_archive() -> None:
    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        unpack(io.BytesIO(archive(("data.xml", XML))), Full(), LIMITS)


@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6
    )
)
def test_a_damaged_archive_is_refused_or_read_right(damage: list[tuple[int, bytes]]) -> None:
    whole = archive(("data.xml", XML * 5))
    packed = bytearray(whole)
    for at, data in damage:
        place = at % len(packed)
        packed[place : place + len(data)] = data
    try:
        assert opened(bytes(packed)) == XML * 5
    except BadArchive:
        assert packed != whole


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_by_name(data: bytes) -> None:
    with pytest.raises(BadArchive):
        opened(data)
    with pytest.raises(BadArchive):
        opened(data + archive(("data.xml", XML))[-22:])
