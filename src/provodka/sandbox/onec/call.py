"""One authorised request of the OData service, understood as far as its address goes."""

from __future__ import annotations

from dataclasses import dataclass

from provodka.sandbox.httpd import Request
from provodka.sandbox.onec.resource import Resource
from provodka.sandbox.onec.serializer import Serializer
from provodka.sandbox.onec.sources import Source
from provodka.sandbox.onec.writing import WriteRules
from provodka.sandbox.switches import Switches


@dataclass(frozen=True, slots=True)
class Call:
    """The request, the set it names, and how the base behaves and answers just now."""

    request: Request
    resource: Resource
    source: Source
    switches: Switches
    rules: WriteRules
    out: Serializer
