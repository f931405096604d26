"""The OData service: from an authorised request to its answer."""

from __future__ import annotations

import json

from provodka.sandbox.httpd import Request, Response
from provodka.sandbox.onec.errors import (
    METADATA_NS,
    ODataError,
    instance_not_found,
    internal,
    segment_not_found,
    set_not_found,
)
from provodka.sandbox.onec.metadata import render_metadata, set_names
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.options import Format, parse_format, parse_options
from provodka.sandbox.onec.reading import Reader
from provodka.sandbox.onec.registers import turnovers, turnovers_entity
from provodka.sandbox.onec.resource import Resource, parse_resource
from provodka.sandbox.onec.schema import Entity
from provodka.sandbox.onec.serializer import Serializer, entry_address
from provodka.sandbox.onec.sources import Source, source_of
from provodka.sandbox.onec.values import Record, parse
from provodka.sandbox.onec.writing import Writer, WriteRules
from provodka.sandbox.switches import Switches

_VIRTUAL = frozenset({"Turnovers", "Balance", "BalanceAndTurnovers", "SliceLast", "SliceFirst"})


class Service:
    """Answers requests to one base; `base` is the root address that answers mention."""

    def __init__(self, objects: Objects, writer: Writer) -> None:
        self._objects = objects
        self._schema = objects.schema
        self._writer = writer
        self._metadata: dict[tuple[str, ...], bytes] = {}
        self.base = ""

    def answer(
        self, request: Request, path: str, switches: Switches, rules: WriteRules
    ) -> Response:
        """Serve `path` (relative to the root); errors become answers in the request's format."""
        query = request.query
        form = parse_format(query, request.headers.get("accept", ""))
        try:
            return self._route(request, path, switches, rules, form)
        except ODataError as error:
            if form.json:
                return Response(error.status, error.as_json(), "application/json;charset=utf-8")
            return Response(error.status, error.as_xml(), "application/xml;charset=utf-8")

    def _published(self, switches: Switches) -> list[str]:
        return [name for name in self._schema.entities if name not in switches.unpublished]

    def _route(
        self, request: Request, path: str, switches: Switches, rules: WriteRules, form: Format
    ) -> Response:
        if path == "":
            return self._service_list(switches, form)
        if path == "$metadata":
            return self._describe(switches)
        if path == "$batch":
            return _not_supported()
        resource = parse_resource(path)
        found = self._schema.find(resource.set_name)
        if found is None or found[0].name in switches.unpublished:
            raise set_not_found(resource.set_name)
        source = source_of(*found)
        out = Serializer(self.base, form)
        if request.method == "GET":
            return self._read(request, source, resource, switches, out)
        if source.part:
            raise internal()
        return self._write(request, source.owner, resource, switches, rules, out)

    def _service_list(self, switches: Switches, form: Format) -> Response:
        entities = (self._schema.entities[name] for name in self._published(switches))
        names = [name for entity in entities for name in set_names(entity)]
        if form.json:
            listed = {
                "odata.metadata": f"{self.base}$metadata",
                "value": [{"name": name, "url": name} for name in names],
            }
            body = json.dumps(listed, ensure_ascii=False).encode()
            return Response(200, body, "application/json;charset=utf-8")
        sets = "".join(
            f'<collection href="{name}"><atom:title>{name}</atom:title></collection>'
            for name in names
        )
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<service xmlns="http://www.w3.org/2007/app" xmlns:atom="http://www.w3.org/2005/Atom">'
            f"<workspace><atom:title>Default</atom:title>{sets}</workspace></service>"
        ).encode()
        return Response(200, body, "application/atomsvc+xml;charset=utf-8")

    def _describe(self, switches: Switches) -> Response:
        names = tuple(self._published(switches))
        if names not in self._metadata:
            self._metadata[names] = render_metadata(self._schema, names)
        return Response(200, self._metadata[names], "application/xml;charset=utf-8")

    def _reader(self, switches: Switches) -> Reader:
        lenient = switches.compare_unlimited or switches.comment_length is not None
        return Reader(
            self._objects, compare_unlimited=lenient, restricted=frozenset(switches.restricted)
        )

    def _read(
        self,
        request: Request,
        source: Source,
        resource: Resource,
        switches: Switches,
        out: Serializer,
    ) -> Response:
        options = parse_options(request.query)
        reader = self._reader(switches)
        if resource.tail == "$count":
            body = str(reader.count(source, options)).encode()
            return Response(200, body, "text/plain;charset=utf-8")
        if resource.key is not None:
            return self._read_one(source, resource, reader, request, out)
        if resource.tail in _VIRTUAL:
            rows = turnovers(
                self._objects, source.owner, resource.tail, resource.arguments, reader.load
            )
            entity = turnovers_entity(source.owner)
            return Response(200, _rows(entity, rows, out), out.content_type)
        if resource.tail:
            raise segment_not_found(resource.tail)
        return Response(200, reader.collection(source, options, out), out.content_type)

    def _read_one(
        self,
        source: Source,
        resource: Resource,
        reader: Reader,
        request: Request,
        out: Serializer,
    ) -> Response:
        options = parse_options(request.query)
        record = self._find(source, resource, reader)
        entity, tail = source.entity, resource.tail
        if tail in entity.sections:
            row = source_of(source.owner, tail).entity if not source.part else entity
            return Response(200, _rows(row, record[tail], out), out.content_type)
        if tail in entity.navigation:
            reference = entity.navigation[tail]
            target = self._schema.entities.get(reference.target)
            found = reader.load(reference.target, record[reference.name]) if target else None
            if target is None or found is None:
                raise instance_not_found(reference.target.partition("_")[2])
            entity, record = target, found
        elif tail:
            raise segment_not_found(tail)
        return Response(200, reader.single(entity, record, options, out), out.content_type)

    def _find(self, source: Source, resource: Resource, reader: Reader) -> Record:
        entity, key = source.entity, dict(resource.key or {})
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
            raise instance_not_found(source.owner.title)
        return found

    def _write(
        self,
        request: Request,
        entity: Entity,
        resource: Resource,
        switches: Switches,
        rules: WriteRules,
        out: Serializer,
    ) -> Response:
        if resource.key is None:
            if request.method != "POST" or resource.tail:
                return _not_supported()
            record = self._writer.create(entity, parse(request.body), rules)
            location = {"Location": self.base + entry_address(entity, record)}
            return self._written(201, entity, record, switches, out, location)
        record = self._find(source_of(entity, ""), resource, self._reader(switches))
        _check_version(request, record, switches)
        match request.method, resource.tail:
            case "POST", "Post":
                return self._act("Post", entity, record, rules)
            case "POST", "Unpost":
                return self._act("Unpost", entity, record, rules)
            case "PATCH", "":
                record = self._writer.change(entity, record, parse(request.body), rules)
            case "PUT", "":
                record = self._writer.replace(entity, record, parse(request.body), rules)
            case "DELETE", "":
                self._writer.delete(entity, record, rules)
                return Response(204)
            case _:
                return _not_supported()
        return self._written(200, entity, record, switches, out, {})

    def _act(self, action: str, entity: Entity, record: Record, rules: WriteRules) -> Response:
        if entity.kind != "Document":
            raise segment_not_found(action)
        run = self._writer.post if action == "Post" else self._writer.unpost
        run(entity, record, rules)
        return Response(200)

    def _written(
        self,
        status: int,
        entity: Entity,
        record: Record,
        switches: Switches,
        out: Serializer,
        headers: dict[str, str],
    ) -> Response:
        body = self._reader(switches).single(entity, record, parse_options({}), out)
        return Response(status, body, out.content_type, headers)


def _rows(entity: Entity, rows: list[Record], out: Serializer) -> bytes:
    if not out.format.json:
        return out.feed(entity, rows, None)
    return out.collection(entity, (out.entry(entity, row).encode() for row in rows), None)


def _check_version(request: Request, record: Record, switches: Switches) -> None:
    wanted = request.headers.get("if-match")
    if switches.if_match and wanted is not None and record.get("DataVersion") != wanted.strip('"'):
        raise ODataError(412, "15", "Версия объекта не совпадает с переданной")


def _not_supported() -> Response:
    body = (
        f'<error xmlns="{METADATA_NS}"><code>0</code>'
        '<message xml:lang="ru">Произошла ошибка сервиса</message></error>'
    ).encode()
    return Response(501, body, "application/xml;charset=utf-8")
