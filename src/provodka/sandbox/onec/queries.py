"""GET: which read an address asks for, and its answer."""

from __future__ import annotations

from provodka.sandbox.httpd import Response
from provodka.sandbox.onec.atom import ENTRY_TYPE, RESULT_TYPE
from provodka.sandbox.onec.call import Call
from provodka.sandbox.onec.errors import (
    ODataError,
    bad_option,
    device_full,
    instance_not_found,
    key_not_found,
    segment_not_found,
    too_wide,
)
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.options import Options, parse_options
from provodka.sandbox.onec.reading import Reader
from provodka.sandbox.onec.schema import Entity
from provodka.sandbox.onec.sources import source_of
from provodka.sandbox.onec.values import Record
from provodka.sandbox.onec.virtual import METHODS, rows_of
from provodka.sandbox.switches import Switches


class Queries:
    """Answers reads of one base."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def reader(self, switches: Switches) -> Reader:
        """A reader for the length of one request."""
        lenient = switches.compare_unlimited or switches.comment_length is not None
        return Reader(
            self._objects, compare_unlimited=lenient, restricted=frozenset(switches.restricted)
        )

    def answer(self, call: Call) -> Response:
        """Read; 500 for a page that this base is too weak to gather."""
        response = self._read(call)
        limit = call.switches.heaviest_page
        if limit is not None and len(response.body) > limit:
            raise device_full()
        return response

    def _read(self, call: Call) -> Response:
        options, resource = parse_options(call.request.query), call.resource
        reader, out = self.reader(call.switches), call.out
        if resource.tail == "$count":
            body = str(reader.count(call.source, options)).encode()
            return Response(200, body, "text/plain;charset=utf-8")
        if resource.key is not None:
            return self._one(call, options, reader)
        if resource.tail in METHODS:
            return self._virtual(call, options, reader)
        if resource.tail:
            raise segment_not_found(resource.tail)
        if call.source.owner.name in call.switches.too_wide and not _narrow(options):
            raise too_wide()
        return Response(200, reader.collection(call.source, options, out), out.content_type())

    def _virtual(self, call: Call, options: Options, reader: Reader) -> Response:
        register, method = call.source.owner, call.resource.tail
        if method.startswith("Records") and options.skip:
            raise bad_option("$skip")
        reader.guard(call.source, options)
        entity, rows = rows_of(
            self._objects, register, method, call.resource.arguments, reader.load
        )
        return self._rows(call, entity, reader.chosen(entity, rows, options))

    def _rows(self, call: Call, entity: Entity, rows: list[Record]) -> Response:
        return Response(200, call.out.rows(entity, rows), call.out.content_type(RESULT_TYPE))

    def _one(self, call: Call, options: Options, reader: Reader) -> Response:
        record = self.find(call, reader)
        source, tail = call.source, call.resource.tail
        entity = source.entity
        if tail in entity.sections:
            row = source_of(source.owner, tail).entity if _has_own_set(source.owner) else entity
            return self._rows(call, row, record[tail])
        if tail in entity.navigation:
            reference = entity.navigation[tail]
            target = self._objects.schema.entities.get(reference.target)
            found = reader.load(reference.target, record[reference.name]) if target else None
            if target is None or found is None or not call.out.visibility.shows(target.name):
                raise instance_not_found(reference.target.partition("_")[2])
            entity, record = target, found
        elif tail:
            raise segment_not_found(tail)
        body = reader.single(entity, record, options, call.out)
        return Response(200, body, call.out.content_type(ENTRY_TYPE))

    def find(self, call: Call, reader: Reader) -> Record:
        """The record that the key in the address means; 404/9 if there is none."""
        source, entity = call.source, call.source.entity
        key = dict(call.resource.key or {})
        if "" in key and len(entity.key) == 1:
            key[entity.key[0]] = key.pop("")
        for name in key:
            if name not in entity.fields:
                raise segment_not_found(name)
        if source.whole:
            joined = "|".join(key.get(name, "") for name in entity.key)
            found = self._objects.get(entity.name, joined)
        else:
            found = reader.find_row(source, key)
        if found is None:
            raise _absent(call, entity)
        return found


def _absent(call: Call, entity: Entity) -> ODataError:
    if entity.key != ("Ref_Key",) or call.request.method == "DELETE":
        return key_not_found()
    return instance_not_found(call.source.owner.title)


def _narrow(options: Options) -> bool:
    return bool(options.select) and not {"*", "**"} & set(options.select)


def _has_own_set(owner: Entity) -> bool:
    return not owner.is_recorded
