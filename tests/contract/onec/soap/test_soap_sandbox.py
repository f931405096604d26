"""The client against the stand-in base's services: two readings of one protocol, written apart."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.contract.onec.opening import QUICK
from tests.contract.sandbox.neighbours import Record
from tests.contract.sandbox.soap_messages import client, client_keys
from tests.contract.sandbox.soap_peer import Message, Peer
from tests.contract.sandbox.soap_resident import Resident

from provodka.connectors.onec.enterprise_data.soap.answers import Received
from provodka.connectors.onec.enterprise_data.soap.base import EnterpriseDataBase
from provodka.connectors.onec.enterprise_data.soap.errors import BadArchive, ImportUnseen
from provodka.connectors.onec.enterprise_data.soap.numbering import Incoming, Numbers, Verdict
from provodka.connectors.onec.enterprise_data.soap.settings import SoapSettings, Waiting
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    ProvodkaError,
    Refused,
    SystemUnavailable,
)

BRISK = Waiting(first=0.005, growth=1.2, longest=0.02, deadline=10)
Open = Callable[..., EnterpriseDataBase]


@pytest.fixture(scope="module")
def about(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """A sandbox for the tests of this file: addresses and logins."""
    sandbox = Resident(tmp_path_factory.mktemp("soap-client"))
    yield sandbox.about
    sandbox.stop()


@pytest.fixture
def peer(about: Record) -> Iterator[Peer]:
    """A node of the sandbox's plan for this test alone, and hands to arrange its behaviour."""
    found = Peer(about, f"P{uuid4().hex[:8]}")
    found.hands.ask("POST", "enterprise-data/peers", code=found.code)
    yield found
    found.hands.ask("DELETE", "faults")
    found.close()


@pytest.fixture
def opened(about: Record, peer: Peer) -> Iterator[Open]:
    """Open the client on the sandbox: `opened(part_kb=…)`."""
    opened: list[EnterpriseDataBase] = []

    def client(**given: Any) -> EnterpriseDataBase:
        login = given.pop("password", about["onec_password"])
        reached = OneCSettings(about["onec_url"], about["onec_login"], login)
        asked = {"peer_code": peer.code, "waiting": BRISK, **given}
        opened.append(EnterpriseDataBase(SoapSettings(reached, **asked), retries=QUICK))
        return opened[-1]

    yield client
    for base in opened:
        base.close()


def arrange(peer: Peer, kind: str, operation: str, **more: Any) -> None:
    """One misbehaviour of one operation."""
    peer.hands.ask("POST", "faults", kind=kind, path=f"{operation}()", count=1, **more)


def fetched(base: EnterpriseDataBase) -> tuple[Message, Received]:
    to = io.BytesIO()
    received = base.receive(to)
    return Message(to.getvalue()), received


def incoming(message: Message, received: Received) -> Incoming:
    numbers = int(message.header("MessageNo")), int(message.header("ReceivedNo"))
    return Incoming(*numbers, received.digest)


def sent(base: EnterpriseDataBase, peer: Peer, numbers: Numbers, *objects: str) -> None:
    text = peer.message(*objects, number=numbers.sent, received=numbers.received)
    base.send(io.BytesIO(text.encode()))


def someone() -> tuple[str, str]:
    """A client that the base does not know: its name and its object."""
    name = f"Клиент {uuid4().hex[:10]}"
    return name, client(client_keys(str(uuid4()), name, "", ""))


def known(peer: Peer, name: str) -> int:
    return len(peer.base.rows("Catalog_Контрагенты", filter=f"Description eq '{name}'"))


def test_the_base_is_there_and_says_what_it_speaks(opened: Open) -> None:
    base = opened()
    base.test_connection()
    assert base.exchange.ping() == ""
    assert base.versions() == {
        "EnterpriseDataExchange": ("1.0.1.1",),
        "EnterpriseDataUpload": ("1.0.1.1",),
    }


def test_a_whole_conversation_is_numbered_confirmed_and_ends(opened: Open, peer: Peer) -> None:
    base, numbers = opened(part_kb=1), Numbers()
    first, received = fetched(base)
    assert received.parts > 1
    assert "Справочник.Номенклатура" in first.names()
    numbers = numbers.read(incoming(first, received)).numbers
    base.confirm(received)
    name, unknown = someone()
    numbers = numbers.next_message()
    sent(base, peer, numbers, unknown)
    assert known(peer, name) == 1
    second, received = fetched(base)
    arrival = numbers.read(incoming(second, received))
    assert arrival.verdict is Verdict.NEW
    assert arrival.numbers.confirmed == numbers.sent == 1
    assert "Справочник.Номенклатура" not in second.names()


def test_an_unconfirmed_message_comes_again_with_the_next_number(opened: Open) -> None:
    base = opened()
    first, _received = fetched(base)
    second, _received = fetched(base)
    assert second.names() == first.names()
    assert int(second.header("MessageNo")) == int(first.header("MessageNo")) + 1


