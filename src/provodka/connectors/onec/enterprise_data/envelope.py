"""The opening of a message: everything up to where the body's objects begin.

It is read by another parser than the objects: one that tells byte offsets, refuses a DOCTYPE
before anything is declared in it, and knows Windows encodings. The objects' parser is then fed
an opening of our own, in which the body's namespace is the one without a prefix, left out;
so it never sees a DOCTYPE, and names of elements come without 46 characters of namespace each.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from provodka.connectors.onec.enterprise_data.breakage import refused, unreadable
from provodka.connectors.onec.enterprise_data.schema import MESSAGE
from provodka.connectors.onec.enterprise_data.values import MEBIBYTE
from provodka.foundation.i18n import _

__all__ = ["Opening", "read_opening"]

LONGEST = 2 * MEBIBYTE
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
HEADER = (MESSAGE, "Header")
NOWHERE = "about:blank"
Decode = Callable[[bytes, bool], str]


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands before the first object.

    `header` is `msg:Header` inside a `Message` that declares its prefixes, in UTF-8.
    `namespace` is the body's, None if the message has no body; `empty` tells that no object
    follows. The objects begin on `line`, with the text of `rest`, decoded by `decode` as the
    chunks that follow it (`decode(b"", True)` at the end).
    """

    header: bytes
    namespace: str | None
    empty: bool
    line: int
    rest: bytes
    decode: Decode
    tags: tuple[str, str]
    prefixes: Mapping[str | None, str]

    def start(self, line: int = 1) -> str:
        """An opening of our own, to be followed by objects that begin on this line."""
        message, body = self.tags
        return _tag(message, self.prefixes, line) + _tag(body, {})

    @property
    def end(self) -> str:
        """What closes it again."""
        message, body = self.tags
        return f"</{body}></{message}>"


class _Reached(Exception):
    """The body has begun, or the message has ended without an object."""


class _Scanner:
    """Handlers of the parser: where the header is, and where the body begins."""

    def __init__(self, start: bytes) -> None:
        bom = next((name for mark, name in BOMS if start.startswith(mark)), None)
        self.encoding, self.fixed = bom or "utf-8", bom is not None
        # UTF-16 is recognised by the parser itself; a mark of UTF-8 outweighs the declaration.
        self.parser = expat.ParserCreate(bom if bom == "utf-8" else None, "}")
        self.parser.namespace_prefixes = True
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartNamespaceDeclHandler = self._prefix
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.DefaultHandler = self._behind_a_tag
        self.prefixes: dict[str | None, str] = {}
        self.header: list[int] = []
        self.namespace: str | None = None
        self.message_tag = self.body_tag = ""
        self.body_at = -1
        self.body_line = 1
        self._declared: dict[str | None, str] = {}
        self._depth = 0
        self._header_ended = False
        self._body_from = -1

    @property
    def line(self) -> int:
        """Where the parser is, from 1."""
        return self.parser.CurrentLineNumber

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and not self.fixed:
            self.encoding = encoding

    def _doctype(self, *_declaration: object) -> None:
        raise refused("DOCTYPE", self.line)

    def _prefix(self, prefix: str | None, uri: str | None) -> None:
        self._declared[prefix] = uri or ""

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._behind_a_tag()
        namespace, local, prefix = _parts(name)
        tag = f"{prefix}:{local}" if prefix else local
        if self._depth == 0:
            self.message_tag = tag
            self.prefixes = self._declared
            if local != "Message" or namespace not in {"", MESSAGE}:
                raise unreadable(_("корневой элемент «{name}»").format(name=local), self.line)
        elif self._depth == 1 and (namespace, local) == HEADER and not self.header:
            self.header.append(self.parser.CurrentByteIndex)
        elif self._depth == 1 and local == "Body" and self.namespace is None:
            self.namespace, self.body_tag = namespace, tag
            self._body_from = self.parser.CurrentByteIndex
            self.prefixes = self.prefixes | self._declared
        self._declared = {}
        self._depth += 1

    def _end(self, name: str) -> None:
        if self._body_from >= 0 and self._depth == 2:
            # The body ends where it has begun: read on to the end of the message.
            self._body_from = -1
        self._behind_a_tag()
        self._depth -= 1
        self._header_ended |= self._depth == 1 and _parts(name)[:2] == HEADER
        if self._depth == 0:
            raise _Reached

    def _behind_a_tag(self, *_data: str) -> None:
        """Note where a tag ended that an earlier event began: at this event."""
        here = self.parser.CurrentByteIndex
        if self._header_ended and len(self.header) == 1:
            self.header.append(here)
        if self._body_from >= 0 and here != self._body_from:
            self.body_at, self.body_line = here, self.line
            raise _Reached


def read_opening(chunks: Iterator[bytes]) -> Opening:
    """Read up to the first object; a message that begins otherwise is `Misunderstood`."""
    chunk = next(chunks, b"")
    seen = bytearray(chunk)
    scanner = _Scanner(chunk)
    try:
        while chunk:
            scanner.parser.Parse(chunk, False)
            chunk = next(chunks, b"")
            seen += chunk
            if len(seen) > LONGEST:
                raise refused(_("заголовок длиннее 2 МБ"), scanner.line)
        scanner.parser.Parse(b"", True)
    except _Reached:
        return _opening(scanner, bytes(seen))
    except expat.ExpatError as error:
        raise unreadable(expat.ErrorString(error.code), error.lineno) from error
    except (LookupError, ValueError) as error:
        raise unreadable(str(error), scanner.line) from error
    raise unreadable(_("сообщение обрывается"), scanner.line)


def _opening(scanner: _Scanner, seen: bytes) -> Opening:
    decoder = codecs.getincrementaldecoder(scanner.encoding)()
    if len(scanner.header) != 2:
        raise unreadable(_("перед телом нет заголовка msg:Header"), scanner.line)
    start, end = scanner.header
    said = decoder.decode(seen[start:end])
    # Without a prefix and a namespace are from here on the body's own elements, and no others.
    prefixes = {None: NOWHERE} | scanner.prefixes
    if prefixes[None] == scanner.namespace:
        del prefixes[None]
    return Opening(
        header=(_tag("Message", scanner.prefixes) + said + "</Message>").encode(),
        namespace=scanner.namespace,
        empty=scanner.body_at < 0,
        line=scanner.body_line,
        rest=seen[scanner.body_at :],
        # XML reads both line ends of Windows and lone carriage returns as line feeds.
        decode=io.IncrementalNewlineDecoder(decoder, translate=True).decode,
        tags=(scanner.message_tag, scanner.body_tag),
        prefixes=prefixes,
    )


def _parts(name: str) -> tuple[str, str, str]:
    """Namespace, local name and prefix of `namespace}name}prefix`, as the parser joins them."""
    parts = name.split("}")
    if len(parts) == 1:
        return "", name, ""
    return parts[0], parts[1], parts[2] if len(parts) == 3 else ""


def _tag(name: str, prefixes: Mapping[str | None, str], line: int = 1) -> str:
    said = "".join(
        f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}"
        for prefix, uri in prefixes.items()
    )
    return f"<{name}" + "\n" * (line - 1) + said + ">"
