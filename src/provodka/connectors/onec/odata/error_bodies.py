"""What 1C itself says in an answer that is not a success: its code and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from provodka.connectors.http import HttpAnswer
from provodka.connectors.onec.odata import wire_json

__all__ = ["BaseError", "is_html", "parse_error"]

LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class BaseError:
    """What the base said: its code (may be empty) and its own text."""

    code: str
    text: str


def is_html(body: bytes) -> bool:
    """Whether this is a web page instead of data."""
    start = body[:512].removeprefix(wire_json.BOM).lstrip().lower()
    return start.startswith(b"<") and (b"<html" in start or start.startswith(b"<!doctype html"))


def parse_error(answer: HttpAnswer) -> BaseError | None:
    """The error that the body carries, in JSON, XML or plain text; None if there is none."""
    body = answer.body.removeprefix(wire_json.BOM).strip()
    if not body or is_html(body):
        return None
    if body.startswith(b"{"):
        return _from_json(body)
    if body.startswith(b"<"):
        return _from_xml(body)
    return BaseError("", body.decode("utf-8", "replace")[:LONGEST_TEXT])


def _from_json(body: bytes) -> BaseError | None:
    try:
        document = wire_json.decode(body)
    except wire_json.NotJson:
        return None
    error: Any = document.get("odata.error", document.get("error"))
    if not isinstance(error, dict):
        return None
    message = error.get("message")
    text = message.get("value") if isinstance(message, dict) else message
    code = error.get("code")
    return BaseError("" if code is None else str(code), str(text or "")[:LONGEST_TEXT])


def _from_xml(body: bytes) -> BaseError | None:
    try:
        root = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    if root.tag.rpartition("}")[2] != "error":
        return None
    parts = {child.tag.rpartition("}")[2]: "".join(child.itertext()) for child in root}
    return BaseError(parts.get("code", "").strip(), parts.get("message", "").strip())