def test_a_message_in_the_spool_is_the_same_message(
    opened: Open, peer: Peer, tmp_path: Path
) -> None:
    first, received = fetched(opened(spool=tmp_path))
    numbers = Numbers().read(incoming(first, received)).numbers
    base = opened(spool=tmp_path)
    again, repeated = fetched(base)
    assert numbers.read(incoming(again, repeated)).verdict is Verdict.REPEATED
    base.confirm(repeated)
    fresh, received = fetched(base)
    assert numbers.read(incoming(fresh, received)).verdict is Verdict.NEW


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize(
    "operation",
    ["PrepareDataForGetting", "PrepareDataActionResult", "GetDataPart", "ConfirmGettingFile"],
)
def test_receiving_survives_a_loss_at_every_step(
    opened: Open, peer: Peer, operation: str, kind: str
) -> None:
    arrange(peer, kind, operation)
    base = opened(part_kb=2)
    message, received = fetched(base)
    base.confirm(received)
    assert "Справочник.Контрагенты" in message.names()


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("PutFilePart", "drop_before"),
        ("PutFilePart", "drop_after"),
        ("PutData", "drop_before"),
        ("PutDataActionResult", "drop_before"),
        ("PutDataActionResult", "drop_after"),
    ],
)
def test_sending_survives_a_loss_at_every_step(
    opened: Open, peer: Peer, operation: str, kind: str
) -> None:
    arrange(peer, kind, operation)
    base, (name, unknown) = opened(), someone()
    sent(base, peer, Numbers().next_message(), unknown)
    assert known(peer, name) == 1


def test_a_message_whose_start_was_not_seen_goes_again_and_doubles_nothing(
    opened: Open, peer: Peer
) -> None:
    arrange(peer, "drop_after", "PutData")
    base, (name, unknown) = opened(), someone()
    numbers = Numbers().next_message()
    with pytest.raises(ImportUnseen) as caught:
        sent(base, peer, numbers, unknown)
    assert caught.value.code == "import_unknown"
    numbers = numbers.next_message()
    sent(base, peer, numbers, unknown)
    assert known(peer, name) == 1
    message, received = fetched(base)
    assert numbers.read(incoming(message, received)).numbers.confirmed == numbers.sent


def test_a_message_sent_past_any_plan_arrives_too(opened: Open, peer: Peer) -> None:
    base, (name, unknown) = opened(peer_code=""), someone()
    base.test_connection()
    base.send(io.BytesIO(peer.message(unknown, number=1).encode()))
    assert known(peer, name) == 1


def test_a_slow_job_is_waited_for_and_given_up_at_the_deadline(
    opened: Open, peer: Peer, tmp_path: Path
) -> None:
    arrange(peer, "job_slow", "PrepareDataForGetting", seconds=0.3)
    hasty = Waiting(first=0.01, growth=1, longest=0.01, deadline=0.05)
    with pytest.raises(SystemUnavailable) as caught:
        fetched(opened(waiting=hasty, spool=tmp_path))
    assert caught.value.code == "export_too_long"
    message, _received = fetched(opened(spool=tmp_path))
    assert message.header("MessageNo") == "1"


@pytest.mark.parametrize(
    ("kind", "operation", "error", "code"),
    [
        ("soap_fault", "PrepareDataForGetting", Refused, "base_refused"),
        ("error_message", "PrepareDataForGetting", SystemUnavailable, "base_busy"),
        ("job_fail", "PrepareDataForGetting", SystemUnavailable, "export_failed"),
        ("job_cancel", "PrepareDataForGetting", SystemUnavailable, "export_canceled"),
        ("corrupt_zip", "GetDataPart", BadArchive, "zip_truncated"),
        ("cut_part", "GetDataPart", BadArchive, "zip_truncated"),
    ],
)
def test_what_goes_wrong_with_the_bases_message_is_told_by_its_kind(
    opened: Open, peer: Peer, kind: str, operation: str, error: type[ProvodkaError], code: str
) -> None:
    arrange(peer, kind, operation)
    base = opened()
    with pytest.raises(error) as caught:
        fetched(base)
    assert caught.value.code == code
    message, _received = fetched(base)
    assert message.names()


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("soap_fault", Refused, "base_refused"),
        ("error_message", SystemUnavailable, "base_busy"),
        ("job_fail", Refused, "import_failed"),
        ("job_cancel", ImportUnseen, "import_canceled"),
    ],
)
def test_what_goes_wrong_with_our_message_is_told_by_its_kind(
    opened: Open, peer: Peer, kind: str, error: type[ProvodkaError], code: str
) -> None:
    arrange(peer, kind, "PutData")
    base, (_name, unknown) = opened(), someone()
    with pytest.raises(error) as caught:
        sent(base, peer, Numbers().next_message(), unknown)
    assert caught.value.code == code


def test_what_the_base_cannot_read_is_told_in_its_own_words(opened: Open, peer: Peer) -> None:
    with pytest.raises(Refused) as caught:
        sent(opened(), peer, Numbers().next_message(), "<Справочник.Контрагенты><Нет/>")
    assert caught.value.code == "import_failed"
    assert len(caught.value.found) > 20


def test_a_wrong_node_plan_or_password_is_told_before_anything_else(opened: Open) -> None:
    with pytest.raises(ConfigurationError, match="узел плана обмена не найден"):
        opened(peer_code="НЕТ").test_connection()
    with pytest.raises(ConfigurationError, match="Поле объекта не обнаружено"):
        opened(exchange_plan="НетТакого").test_connection()
    with pytest.raises(AccessDenied):
        opened(password="не тот").test_connection()


def test_a_base_without_the_services_says_so(about: Record) -> None:
    reached = OneCSettings(
        about["onec_url"].replace("/buh/", "/other/"), about["onec_login"], about["onec_password"]
    )
    with (
        EnterpriseDataBase(SoapSettings(reached), retries=QUICK) as base,
        pytest.raises(ConfigurationError, match="нет веб-сервиса"),
    ):
        base.test_connection()
