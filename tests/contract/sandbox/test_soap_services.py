"""The web services themselves: descriptions, envelopes of both versions, logins, faults."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import httpx
import pytest
from lxml import etree
from tests.contract.sandbox.neighbours import Record
from tests.contract.sandbox.soap_peer import (
    EMPTY,
    EXCHANGE,
    PLAN,
    UPLOAD,
    Peer,
    answer,
    envelope,
    namespace,
    one,
)
from tests.contract.sandbox.soap_resident import Resident

SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
OPERATIONS = {
    "EnterpriseDataExchange_1_0_1_1": [
        "Ping",
        "TestConnection",
        "PutFilePart",
        "PutData",
        "PutDataActionResult",
        "PrepareDataForGetting",
        "PrepareDataActionResult",
        "GetDataPart",
        "ConfirmGettingFile",
    ],
    "EnterpriseDataUpload_1_0_1_1": [
        "Ping",
        "TestConnection",
        "PutFilePart",
        "PutData",
        "PutDataActionResult",
    ],
    "InterfaceVersion": ["GetVersions"],
}


@pytest.fixture(scope="module")
def about(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """A sandbox for the tests of this file."""
    sandbox = Resident(tmp_path_factory.mktemp("services"))
    yield sandbox.about
    sandbox.stop()


@pytest.fixture
def peer(about: Record) -> Iterator[Peer]:
    """A peer of that sandbox; faults and settings are put back afterwards."""
    found = Peer(about)
    yield found
    found.hands.ask("DELETE", "faults")
    found.hands.ask("POST", "enterprise-data/settings", refusal="")
    found.close()


def test_ping_answers_an_empty_text(peer: Peer) -> None:
    assert peer.call("Ping", "") == answer("Ping", f"<m:return {EMPTY}/>")


def test_a_connection_to_a_known_node_is_good(peer: Peer) -> None:
    assert peer.call("TestConnection", peer.node) == answer(
        "TestConnection", f"<m:return {EMPTY}>true</m:return>", f"<m:ErrorMessage {EMPTY}/>"
    )


def test_a_connection_to_an_unknown_node_is_told_in_the_answer(peer: Peer) -> None:
    peer.code = "НЕТ"
    text = "Заданный узел плана обмена не найден. Обратитесь к администратору приложения."
    assert peer.call("TestConnection", peer.node) == answer(
        "TestConnection",
        f"<m:return {EMPTY}>false</m:return>",
        f"<m:ErrorMessage {EMPTY}>{text}</m:ErrorMessage>",
    )


def test_a_plan_that_the_configuration_has_not_got_is_a_fault(peer: Peer) -> None:
    node = "<m:ExchangePlanName>Полный</m:ExchangePlanName><m:PeerCode>CRM</m:PeerCode>"
    assert peer.fault("TestConnection", node) == (
        "soap:Server",
        "Поле объекта не обнаружено (Полный)",
    )


def test_a_base_that_cannot_synchronise_says_why(peer: Peer) -> None:
    reason = "Недостаточно прав для синхронизации данных."
    peer.hands.ask("POST", "enterprise-data/settings", refusal=reason)
    assert one(peer.call("TestConnection", peer.node), "ErrorMessage") == reason
    assert one(peer.call("TestConnection", "", UPLOAD), "ErrorMessage") == reason


def test_the_service_without_a_plan_needs_no_node(peer: Peer) -> None:
    assert one(peer.call("TestConnection", "", UPLOAD), "return") == "true"


@pytest.mark.parametrize("interface", ["EnterpriseDataExchange", "EnterpriseDataUpload"])
def test_the_versions_of_an_interface_are_listed(peer: Peer, interface: str) -> None:
    asked = f"<m:InterfaceName>{interface}</m:InterfaceName>"
    assert peer.call("GetVersions", asked, "InterfaceVersion") == answer(
        "GetVersions",
        f'<m:return xmlns="http://v8.1c.ru/8.1/data/core" {EMPTY}>'
        '<Value xsi:type="xs:string">1.0.1.1</Value></m:return>',
        service="InterfaceVersion",
    )


def test_an_unknown_interface_has_no_versions(peer: Peer) -> None:
    text = peer.call("GetVersions", "<m:InterfaceName>X</m:InterfaceName>", "InterfaceVersion")
    assert "<Value" not in text


def test_soap_1_2_is_answered_in_its_own_kind(peer: Peer) -> None:
    space = namespace(EXCHANGE)
    kind = f'application/soap+xml; charset=utf-8; action="{space}#{EXCHANGE}:Ping"'
    body = envelope(f'<m:Ping xmlns:m="{space}"/>', SOAP_12)
    response = peer.http.post(f"{EXCHANGE}.1cws", content=body, headers={"Content-Type": kind})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/soap+xml; charset=utf-8"
    expected = answer("Ping", f"<m:return {EMPTY}/>")
    assert response.text == expected.replace("http://schemas.xmlsoap.org/soap/envelope/", SOAP_12)


def test_a_fault_of_soap_1_2_has_a_code_and_a_reason(peer: Peer) -> None:
    body = envelope(f'<m:Gone xmlns:m="{namespace(EXCHANGE)}"/>', SOAP_12)
    headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
    response = peer.http.post(f"{EXCHANGE}.1cws", content=body, headers=headers)
    root = etree.fromstring(response.content)
    assert response.status_code == 500
    assert root.findtext(f".//{{{SOAP_12}}}Value") == "soap:Sender"
    assert "Gone" in str(root.findtext(f".//{{{SOAP_12}}}Text"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<soap:Envelope", "Ошибка разбора XML"),
        (b"", "Ошибка разбора XML"),
        (b"<Message/>", "не является конвертом"),
        (envelope(""), "не содержит вызова"),
        (envelope('<m:Ping xmlns:m="http://other"/>'), "не найдена"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "DTD"),
    ],
)
def test_what_is_no_call_is_the_clients_fault(peer: Peer, body: bytes, reason: str) -> None:
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    response = peer.http.post(f"{EXCHANGE}.1cws", content=body, headers=headers)
    root = etree.fromstring(response.content)
    assert (response.status_code, root.findtext(".//faultcode")) == (500, "soap:Client")
    assert reason in str(root.findtext(".//faultstring"))


def test_an_action_of_another_operation_is_refused(peer: Peer) -> None:
    space = namespace(EXCHANGE)
    response = peer.http.post(
        f"{EXCHANGE}.1cws",
        content=envelope(f'<m:Ping xmlns:m="{space}"/>'),
        headers={"Content-Type": "text/xml", "SOAPAction": f'"{space}#{EXCHANGE}:PutData"'},
    )
    assert response.status_code == 500
    assert "не соответствует операции" in response.text


@pytest.mark.parametrize(
    ("operation", "content", "reason"),
    [
        ("GetDataPart", "<m:FileID>f</m:FileID>", "Не задан параметр PartNumber"),
        (
            "GetDataPart",
            "<m:FileID>f</m:FileID><m:PartNumber>один</m:PartNumber>",
            "PartNumber: значение 'один' не соответствует типу xs:int",
        ),
        (
            "PutFilePart",
            "<m:FileID>f</m:FileID><m:PartNumber>1</m:PartNumber><m:PartData>$</m:PartData>",
            "PartData: значение '$' не соответствует типу xs:base64Binary",
        ),
        (
            "ConfirmGettingFile",
            "<m:FileID>f</m:FileID><m:ClearDataPool>да</m:ClearDataPool>",
            "ClearDataPool: значение 'да' не соответствует типу xs:boolean",
        ),
    ],
)
def test_a_wrong_argument_is_named(peer: Peer, operation: str, content: str, reason: str) -> None:
    code, text = peer.fault(operation, content)
    assert code == "soap:Client"
    assert reason in text


def test_a_nil_argument_is_taken_where_the_definition_allows_it(peer: Peer) -> None:
    nil = 'xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    data = base64.b64encode(b"x").decode()
    content = f"<m:FileID>n</m:FileID><m:PartNumber {nil}/><m:PartData>{data}</m:PartData>"
    peer.call("PutFilePart", content)
    assert peer.part("n", 1) == b"x"
    refused = f"<m:FileID {nil}/><m:PartNumber>1</m:PartNumber>"
    assert "FileID не может быть пустым" in peer.fault("GetDataPart", refused)[1]


@pytest.mark.parametrize("service", OPERATIONS)
def test_a_service_describes_its_operations(peer: Peer, service: str) -> None:
    response = peer.http.get(f"{service}.1cws?wsdl")
    root = etree.fromstring(response.content)
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    assert root.get("targetNamespace") == namespace(service)
    port = root.find(f"{WSDL}portType")
    assert port is not None
    assert [item.get("name") for item in port] == OPERATIONS[service]
    addresses = {item.get("location") for item in root.iter("{*}address")}
    assert addresses == {f"{peer.http.base_url}{service}.1cws"}
    actions = {item.get("soapAction") for item in root.iter("{*}operation")} - {None}
    names = OPERATIONS[service]
    assert actions == {f"{namespace(service)}#{service}:{name}" for name in names}


def test_the_description_names_what_may_be_nil(peer: Peer) -> None:
    root = etree.fromstring(peer.http.get(f"{EXCHANGE}.1cws?wsdl").content)
    found = {
        (call.get("name"), item.get("name")): (item.get("type"), item.get("nillable"))
        for call in root.iterfind(".//{*}schema/{*}element")
        for item in call.iter("{*}element")
        if item is not call
    }
    assert found["PutFilePart", "PartNumber"] == ("xs:int", "true")
    assert found["PutFilePart", "PartData"] == ("xs:base64Binary", None)
    assert found["GetDataPartResponse", "return"] == ("xs:base64Binary", "true")
    assert found["PrepareDataForGetting", "PartSize"] == ("xs:decimal", None)
    kind = found["PrepareDataActionResultResponse", "return"][0]
    assert str(kind).endswith(":PrepareDataOperationResult")


def test_the_login_is_in_utf_8_and_is_asked_for(peer: Peer) -> None:
    address = f"{peer.http.base_url}{EXCHANGE}.1cws"
    for login in (None, ("Чужой".encode(), b"sandbox")):
        response = httpx.get(f"{address}?wsdl", auth=login, verify=False)  # noqa: S501
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == 'Basic realm="1C:Enterprise 8.3"'


def test_there_is_nothing_else_at_the_address(peer: Peer) -> None:
    assert peer.http.get("Exchange_3_0_1_1.1cws?wsdl").status_code == 404
    assert peer.http.get(f"{EXCHANGE}.1cws").status_code == 405


@pytest.mark.parametrize(
    ("kind", "status"), [("error500", 500), ("unavailable503", 503), ("unauthorized", 401)]
)
def test_a_fault_can_meet_one_operation_alone(peer: Peer, kind: str, status: int) -> None:
    peer.hands.fault(kind, path="TestConnection()")
    assert peer.post(EXCHANGE, "Ping", "").status_code == 200
    assert peer.post(EXCHANGE, "TestConnection", peer.node).status_code == status
    assert peer.post(EXCHANGE, "TestConnection", peer.node).status_code == 200


def test_an_error_can_be_put_in_either_place(peer: Peer) -> None:
    peer.hands.fault("soap_fault", path="TestConnection()", text="Сбой")
    peer.hands.fault("error_message", path="TestConnection()", text="Идёт обновление")
    assert peer.fault("TestConnection", peer.node) == ("soap:Server", "Сбой")
    text = peer.call("TestConnection", peer.node)
    assert (one(text, "return"), one(text, "ErrorMessage")) == ("false", "Идёт обновление")
    assert one(peer.call("TestConnection", peer.node), "return") == "true"


def test_the_plan_and_the_codes_are_told_by_the_sandbox(about: Record) -> None:
    told = about["exchange_plan"], about["exchange_node"], about["exchange_peer"]
    assert told == (PLAN, "БП", "CRM")
