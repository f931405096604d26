"""Long-running operations: how they seem to go, also where they go wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tests.contract.sandbox.conftest import Starter
from tests.contract.sandbox.neighbours import Record
from tests.contract.sandbox.soap_messages import client, client_keys
from tests.contract.sandbox.soap_peer import (
    EMPTY,
    EXCHANGE,
    UPLOAD,
    Failed,
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
    sandbox = Resident(tmp_path_factory.mktemp("jobs"))
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


def asked(peer: Peer, job: str) -> str:
    return peer.call("PutDataActionResult", f"<m:OperationID>{job}</m:OperationID>")


def status(peer: Peer, job: str) -> str:
    return one(asked(peer, job), "return")


def settled(peer: Peer) -> None:
    """Wait until the base has taken in our last message, without asking after its job."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        peers = peer.hands.ask("GET", "enterprise-data")["peers"]
        if (peer.code, peer.number) in {(item["code"], item["received"]) for item in peers}:
            return
    raise AssertionError("the message is not taken in")


def someone() -> str:
    """A client that nobody has heard of."""
    name = f"Клиент {uuid4().hex[:10]}"
    return client(client_keys(str(uuid4()), name, "", ""))


def test_a_job_is_active_as_often_as_is_asked_for(peer: Peer) -> None:
    peer.hands.ask("POST", "enterprise-data/settings", job_polls=2)
    peer.number = 1
    job = peer.start_put(peer.message(someone()))
    settled(peer)
    assert [status(peer, job) for _ in range(4)] == ["Active", "Active", "Completed", "Completed"]


def test_a_prepared_message_is_told_with_its_file(peer: Peer) -> None:
    peer.hands.ask("POST", "enterprise-data/settings", job_polls=1)
    text = peer.call("PrepareDataForGetting", f"{peer.node}<m:PartSize>0</m:PartSize>")
    job = one(text, "OperationID")
    content = f"<m:OperationID>{job}</m:OperationID>"

    def told(file: str, parts: int, state: str) -> str:
        shown = f"<FileID>{file}</FileID>" if file else "<FileID/>"
        return answer(
            "PrepareDataActionResult",
            f'<m:return xmlns="{RESULT}" {EMPTY}><ErrorMessage/>{shown}'
            f"<PartCount>{parts}</PartCount><Status>{state}</Status></m:return>",
            f"<m:ErrorMessage {EMPTY}/>",
        )

    assert peer.call("PrepareDataActionResult", content) == told("", 0, "Active")
    last = peer.wait("PrepareDataActionResult", job, lambda text: one(text, "Status"))
    assert last == told(one(last, "FileID"), 1, "Completed")


def test_a_job_that_nobody_knows_was_canceled(peer: Peer) -> None:
    unknown = f"<m:OperationID>{uuid4()}</m:OperationID>"
    assert one(peer.call("PutDataActionResult", unknown), "return") == "Canceled"
    assert one(peer.call("PutDataActionResult", unknown, UPLOAD), "return") == "Canceled"
    assert peer.call("PrepareDataActionResult", unknown) == answer(
        "PrepareDataActionResult",
        f'<m:return xmlns="{RESULT}" {EMPTY}><ErrorMessage/><Status>Canceled</Status></m:return>',
        f"<m:ErrorMessage {EMPTY}/>",
    )


def test_what_is_no_identifier_of_a_job_is_a_fault(peer: Peer) -> None:
    code, text = peer.fault("PutDataActionResult", "<m:OperationID>17</m:OperationID>")
    assert (code, text) == ("soap:Server", "Неверный формат уникального идентификатора")


def test_a_job_takes_its_time(peer: Peer) -> None:
    peer.hands.ask("POST", "enterprise-data/settings", job_seconds=0.3, job_polls=0)
    peer.number = 1
    job = peer.start_put(peer.message(someone()))
    started = time.monotonic()
    assert status(peer, job) == "Active"
    peer.loaded(job)
    assert time.monotonic() - started > 0.2


