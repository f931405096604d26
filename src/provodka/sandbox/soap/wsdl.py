"""Descriptions of the services, laid out as the platform generates them."""

from __future__ import annotations

from provodka.sandbox.soap.operations import (
    CORE,
    RESULTS,
    Operation,
    Parameter,
    ServiceDefinition,
)

_BINDINGS = (("soapbind", "Soap"), ("soap12bind", "Soap12"))
_TRANSPORT = "http://schemas.xmlsoap.org/soap/http"
_CLAIM = (
    '<documentation><wsi:Claim xmlns:wsi="http://ws-i.org/schemas/conformanceClaim/" '
    'conformsTo="http://ws-i.org/profiles/basic/1.1"/></documentation>'
)
_IMPORTED = {
    CORE: '<xs:complexType name="Array"><xs:sequence><xs:element name="Value" nillable="true" '
    'minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>',
    RESULTS: '<xs:complexType name="PrepareDataOperationResult"><xs:sequence>'
    '<xs:element name="ErrorMessage" type="xs:string" minOccurs="0"/>'
    '<xs:element name="FileID" type="xs:string" minOccurs="0"/>'
    '<xs:element name="PartCount" type="xs:int" minOccurs="0"/>'
    '<xs:element name="Status" type="xs:string" minOccurs="0"/>'
    '<xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>'
    '</xs:sequence><xs:anyAttribute namespace="##other"/></xs:complexType>',
}


def render_wsdl(service: ServiceDefinition, address: str) -> bytes:
    """The WSDL of a service that answers at `address`, with both SOAP bindings."""
    operations = service.operations.values()
    parts = [
        _types(service),
        *(_messages(item) for item in operations),
        f'<portType name="{service.name}PortType">',
        *(_port(item) for item in operations),
        "</portType>",
        *(_binding(service, prefix, suffix) for prefix, suffix in _BINDINGS),
        f'<service name="{service.name}">',
        f'<port name="{service.name}Soap" binding="tns:{service.name}SoapBinding">{_CLAIM}'
        f'<soapbind:address location="{address}"/></port>',
        f'<port name="{service.name}Soap12" binding="tns:{service.name}Soap12Binding">'
        f'<soap12bind:address location="{address}"/></port>',
        "</service>",
    ]
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"\n'
        '\t\txmlns:soap12bind="http://schemas.xmlsoap.org/wsdl/soap12/"\n'
        '\t\txmlns:soapbind="http://schemas.xmlsoap.org/wsdl/soap/"\n'
        f'\t\txmlns:tns="{service.namespace}"\n'
        '\t\txmlns:xsd="http://www.w3.org/2001/XMLSchema"\n'
        f'\t\tname="{service.name}"\n\t\ttargetNamespace="{service.namespace}">\n\t'
    )
    return (head + "\n\t".join(parts) + "\n</definitions>").encode()


def _types(service: ServiceDefinition) -> str:
    kinds = {item.returns.kind for item in service.operations.values()}
    used = [name for name in _IMPORTED if any(kind.startswith(f"{{{name}}}") for kind in kinds)]
    schemas = [
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{name}" '
        f'elementFormDefault="qualified">{_IMPORTED[name]}</xs:schema>'
        for name in used
    ]
    prefixes = "".join(f' xmlns:ns{number}="{name}"' for number, name in enumerate(used))
    imports = "".join(f'<xs:import namespace="{name}"/>' for name in used)
    elements = "".join(_elements(item, used) for item in service.operations.values())
    own = (
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"{prefixes} '
        f'targetNamespace="{service.namespace}" elementFormDefault="qualified">'
        f"{imports}{elements}</xs:schema>"
    )
    return f"<types>{''.join(schemas)}{own}</types>"


def _elements(operation: Operation, used: list[str]) -> str:
    answer = (operation.returns, *operation.gives)
    sides = ((operation.name, operation.takes), (f"{operation.name}Response", answer))
    return "".join(
        f'<xs:element name="{name}"><xs:complexType><xs:sequence>'
        + "".join(_element(item, used) for item in items)
        + "</xs:sequence></xs:complexType></xs:element>"
        for name, items in sides
    )


def _element(item: Parameter, used: list[str]) -> str:
    kind = f"xs:{item.kind}"
    if item.kind.startswith("{"):
        namespace, _, name = item.kind[1:].partition("}")
        kind = f"ns{used.index(namespace)}:{name}"
    nillable = ' nillable="true"' if item.nillable else ""
    return f'<xs:element name="{item.name}" type="{kind}"{nillable}/>'


def _messages(operation: Operation) -> str:
    return "".join(
        f'<message name="{operation.name}{side}Message">'
        f'<part name="parameters" element="tns:{operation.name}{suffix}"/></message>'
        for side, suffix in (("Request", ""), ("Response", "Response"))
    )


def _port(operation: Operation) -> str:
    name = operation.name
    return (
        f'<operation name="{name}"><input message="tns:{name}RequestMessage"/>'
        f'<output message="tns:{name}ResponseMessage"/></operation>'
    )


def _binding(service: ServiceDefinition, prefix: str, suffix: str) -> str:
    body = f'<{prefix}:body use="literal"/>'
    operations = "".join(
        f'<operation name="{name}"><{prefix}:operation style="document" '
        f'soapAction="{service.action(name)}"/>'
        f"<input>{body}</input><output>{body}</output></operation>"
        for name in service.operations
    )
    return (
        f'<binding name="{service.name}{suffix}Binding" type="tns:{service.name}PortType">'
        f'<{prefix}:binding style="document" transport="{_TRANSPORT}"/>{operations}</binding>'
    )
