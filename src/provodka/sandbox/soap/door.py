"""The address of the web services: descriptions, envelopes, and the faults asked for by a test.

A fault's `path` meets `/buh/ws/NAME.1cws/OPERATION()`, so that a test can name one operation.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from provodka.sandbox.faults import FaultBook
from provodka.sandbox.httpd import Request, Response
from provodka.sandbox.onec.gate import Gate
from provodka.sandbox.soap.envelope import (
    Call,
    SoapFault,
    read_call,
    soap_version,
    write_answer,
    write_fault,
)
from provodka.sandbox.soap.exchange import Exchange, Fate
from provodka.sandbox.soap.jobs import CANCELED, FAILED, Jobs
from provodka.sandbox.soap.operations import SERVICES, ServiceDefinition
from provodka.sandbox.soap.wsdl import render_wsdl

ROOT = "/buh/ws"
_CUT = 20
_NOTHING = {"boolean": False, "base64Binary": None}


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request for an operation, and where faults are looked up for it."""

    service: ServiceDefinition
    call: Call
    method: str
    address: str


class Door:
    """Serves the web services under `/buh/ws`, and has their jobs carried out."""

    def __init__(self, gate: Gate, faults: FaultBook, exchange: Exchange, jobs: Jobs) -> None:
        self._gate = gate
        self._faults = faults
        self._exchange = exchange
        self._jobs = jobs
        self._signal = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self.base = ""

    async def __call__(self, request: Request) -> Response:
        """Answer one request; due jobs are carried out after the answer."""
        async with self._gate.turn():
            return await self._visited(request)

    async def _visited(self, request: Request) -> Response:
        name = request.path.removeprefix(ROOT).strip("/")
        service = SERVICES.get(name)
        call = self._read(request, service)
        operation = f"/{call.operation.name}()" if isinstance(call, Call) else ""
        address = f"{request.path}{operation}"
        refusal = await self._gate.guard(request, address)
        if refusal is not None:
            return refusal
        if service is None:
            return Response(404, b"", "text/html")
        if request.method == "GET":
            return self._describe(service, request)
        version = soap_version(request)
        if isinstance(call, SoapFault):
            return write_fault(version, call)
        response = self._answer(version, _Visit(service, call, request.method, address))
        self._gate.spoil(response, request, address)
        self._signal.set()
        return response

    def _read(self, request: Request, service: ServiceDefinition | None) -> Call | SoapFault:
        if service is None:
            return SoapFault("")
        try:
            return read_call(request, service)
        except SoapFault as fault:
            return fault

    def _describe(self, service: ServiceDefinition, request: Request) -> Response:
        if request.raw_query.lower() != "wsdl":
            return Response(405, b"", "text/html", {"Allow": "POST"})
        wsdl = render_wsdl(service, f"{self.base}{service.file}")
        return Response(200, wsdl, "text/xml; charset=utf-8")

    def _answer(self, version: str, visit: _Visit) -> Response:
        operation = visit.call.operation
        try:
            values = self._misbehaviour(visit)
            if values is None:
                arguments, fate = visit.call.arguments, self._fate(visit)
                name = visit.service.name
                values = self._exchange.carry_out(name, operation.name, arguments, fate)
                self._damage(visit, values)
        except SoapFault as fault:
            return write_fault(version, fault)
        return write_answer(version, visit.service, operation, values)

    def _takes(self, kind: str, visit: _Visit) -> Any:
        return self._faults.take(kind, visit.method, visit.address)

    def _misbehaviour(self, visit: _Visit) -> dict[str, Any] | None:
        """An error in one of its two places, instead of carrying the operation out."""
        if fault := self._takes("soap_fault", visit):
            raise SoapFault(fault.text or "Ошибка при выполнении операции")
        given = {item.name for item in visit.call.operation.gives}
        if "ErrorMessage" in given and (fault := self._takes("error_message", visit)):
            returns = _NOTHING.get(visit.call.operation.returns.kind, "")
            text = fault.text or "Информационная база находится в состоянии обновления."
            return {"return": returns, "OperationID": "", "ErrorMessage": text}
        return None

    def _fate(self, visit: _Visit) -> Fate:
        if "OperationID" not in {item.name for item in visit.call.operation.gives}:
            return Fate()
        if fault := self._takes("job_fail", visit):
            return Fate(FAILED, fault.text or "Ошибка при выполнении фонового задания")
        if self._takes("job_cancel", visit):
            return Fate(CANCELED)
        fault = self._takes("job_slow", visit)
        return Fate(seconds=fault.seconds if fault else 0.0)

    def _damage(self, visit: _Visit, values: dict[str, Any]) -> None:
        data = values.get("return")
        if not isinstance(data, bytes):
            return
        if fault := self._takes("cut_part", visit):
            values["return"] = data[: fault.length or _CUT]
        elif self._takes("corrupt_zip", visit):
            middle = len(data) // 2
            values["return"] = data[:middle] + bytes(b ^ 0xFF for b in data[middle:])

    def listen(self, base: str) -> None:
        """The services are reached at this address from now on; jobs are carried out."""
        self.base = base
        self._worker = asyncio.create_task(self._carry_out())

    async def _carry_out(self) -> None:
        while True:
            self._signal.clear()
            wait = await self._jobs.run_due()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._signal.wait(), wait)

    def stop(self) -> None:
        """Carry out no more jobs; what is due waits for the next start."""
        if self._worker is not None:
            self._worker.cancel()