def test_a_job_can_be_made_to_fail_to_be_canceled_or_to_be_slow(peer: Peer) -> None:
    peer.number = 1
    peer.hands.fault("job_fail", path="PutData()", text="Ошибка блокировки")
    job = peer.start_put(peer.message(someone()))
    assert (status(peer, job), status(peer, job)) == ("Active", "Failed")
    assert one(asked(peer, job), "ErrorMessage") == "Ошибка блокировки"
    peer.hands.fault("job_cancel", path="PrepareDataForGetting()")
    with pytest.raises(Failed) as failure:
        peer.prepare()
    assert (failure.value.status, failure.value.text) == ("Canceled", "")
    peer.hands.fault("job_slow", path="PutData()", seconds=0.2)
    job = peer.start_put(peer.message(someone()))
    assert [status(peer, job) for _ in range(3)] == ["Active"] * 3
    settled(peer)
    peer.loaded(job)


def test_a_job_that_failed_on_purpose_has_loaded_nothing(peer: Peer) -> None:
    peer.hands.fault("job_fail", path="PutData()")
    with pytest.raises(Failed):
        peer.put(someone())
    peer.number = 0
    peer.put(someone())
    (shown,) = [
        item
        for item in peer.hands.ask("GET", "enterprise-data")["peers"]
        if item["code"] == peer.code
    ]
    assert shown["received"] == 1


def test_a_lost_answer_leaves_the_message_loaded(peer: Peer) -> None:
    peer.number = 1
    peer.put_file(zipped(peer.message(someone())))
    peer.hands.fault("drop_after", path="PutData()")
    with pytest.raises(httpx.RemoteProtocolError):
        peer.post(EXCHANGE, "PutData", f"{peer.node}<m:FileID>file-1</m:FileID>")
    settled(peer)
    peer.number = 0
    with pytest.raises(Failed, match="принято ранее"):
        peer.put(someone())


def test_the_file_of_a_started_job_is_gone(peer: Peer) -> None:
    peer.number = 1
    peer.start_put(peer.message(someone()))
    code, text = peer.fault("PutData", f"{peer.node}<m:FileID>file-1</m:FileID>")
    assert code == "soap:Server"
    assert text.startswith("Не найден ни один фрагмент сессии передачи с идентификатором file-1.")


def test_a_message_for_an_unknown_node_fails_in_its_job(peer: Peer) -> None:
    peer.code = "НЕТ"
    with pytest.raises(Failed, match="Заданный узел плана обмена не найден"):
        peer.put(someone())
    with pytest.raises(Failed, match="Заданный узел плана обмена не найден"):
        peer.prepare()


def test_without_a_plan_a_message_is_loaded_as_often_as_it_comes(peer: Peer) -> None:
    ref = str(uuid4())
    party = client(client_keys(ref, f"Без плана {ref[:8]}", "", ""))
    for _ in range(2):
        peer.put_file(zipped(peer.message(party)), "upload", UPLOAD)
        text = peer.call("PutData", "<m:FileID>upload</m:FileID>", UPLOAD)
        peer.loaded(one(text, "OperationID"))
    assert len(peer.base.rows("Catalog_Контрагенты", filter=f"Ref_Key eq guid'{ref}'")) == 1


def test_a_job_that_was_waiting_is_carried_out_after_a_restart(
    tmp_path: Path, start: Starter
) -> None:
    process = start(tmp_path, "--no-pbx")
    peer = Peer(process.about)
    peer.hands.ask("POST", "enterprise-data/settings", job_seconds=0.5)
    peer.number = 1
    job = peer.start_put(peer.message(client()))
    process.kill()
    peer.close()
    again = Peer(start(tmp_path, "--no-pbx").about)
    again.loaded(job)
    inn = "ИНН eq '7707083893'"
    assert len(again.base.rows("Catalog_Контрагенты", filter=inn)) == 1
    again.close()
