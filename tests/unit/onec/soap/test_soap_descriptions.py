"""Our descriptions of the services against the definitions that 1C publishes."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from defusedxml.ElementTree import parse

from provodka.connectors.onec.enterprise_data.soap import service

DEFINITIONS = Path(__file__).parents[3] / "data" / "onec" / "enterprise-data"
META = "{http://v8.1c.ru/8.3/MDClasses}"
SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
SERVICES = pytest.mark.parametrize(
    "name", ["EnterpriseDataExchange_1_0_1_1", "EnterpriseDataUpload_1_0_1_1", "InterfaceVersion"]
)
Fields = list[tuple[str, str, bool]]


def definition(name: str) -> Any:
    """The root of a published definition."""
    return parse(DEFINITIONS / name).getroot()


def description(name: str) -> Any:
    """The root of our description of a service."""
    return parse(str(files(service.__package__) / "wsdl" / f"{name}.wsdl")).getroot()


def published(name: str) -> tuple[str, dict[str, tuple[Fields, Fields]]]:
    """The namespace, and by operation what goes in and what comes out: name, type, nillable."""
    found = definition(f"{name}.xml").find(f"{META}WebService")
    operations = {}
    for operation in found.iterfind(f"{META}ChildObjects/{META}Operation"):
        about = f"{META}Properties/{META}"
        goes: Fields = []
        comes: Fields = [
            (
                "return",
                operation.findtext(f"{about}XDTOReturningValueType").partition(":")[2],
                operation.findtext(f"{about}Nillable") == "true",
            )
        ]
        for parameter in operation.iterfind(f"{META}ChildObjects/{META}Parameter"):
            told = (
                parameter.findtext(f"{about}Name"),
                parameter.findtext(f"{about}XDTOValueType").partition(":")[2],
                parameter.findtext(f"{about}Nillable") == "true",
            )
            into = parameter.findtext(f"{about}TransferDirection") == "In"
            (goes if into else comes).append(told)
        operations[operation.findtext(f"{about}Name")] = (goes, comes)
    return found.findtext(f"{META}Properties/{META}Namespace"), operations


def described(name: str) -> tuple[str, dict[str, tuple[Fields, Fields]]]:
    """The same out of our description."""
    root = description(name)
    namespace = root.get("targetNamespace")
    schema = root.find(f"{WSDL}types/{SCHEMA}schema[@targetNamespace='{namespace}']")
    elements: dict[str, Fields] = {
        element.get("name"): [
            (
                field.get("name"),
                field.get("type").partition(":")[2],
                field.get("nillable") == "true",
            )
            for field in element.iterfind(f"{SCHEMA}complexType/{SCHEMA}sequence/{SCHEMA}element")
        ]
        for element in schema.iterfind(f"{SCHEMA}element")
    }
    operations = [one.get("name") for one in root.iterfind(f"{WSDL}portType/{WSDL}operation")]
    return namespace, {one: (elements[one], elements[f"{one}Response"]) for one in operations}


@SERVICES
def test_a_description_has_every_operation_parameter_and_type_as_published(name: str) -> None:
    assert described(name) == published(name)


@SERVICES
def test_an_action_is_namespace_service_and_operation(name: str) -> None:
    root = description(name)
    actions = {
        operation.get("name"): operation.find(f"{SOAP}operation").get("soapAction")
        for operation in root.iterfind(f"{WSDL}binding/{WSDL}operation")
    }
    namespace, operations = published(name)
    assert actions == {one: f"{namespace}#{name}:{one}" for one in operations}


def test_the_result_of_a_preparation_has_the_published_fields() -> None:
    package = definition("EnterpriseDataExchange_1_0_1_1.xdto.xml")
    names = [one.get("name") for one in package.iter("{http://v8.1c.ru/8.1/xdto}property")]
    root = description("EnterpriseDataExchange_1_0_1_1")
    result = root.find(f".//{SCHEMA}complexType[@name='PrepareDataOperationResult']")
    assert [one.get("name") for one in result.iter(f"{SCHEMA}element")] == names
    assert root.find(f"{WSDL}types/{SCHEMA}schema").get("targetNamespace") == package.get(
        "targetNamespace"
    )


@SERVICES
def test_a_description_is_read_once_and_in_less_than_a_second(name: str) -> None:
    service._document.cache_clear()
    started = perf_counter()
    first = service._document(name)
    assert perf_counter() - started < 1.0
    assert service._document(name) is first


def test_zeep_is_not_loaded_before_the_first_call() -> None:
    code = (
        "import sys; import provodka.connectors.onec.enterprise_data.soap.base;"
        "sys.exit(sum(name in sys.modules for name in ('zeep', 'requests')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
