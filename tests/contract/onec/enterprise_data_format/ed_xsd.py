"""The official packages as XML Schemas for libxml2: a second opinion on every message.

It is derived from the package's text by itself, sharing nothing with the product's compiler,
so that a misreading of XDTO on one side cannot hide on the other.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

import provodka.connectors.onec.enterprise_data.schemas as shipped

MESSAGE = "http://www.1c.ru/SSL/Exchange/Message"
FORMAT = "http://v8.1c.ru/edi/edi_stnd/EnterpriseData"
PACKAGES = {"1.8": "EnterpriseData_1_8_6", "1.21": "EnterpriseData_1_21_1"}
X = "{http://v8.1c.ru/8.1/xdto}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
FACETS = ("length", "minLength", "maxLength", "totalDigits", "fractionDigits")


def _package(name: str) -> etree._Element:
    file = Path(str(shipped.__file__)).with_name(f"{name}.xdto.xml.gz")
    return etree.fromstring(gzip.decompress(file.read_bytes()))


class _Xsd:
    """Writes one package as the text of an XML Schema."""

    def __init__(self, root: etree._Element) -> None:
        self.namespace = root.get("targetNamespace", "")
        self.root = root

    def text(self, imports: str = "") -> str:
        body = [
            self.simple(one, one.get("name")) for one in self.root.iterchildren(X + "valueType")
        ]
        for one in self.root.iterchildren(X + "objectType"):
            name = one.get("name", "")
            body.append(self.complex(one, name))
            if one.get("base") or name == "УдалениеОбъекта":
                body.append(f'<xs:element name="{name}" type="tns:{name}"/>')
        return (
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"'
            f' xmlns:tns="{self.namespace}" xmlns:m="{MESSAGE}"'
            f' targetNamespace="{self.namespace}">{imports}{"".join(body)}</xs:schema>'
        )

    def ref(self, near: etree._Element, name: str) -> str:
        if name.startswith("{"):
            namespace, _brace, local = name[1:].partition("}")
        else:
            prefix, _colon, local = name.rpartition(":")
            namespace = near.nsmap[prefix or None]
        prefixes = {"http://www.w3.org/2001/XMLSchema": "xs", self.namespace: "tns", MESSAGE: "m"}
        return f"{prefixes[namespace]}:{local}"

    def simple(self, one: etree._Element, name: str | None) -> str:
        named = f" name={quoteattr(name)}" if name else ""
        if one.get("memberTypes"):
            members = " ".join(self.ref(one, each) for each in one.get("memberTypes", "").split())
            return f'<xs:simpleType{named}><xs:union memberTypes="{members}"/></xs:simpleType>'
        facets = "".join(
            f'<xs:{each} value="{one.get(each)}"/>' for each in FACETS if one.get(each)
        )
        for kind in ("pattern", "enumeration"):
            for each in one.iterchildren(X + kind):
                facets += f'<xs:{kind} value="{escape(each.text or "")}"/>'
        base = self.ref(one, one.get("base", ""))
        return (
            f'<xs:simpleType{named}><xs:restriction base="{base}">{facets}</xs:restriction>'
            "</xs:simpleType>"
        )

    def complex(self, one: etree._Element, name: str | None) -> str:
        named = f" name={quoteattr(name)}" if name else ""
        group = "all" if one.get("ordered") == "false" else "sequence"
        content = "".join(self.element(each) for each in one.iterchildren(X + "property"))
        inner = f"<xs:{group}>{content}</xs:{group}>"
        if one.get("base"):
            base = self.ref(one, one.get("base", ""))
            inner = f'<xs:extension base="{base}">{inner}</xs:extension>'
            inner = f"<xs:complexContent>{inner}</xs:complexContent>"
        return f"<xs:complexType{named}>{inner}</xs:complexType>"

    def element(self, one: etree._Element) -> str:
        most = one.get("upperBound", "1")
        said = (
            f'name="{one.get("name")}" minOccurs="{one.get("lowerBound", "1")}"'
            f' maxOccurs="{"unbounded" if most == "-1" else most}"'
            f' nillable="{one.get("nillable", "false")}"'
        )
        inner = one.find(X + "typeDef")
        if inner is None:
            return f'<xs:element {said} type="{self.ref(one, one.get("type", ""))}"/>'
        is_object = inner.get(XSI_TYPE) == "ObjectType"
        kind = self.complex(inner, None) if is_object else self.simple(inner, None)
        return f"<xs:element {said}>{kind}</xs:element>"


@cache
def xsd(version: str) -> etree.XMLSchema:
    """The schema of a version as libxml2 compiles it."""
    with TemporaryDirectory() as folder:
        envelope = Path(folder, "message.xsd")
        envelope.write_text(_Xsd(_package("ExchangeMessage")).text(), encoding="utf-8")
        body = Path(folder, "body.xsd")
        imports = f'<xs:import namespace="{MESSAGE}" schemaLocation="message.xsd"/>'
        body.write_text(_Xsd(_package(PACKAGES[version])).text(imports), encoding="utf-8")
        return etree.XMLSchema(file=str(body))


def objects_of(message: bytes) -> list[etree._Element]:
    """The objects of a message's body, each as a document of its own."""
    root = etree.fromstring(message, etree.XMLParser(huge_tree=False))
    return [
        etree.fromstring(etree.tostring(one, encoding="utf-8", with_tail=False)) for one in root[-1]
    ]
