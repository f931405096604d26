"""WebDAV's answers about many things at once (RFC 4918 §13), as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from provodka.foundation.errors import SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["CALDAV", "DAV", "Found", "Multistatus", "read_multistatus"]

DAV, CALDAV = "DAV:", "urn:ietf:params:xml:ns:caldav"
OK, GONE, CUT_SHORT = "200", "404", "507"


@dataclass(frozen=True, slots=True)
class Found:
    """One resource: its path, entity tag and content, as far as they were told."""

    path: str
    etag: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Multistatus:
    """Resources that are there, paths that are gone, the new sync token; `more` to be asked for."""

    found: tuple[Found, ...]
    gone: tuple[str, ...]
    token: str
    more: bool
    kinds: frozenset[str] = frozenset()


def read_multistatus(body: bytes, where: str) -> Multistatus:
    """Read an answer. Raises `SystemUnavailable` for what is none; entities are not resolved."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        raise _senseless(where) from None
    if root is None or root.tag != f"{{{DAV}}}multistatus":
        raise _senseless(where)
    found, gone, more = [], [], False
    for one in root.iterfind(f"{{{DAV}}}response"):
        path = one.findtext(f"{{{DAV}}}href", "").strip()
        status = _code(one.findtext(f"{{{DAV}}}status"))
        if status == GONE:
            gone.append(path)
        elif status == CUT_SHORT:
            more = True
        elif (read := _found(one, path)) is not None:
            found.append(read)
    token = (root.findtext(f"{{{DAV}}}sync-token") or "").strip()
    kinds = {str(kind.tag) for kind in root.iterfind(f".//{{{DAV}}}resourcetype/*")}
    return Multistatus(tuple(found), tuple(gone), token, more, frozenset(kinds))


def _found(response: etree._Element, path: str) -> Found | None:
    for part in response.iterfind(f"{{{DAV}}}propstat"):
        if _code(part.findtext(f"{{{DAV}}}status")) == OK:
            etag = part.findtext(f"{{{DAV}}}prop/{{{DAV}}}getetag") or ""
            content = part.findtext(f"{{{DAV}}}prop/{{{CALDAV}}}calendar-data") or ""
            return Found(path, etag.strip(), content.encode())
    return None


def _code(line: str | None) -> str:
    """`HTTP/1.1 404 Not Found` → `404`."""
    words = (line or "").split()
    return words[1] if len(words) > 1 else ""


def _senseless(where: str) -> SystemUnavailable:
    return SystemUnavailable(
        where,
        found=_("ответ, не похожий на ответ календаря"),
        expected="multistatus (RFC 4918)",
        next_step=_("проверьте адрес календаря"),
        code="unavailable",
    )
