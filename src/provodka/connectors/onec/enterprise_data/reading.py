"""A message, read as a stream: its header, then one object at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO

from lxml import etree

from provodka.connectors.onec.enterprise_data.body import BodyObject, BodyReader, body_reader
from provodka.connectors.onec.enterprise_data.breakage import refused, unreadable
from provodka.connectors.onec.enterprise_data.envelope import Opening, read_opening
from provodka.connectors.onec.enterprise_data.facets import BLANK
from provodka.connectors.onec.enterprise_data.framing import Frames
from provodka.connectors.onec.enterprise_data.header import read_header
from provodka.connectors.onec.enterprise_data.parsers import pull_parser, tree_of
from provodka.connectors.onec.enterprise_data.shapes import Shapes
from provodka.connectors.onec.enterprise_data.values import Found, Header, Limits
from provodka.connectors.onec.enterprise_data.versions import version_of
from provodka.foundation.i18n import _

__all__ = ["read_message"]

CHUNK = 64 * 1024


def read_message(
    stream: BinaryIO, *, limits: Limits | None = None
) -> tuple[Header, Iterator[BodyObject]]:
    """The header of a message, and an iterator over the objects of its body.

    The stream is read as the iterator moves: memory does not grow with the message. Each
    object is checked against the schema; one that does not fit is a `Misread`, and the rest
    goes on. What makes the whole message unreadable (broken XML, another format, a DOCTYPE, a
    breach of `limits`) is `Misunderstood`, raised here or from the iterator; the number of such a
    message must not be confirmed. A version whose schema is not held is refused by the iterator:
    the header tells which others the base speaks.
    """
    limits = limits or Limits()
    chunks = _chunks(stream, limits.message)
    opening = read_opening(chunks)
    header = read_header(opening.header)
    if opening.namespace is None or (opening.empty and header.version is None):
        return header, iter(())
    version = _version(opening.namespace, header)
    if opening.empty:
        return header, iter(())
    return header, _objects(opening, chunks, version, limits.an_object)


def _chunks(stream: BinaryIO, most: int) -> Iterator[bytes]:
    size = 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > most:
            raise refused(_("сообщение больше {most} байт").format(most=most), 1)
        yield chunk


def _version(namespace: str, header: Header) -> str:
    version = version_of(namespace)
    if version is None:
        raise unreadable(_("тело в пространстве имён «{it}»").format(it=namespace), 1)
    if header.version not in {None, version}:
        found = _("в заголовке версия {one}, в теле {other}")
        raise unreadable(found.format(one=header.version, other=version), 1)
    return version


def _objects(
    opening: Opening, chunks: Iterator[bytes], version: str, most: int
) -> Iterator[BodyObject]:
    reader = body_reader(version)
    frames = Frames(_text(opening, chunks), opening.end, opening.line, most)
    try:
        yield from _framed(opening, frames, reader)
        if not frames.whole:
            yield from _parsed(opening.start(frames.line), frames.rest(), reader, most)
    except etree.XMLSyntaxError as error:
        raise unreadable(error.msg or "XML", error.lineno or 1) from error
    except UnicodeDecodeError as error:
        raise unreadable(str(error), frames.line) from error


def _text(opening: Opening, chunks: Iterator[bytes]) -> Iterator[str]:
    for chunk in chain([opening.rest], chunks):
        yield opening.decode(chunk, False)
    yield opening.decode(b"", True)


def _framed(opening: Opening, frames: Frames, reader: BodyReader) -> Iterator[BodyObject]:
    """Objects of a regular body, each from its own text; at another, stop before it."""
    shapes = Shapes(reader.schema)
    start, end = opening.start(), opening.end
    for kind, text, line in frames:
        value = shapes.read(kind, text)
        if value is not None:
            yield Found(kind, value, line)
            continue
        try:
            ((top,),) = tree_of(f"{start}{text}{end}".encode())
        except (etree.XMLSyntaxError, ValueError):
            frames.put_back(text, line)
            return
        one = reader.read(top, line - 1)
        if isinstance(one, Found) and not one.beyond:
            shapes.learn(kind, text)
        yield one


def _parsed(
    start: str, texts: Iterator[str], reader: BodyReader, most: int
) -> Iterator[BodyObject]:
    """Objects of any body, by a parser that is fed all the rest of it."""
    parser = pull_parser("{*}Body")
    parser.feed(start.encode())
    body: Any = next(iter(parser.read_events()))[1]
    size = 0
    for text in texts:
        parser.feed(text.encode())
        # The last one may be unfinished.
        ready = body[:-1]
        size = 0 if ready else size + len(text)
        if size > most:
            found = _("объект больше {most} знаков").format(most=most)
            raise refused(found, body[-1].sourceline if len(body) else 1)
        yield from _each(ready, reader, body.text)
        del body[:-1]
    parser.close()
    yield from _each(body, reader, body.text)


def _each(elements: Iterable[Any], reader: BodyReader, before: str | None) -> Iterator[BodyObject]:
    stray, line = before, 1
    for one in elements:
        _refuse_text(stray, line)
        yield reader.read(one)
        stray, line = one.tail, one.sourceline
    _refuse_text(stray, line)


def _refuse_text(stray: str | None, line: int) -> None:
    if stray and stray.strip(BLANK):
        raise unreadable(_("текст между объектами: {text}").format(text=repr(stray[:60])), line)
