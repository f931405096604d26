"""A message, read as a stream: its header, then one object at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

from lxml import etree

from provodka.connectors.onec.enterprise_data.body import BodyObject, BodyReader, body_reader
from provodka.connectors.onec.enterprise_data.breakage import refused, unreadable
from provodka.connectors.onec.enterprise_data.envelope import Opening, read_opening
from provodka.connectors.onec.enterprise_data.header import read_header
from provodka.connectors.onec.enterprise_data.parsers import pull_parser
from provodka.connectors.onec.enterprise_data.values import Header, Limits
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
    goes on. What makes the whole message unreadable (broken XML, another format, a version
    whose schema is not held, a DOCTYPE, a breach of `limits`) is `Misunderstood`, raised here
    or from the iterator; the number of such a message must not be confirmed.
    """
    limits = limits or Limits()
    chunks = _chunks(stream, limits.message)
    opening = read_opening(chunks)
    header = read_header(opening.header)
    if opening.namespace is None or (not opening.body and header.version is None):
        return header, iter(())
    reader = body_reader(_version(opening.namespace, header))
    return header, _objects(opening, chunks, reader, limits.an_object)


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
    opening: Opening, chunks: Iterator[bytes], reader: BodyReader, most: int
) -> Iterator[BodyObject]:
    if not opening.body:
        return
    parser = pull_parser("{*}Body")
    size = 0
    try:
        parser.feed(opening.body)
        body: Any = next(iter(parser.read_events()))[1]
        for chunk in chain([opening.rest], chunks):
            parser.feed(opening.recode(chunk))
            # The last one may be unfinished.
            ready = body[:-1]
            size = 0 if ready else size + len(chunk)
            if size > most:
                found = _("объект больше {most} байт").format(most=most)
                raise refused(found, body[-1].sourceline if len(body) else 1)
            yield from map(reader.read, ready)
            del body[:-1]
        parser.close()
    except etree.XMLSyntaxError as error:
        raise unreadable(error.msg or "XML", error.lineno or 1) from error
    except UnicodeDecodeError as error:
        raise unreadable(str(error), body[-1].sourceline if len(body) else 1) from error
    yield from map(reader.read, body)
