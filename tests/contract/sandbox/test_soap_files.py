"""Files in parts: put, joined, given, confirmed, and damaged on purpose."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from uuid import uuid4

import pytest
from tests.contract.sandbox.neighbours import Record
from tests.contract.sandbox.soap_messages import client, client_keys
from tests.contract.sandbox.soap_peer import (
    EMPTY,
    EXCHANGE,
    Peer,
    answer,
    one,
    zipped,
)
from tests.contract.sandbox.soap_resident import Resident

RESULT = "http://v8.1c.ru/SSL/Exchange/EnterpriseDataExchange"


@pytest.fixture(scope="module")
def about(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """A sandbox for the tests of this file."""
    sandbox = Resident(tmp_path_factory.mktemp("files"))
    yield sandbox.about
    sandbox.stop()


@pytest.fixture
def peer(about: Record) -> Iterator[Peer]:
    """A peer of that sandbox under a code of its own."""
    found = Peer(about, f"P{uuid4().hex[:8]}")
    before = found.hands.ask("GET", "enterprise-data/settings")
    found.hands.ask("POST", "enterprise-data/peers", code=found.code)
    yield found
    found.hands.ask("DELETE", "faults")
    found.hands.ask("POST", "enterprise-data/settings", **before)
    found.close()


def someone() -> str:
    """A client that nobody has heard of."""
    name = f"Клиент {uuid4().hex[:10]}"
    return client(client_keys(str(uuid4()), name, "", ""))


def put_parts(peer: Peer, file: str, parts: dict[int, bytes], service: str = EXCHANGE) -> None:
    for number, data in parts.items():
        text = peer.call(
            "PutFilePart",
            f"<m:FileID>{file}</m:FileID><m:PartNumber>{number}</m:PartNumber>"
            f"<m:PartData>{base64.b64encode(data).decode()}</m:PartData>",
            service,
        )
        assert text == answer(
            "PutFilePart", f"<m:return {EMPTY}/>", f"<m:ErrorMessage {EMPTY}/>", service=service
        )


def test_a_file_is_put_in_parts_in_any_order_and_a_repeat_replaces(peer: Peer) -> None:
    peer.number = 1
    data = zipped(peer.message(someone()))
    third = len(data) // 3
    pieces = {3: data[2 * third :], 1: b"wrong", 2: data[third : 2 * third]}
    put_parts(peer, "parts", pieces)
    put_parts(peer, "parts", {1: data[:third]})
    text = peer.call("PutData", f"{peer.node}<m:FileID>parts</m:FileID>")
    peer.loaded(one(text, "OperationID"))


def test_a_part_that_is_missing_is_named(peer: Peer) -> None:
    put_parts(peer, "hole", {1: b"a", 3: b"c"})
    assert peer.fault("PutData", f"{peer.node}<m:FileID>hole</m:FileID>") == (
        "soap:Server",
        "Файл не обнаружен 'data.zip.2'",
    )


def test_a_file_without_an_identifier_is_refused(peer: Peer) -> None:
    content = "<m:FileID/><m:PartNumber>1</m:PartNumber><m:PartData>eA==</m:PartData>"
    code, text = peer.fault("PutFilePart", content)
    assert code == "soap:Server"
    assert text.startswith("Не указан идентификатор загружаемого файла.")


def test_what_is_no_archive_is_refused(peer: Peer) -> None:
    peer.put_file(b"not a zip at all")
    assert (
        "Ошибка чтения архива"
        in peer.fault("PutData", f"{peer.node}<m:FileID>file-1</m:FileID>")[1]
    )
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    peer.put_file(empty.getvalue())
    refusal = peer.fault("PutData", f"{peer.node}<m:FileID>file-1</m:FileID>")
    assert refusal == ("soap:Server", "Файл архива не содержит данных.")


def test_a_file_is_given_in_parts_of_the_size_that_was_asked_for(peer: Peer) -> None:
    file, parts = peer.prepare("2")
    pieces = [peer.part(file, number) for number in range(1, parts + 1)]
    assert parts > 1
    assert {len(piece) for piece in pieces[:-1]} == {2048}
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.namelist() == ["data.xml"]
        assert b"<Message" in archive.read("data.xml")


@pytest.mark.parametrize("number", [0, 2])
def test_a_part_that_there_is_not_is_told_in_the_answer(peer: Peer, number: int) -> None:
    file, _ = peer.prepare("0")
    content = f"<m:FileID>{file}</m:FileID><m:PartNumber>{number}</m:PartNumber>"
    text = "Часть файла с указанным номером не найдена."
    assert peer.call("GetDataPart", content) == answer(
        "GetDataPart",
        f'<m:return {EMPTY} xsi:nil="true"/>',
        f"<m:ErrorMessage {EMPTY}>{text}</m:ErrorMessage>",
    )


def test_a_confirmed_file_is_gone(peer: Peer) -> None:
    file, _ = peer.prepare("0")
    content = f"<m:FileID>{file}</m:FileID>"
    confirmed = peer.call("ConfirmGettingFile", f"{content}<m:ClearDataPool>true</m:ClearDataPool>")
    assert confirmed == answer(
        "ConfirmGettingFile", f"<m:return {EMPTY}/>", f"<m:ErrorMessage {EMPTY}/>"
    )
    text = peer.call("GetDataPart", f"{content}<m:PartNumber>1</m:PartNumber>")
    assert one(text, "ErrorMessage") == "Часть файла с указанным номером не найдена."


def test_a_part_can_be_cut_and_a_zip_corrupted_for_once(peer: Peer) -> None:
    file, _ = peer.prepare("0")
    peer.hands.fault("cut_part", path="GetDataPart()", length=7)
    peer.hands.fault("corrupt_zip", path="GetDataPart()", count=1)
    cut, corrupt, whole = (peer.part(file, 1) for _ in range(3))
    assert cut == whole[:7]
    assert len(corrupt) == len(whole)
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(corrupt)).testzip()
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None
