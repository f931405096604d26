"""What a browser or a script has sent as a form: url-encoded, multipart or JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from email.message import Message
from urllib.parse import parse_qsl

import msgspec
from python_multipart import multipart
from python_multipart.exceptions import FormParserError, MultipartParseError

from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["fingerprint", "read_form"]

MOST_FIELDS = 200
LONGEST_VALUE = 20_000
URL_ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
SCALARS = (str, int, float, bool)
LIMITS = {"MAX_MEMORY_FILE_SIZE": 64 * 1024 * 1024}


def read_form(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a form by name, the first value of each; files are passed over.

    Texts are UTF-8, the declared charset, or windows-1251 as older sites write it. JSON is an
    object of plain values; other values are passed over. Raises `Misunderstood`.
    """
    kind, charset = _declared(content_type)
    if kind == MULTIPART:
        found = _multipart(content_type, body, charset)
    elif kind == URL_ENCODED:
        found = _url_encoded(body, charset)
    elif kind.endswith(("/json", "+json", "text/plain")):
        found = _json(body)
    else:
        raise _unreadable(_("тип содержимого «{kind}»").format(kind=kind[:60]), "unknown_form_type")
    if len(found) > MOST_FIELDS:
        raise _unreadable(_("полей больше {most}").format(most=MOST_FIELDS), "form_too_large")
    return {_kept(name): _kept(value) for name, value in found.items()}


def fingerprint(fields: Mapping[str, str]) -> str:
    """SHA-256 of what a form says, whatever way and order it is written in."""
    told = json.dumps(sorted(fields.items()), ensure_ascii=False)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _declared(content_type: str) -> tuple[str, str | None]:
    message = Message()
    message["Content-Type"] = content_type.replace("\n", " ").replace("\r", " ")
    return message.get_content_type() if content_type else "", message.get_content_charset()


def _multipart(content_type: str, body: bytes, charset: str | None) -> dict[str, str]:
    found: dict[str, str] = {}

    def heed(field: multipart.Field) -> None:
        if field.value is not None:
            found.setdefault(_text(field.field_name or b"", charset), _text(field.value, charset))

    headers = {"Content-Type": content_type.encode("latin-1", "replace")}
    try:
        parser = multipart.create_form_parser(headers, heed, None, config=LIMITS)
        parser.write(body)
        parser.finalize()
    except (MultipartParseError, FormParserError, ValueError) as error:
        raise _unreadable(_("multipart без границ или оборванный"), "bad_form") from error
    return found


def _url_encoded(body: bytes, charset: str | None) -> dict[str, str]:
    # In latin-1 every byte is a sign of its own, so the bytes come out as they were.
    try:
        pairs = parse_qsl(
            body.decode("latin-1"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            encoding="latin-1",
        )
    except ValueError as error:
        found = _("полей больше {most}").format(most=MOST_FIELDS)
        raise _unreadable(found, "form_too_large") from error
    told: dict[str, str] = {}
    for name, value in pairs:
        told.setdefault(*(_text(one.encode("latin-1"), charset) for one in (name, value)))
    return told


def _json(body: bytes) -> dict[str, str]:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(_("не JSON"), "bad_form") from error
    if not isinstance(told, dict):
        raise _unreadable(_("JSON, но не объект"), "bad_form")
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in told.items()
        if isinstance(value, SCALARS)
    }


def _text(raw: bytes, charset: str | None) -> str:
    for name in (charset, "utf-8", "cp1251"):
        if name:
            try:
                return raw.decode(name)
            except (UnicodeDecodeError, LookupError):
                continue
    return raw.decode("utf-8", "replace")


def _kept(value: str) -> str:
    """Without NUL and lone surrogates, which PostgreSQL does not keep, and not endless."""
    clean = value[:LONGEST_VALUE].replace("\0", "")
    return clean.encode("utf-8", "ignore").decode("utf-8")


def _unreadable(found: str, code: str) -> Misunderstood:
    return Misunderstood(
        _("Форма"),
        found=found,
        expected=f"{URL_ENCODED}, {MULTIPART}, application/json",
        next_step=_("проверьте, как сайт отправляет форму"),
        code=code,
    )
