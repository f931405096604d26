"""`msg:Header` ↔ `Header`, through the official schema of the envelope."""

from __future__ import annotations

from typing import Any

from lxml import etree

from provodka.connectors.onec.enterprise_data.breakage import unreadable
from provodka.connectors.onec.enterprise_data.misfits import MisfitElement, misread, pass_over
from provodka.connectors.onec.enterprise_data.object_reading import header_readers
from provodka.connectors.onec.enterprise_data.parsers import tree_of
from provodka.connectors.onec.enterprise_data.schema import message_schema
from provodka.connectors.onec.enterprise_data.values import (
    AvailableObject,
    Confirmation,
    Extension,
    Header,
)

__all__ = ["header_value", "read_header"]


def read_header(document: bytes) -> Header:
    """The header in a `Message` of its own; elements that the schema does not know are left out.

    The envelope's types are open: a newer base may say more about itself.
    """
    try:
        top = tree_of(document)[0]
    except etree.XMLSyntaxError as error:
        raise unreadable(error.msg or "XML", error.lineno or 1) from error
    schema = message_schema()
    pass_over(top, schema.object_type("Header"), schema, lambda _element: True)
    try:
        return _header(header_readers()["Header"](top))
    except MisfitElement as misfit:
        raise misread(top, misfit, 0) from None


def _header(said: dict[str, Any]) -> Header:
    objects = said.get("AvailableObjectTypes")
    return Header(
        format=said["Format"].strip(),
        created=said["CreationDate"],
        versions=tuple(each.strip() for each in said["AvailableVersion"]),
        confirmation=_confirmation(said.get("Confirmation")),
        new_from=said.get("NewFrom"),
        objects=None if objects is None else _objects(objects),
        prefix=said.get("Prefix"),
        extensions=tuple(
            Extension(one["Namespace"], one["BaseVersion"])
            for one in said.get("AvailableExtensions", {}).get("Extension", [])
        ),
    )


def _confirmation(said: dict[str, Any] | None) -> Confirmation | None:
    if said is None:
        return None
    return Confirmation(
        sender=said["From"],
        recipient=said.get("To"),
        exchange_plan=said.get("ExchangePlan"),
        message_no=said.get("MessageNo"),
        received_no=said.get("ReceivedNo"),
    )


def _objects(said: dict[str, Any]) -> tuple[AvailableObject, ...]:
    return tuple(
        AvailableObject(one["Name"], one.get("Sending", ""), one.get("Receiving", ""))
        for one in said.get("ObjectType", [])
    )


def header_value(header: Header) -> dict[str, Any]:
    """The header as a value of the envelope's type `Header`."""
    said: dict[str, Any] = {"Format": header.format, "CreationDate": header.created}
    if header.confirmation is not None:
        said["Confirmation"] = _said(_confirmation_value(header.confirmation))
    said["AvailableVersion"] = list(header.versions)
    if header.objects is not None:
        rows = [
            {"Name": one.name, "Sending": one.sending, "Receiving": one.receiving}
            for one in header.objects
        ]
        said["AvailableObjectTypes"] = {"ObjectType": rows}
    if header.extensions:
        known = [
            {"Namespace": e.namespace, "BaseVersion": e.base_version} for e in header.extensions
        ]
        said["AvailableExtensions"] = {"Extension": known}
    return said | _said({"NewFrom": header.new_from, "Prefix": header.prefix})


def _confirmation_value(one: Confirmation) -> dict[str, Any]:
    return {
        "ExchangePlan": one.exchange_plan,
        "To": one.recipient,
        "From": one.sender,
        "MessageNo": one.message_no,
        "ReceivedNo": one.received_no,
    }


def _said(value: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in value.items() if one is not None}
