"""The OData service: from an authorised request to its answer."""

from __future__ import annotations

import json
from collections.abc import Callable

from provodka.sandbox.httpd import Request, Response
from provodka.sandbox.onec.atom import FEED_TYPE
from provodka.sandbox.onec.call import Call
from provodka.sandbox.onec.commands import Commands
from provodka.sandbox.onec.errors import ODataError, not_supported, set_not_found
from provodka.sandbox.onec.exchange import ACTIONS, ChangeFeed
from provodka.sandbox.onec.metadata import render_metadata, set_names
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.options import Format, parse_format
from provodka.sandbox.onec.queries import Queries
from provodka.sandbox.onec.resource import parse_resource
from provodka.sandbox.onec.schema import Entity
from provodka.sandbox.onec.serializer import Serializer
from provodka.sandbox.onec.sources import source_of
from provodka.sandbox.onec.visibility import Visibility
from provodka.sandbox.onec.writing import Writer, WriteRules
from provodka.sandbox.switches import Switches


class Service:
    """Answers requests to one base; `base` is the root address that answers mention.

    `clock` gives the base's local time as an ISO string without a zone.
    """

    def __init__(self, objects: Objects, writer: Writer, clock: Callable[[], str]) -> None:
        self._schema = objects.schema
        self._clock = clock
        self._queries = Queries(objects)
        self._commands = Commands(writer, self._queries)
        self._feed = ChangeFeed(objects)
        self._metadata: dict[tuple[str, ...], bytes] = {}
        self.base = ""

    def answer(
        self, request: Request, path: str, switches: Switches, rules: WriteRules
    ) -> Response:
        """Serve `path` (relative to the root); errors become answers in the request's format."""
        form = parse_format(request.query, request.headers.get("accept", ""))
        try:
            return self._route(request, path, switches, rules, form)
        except ODataError as error:
            return error.answer(json_wanted=form.json)

    def published(self, switches: Switches) -> list[str]:
        """The names of the entities that are to be seen just now."""
        return [entity.name for entity in self._schema.entities.values() if _seen(entity, switches)]

    def _route(
        self, request: Request, path: str, switches: Switches, rules: WriteRules, form: Format
    ) -> Response:
        published = self.published(switches)
        if path == "":
            return self._service_list(published, form)
        if path == "$metadata":
            return self._describe(tuple(published))
        if path == "$batch":
            return not_supported()
        out = Serializer(self.base, form, self._clock(), Visibility(frozenset(published)))
        if path in ACTIONS:
            return self._exchange(request, path, out)
        resource = parse_resource(path)
        found = self._schema.find(resource.set_name)
        if found is None or not out.visibility.shows(found[0].name):
            raise set_not_found(resource.set_name)
        call = Call(request, resource, source_of(*found), switches, rules, out)
        answers = self._queries if request.method == "GET" else self._commands
        return answers.answer(call)

    def _exchange(self, request: Request, action: str, out: Serializer) -> Response:
        if request.method != "POST":
            return not_supported()
        if action == "SelectChanges":
            return Response(200, self._feed.select(request.query, out), FEED_TYPE)
        self._feed.confirm(request.query, out)
        return Response(200)

    def _service_list(self, published: list[str], form: Format) -> Response:
        entities = (self._schema.entities[name] for name in published)
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

    def _describe(self, names: tuple[str, ...]) -> Response:
        if names not in self._metadata:
            self._metadata[names] = render_metadata(self._schema, names)
        return Response(200, self._metadata[names], "application/xml;charset=utf-8")


def _seen(entity: Entity, switches: Switches) -> bool:
    if entity.kind == "ExchangePlan" and not switches.exchange_plan:
        return False
    return entity.name not in switches.unpublished
