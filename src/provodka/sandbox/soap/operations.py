"""The services and their operations, as the published definitions have them."""

from __future__ import annotations

from dataclasses import dataclass, field

EXCHANGE = "EnterpriseDataExchange_1_0_1_1"
UPLOAD = "EnterpriseDataUpload_1_0_1_1"
INTERFACE_VERSION = "InterfaceVersion"
CORE = "http://v8.1c.ru/8.1/data/core"
RESULTS = "http://v8.1c.ru/SSL/Exchange/EnterpriseDataExchange"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `kind` is a built-in type (`string`) or a type's name in braces notation."""

    name: str
    kind: str = "string"
    nillable: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what goes in, what comes back as `return`, and what else comes out."""

    name: str
    returns: Parameter
    takes: tuple[Parameter, ...] = ()
    gives: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """One published service; `file` is the last part of its address."""

    name: str
    namespace: str
    operations: dict[str, Operation] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """The name that the service is published under."""
        return f"{self.name}.1cws"

    def action(self, operation: str) -> str:
        """The SoapAction of an operation."""
        return f"{self.namespace}#{self.name}:{operation}"


def _in(*names: str) -> tuple[Parameter, ...]:
    """Parameters written as `name` (a string), `name:type`, `name:type?` (nillable)."""
    found = []
    for text in names:
        name, _, kind = text.partition(":")
        found.append(Parameter(name, kind.rstrip("?") or "string", kind.endswith("?")))
    return tuple(found)


_ERROR = Parameter("ErrorMessage", nillable=True)
_JOB = (Parameter("OperationID", nillable=True), _ERROR)
_TEXT = Parameter("return", nillable=True)
_STATUS = Parameter("return")
_PLAN = ("ExchangePlanName", "PeerCode")


def _common(plan: tuple[str, ...]) -> tuple[Operation, ...]:
    part = _in("FileID", "PartNumber:int?", "PartData:base64Binary")
    return (
        Operation("Ping", _TEXT),
        Operation("TestConnection", Parameter("return", "boolean"), _in(*plan), (_ERROR,)),
        Operation("PutFilePart", _TEXT, part, (_ERROR,)),
        Operation("PutData", _TEXT, _in(*plan, "FileID"), _JOB),
        Operation("PutDataActionResult", _STATUS, _in("OperationID"), (_ERROR,)),
    )


_GETTING = (
    Operation("PrepareDataForGetting", _TEXT, _in(*_PLAN, "PartSize:decimal"), _JOB),
    Operation(
        "PrepareDataActionResult",
        Parameter("return", f"{{{RESULTS}}}PrepareDataOperationResult"),
        _in("OperationID"),
        (_ERROR,),
    ),
    Operation(
        "GetDataPart",
        Parameter("return", "base64Binary", nillable=True),
        _in("FileID", "PartNumber:int"),
        (_ERROR,),
    ),
    Operation("ConfirmGettingFile", _TEXT, _in("FileID", "ClearDataPool:boolean"), (_ERROR,)),
)


def _service(name: str, namespace: str, *operations: Operation) -> ServiceDefinition:
    return ServiceDefinition(name, namespace, {item.name: item for item in operations})


SERVICES = {
    item.file: item
    for item in (
        _service(EXCHANGE, f"http://www.1c.ru/SSL/{EXCHANGE}", *_common(_PLAN), *_GETTING),
        _service(UPLOAD, f"http://www.1c.ru/SSL/{UPLOAD}", *_common(())),
        _service(
            INTERFACE_VERSION,
            "http://www.1c.ru/SaaS/1.0/WS",
            Operation("GetVersions", Parameter("return", f"{{{CORE}}}Array"), _in("InterfaceName")),
        ),
    )
}
