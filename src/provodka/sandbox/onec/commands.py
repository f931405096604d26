"""POST, PATCH, PUT, DELETE, Post and Unpost: from an address to a write and its answer."""

from __future__ import annotations

from provodka.sandbox.httpd import Response
from provodka.sandbox.onec.addresses import entry_address
from provodka.sandbox.onec.atom import ENTRY_TYPE
from provodka.sandbox.onec.call import Call
from provodka.sandbox.onec.errors import (
    ODataError,
    internal,
    not_supported,
    segment_not_found,
    unpost_denied,
)
from provodka.sandbox.onec.options import Options
from provodka.sandbox.onec.queries import Queries
from provodka.sandbox.onec.values import Record, parse
from provodka.sandbox.onec.writing import Writer


class Commands:
    """Answers writes to one base."""

    def __init__(self, writer: Writer, queries: Queries) -> None:
        self._writer = writer
        self._queries = queries

    def answer(self, call: Call) -> Response:
        """Write and answer the whole object; 501 for what the service cannot do."""
        if call.source.owner.kind == "ExchangePlan":
            return not_supported()
        if call.source.part:
            raise internal()
        if call.resource.key is None:
            return self._create(call)
        record = self._queries.find(call, self._queries.reader(call.switches))
        _check_version(call, record)
        return self._change(call, record)

    def _create(self, call: Call) -> Response:
        if call.request.method != "POST" or call.resource.tail:
            return not_supported()
        entity = call.source.owner
        record = self._writer.create(entity, parse(call.request.body), call.rules)
        headers = {"Location": call.out.base + entry_address(entity, record)}
        return self._written(201, call, record, headers)

    def _change(self, call: Call, record: Record) -> Response:
        entity, writer, rules = call.source.owner, self._writer, call.rules
        match call.request.method, call.resource.tail:
            case "POST", ("Post" | "Unpost") as action:
                return self._act(action, call, record)
            case "PATCH", "":
                record = writer.change(entity, record, parse(call.request.body), rules)
            case "PUT", "":
                record = writer.replace(entity, record, parse(call.request.body), rules)
            case "DELETE", "":
                writer.delete(entity, record, rules)
                return Response(204)
            case _:
                return not_supported()
        return self._written(200, call, record, {})

    def _act(self, action: str, call: Call, record: Record) -> Response:
        entity = call.source.owner
        if entity.kind != "Document":
            raise segment_not_found(action)
        if action == "Unpost" and call.switches.unpost_denied:
            raise unpost_denied()
        run = self._writer.post if action == "Post" else self._writer.unpost
        run(entity, record, call.rules)
        return Response(200)

    def _written(
        self, status: int, call: Call, record: Record, headers: dict[str, str]
    ) -> Response:
        reader = self._queries.reader(call.switches)
        body = reader.single(call.source.owner, record, Options(), call.out)
        return Response(status, body, call.out.content_type(ENTRY_TYPE), headers)


def _check_version(call: Call, record: Record) -> None:
    wanted = call.request.headers.get("if-match")
    honoured = call.switches.if_match and wanted is not None
    if honoured and record.get("DataVersion") != str(wanted).strip('"'):
        raise ODataError(412, "15", "Версия объекта не совпадает с переданной")
