"""The operations of the services: what each one does and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from provodka.sandbox.onec.registration import UNIVERSAL_PLAN
from provodka.sandbox.soap.archive import pack, split
from provodka.sandbox.soap.envelope import Inner, SoapFault
from provodka.sandbox.soap.files import Files
from provodka.sandbox.soap.jobs import Job, JobFailed, Jobs, Outcome, Steps
from provodka.sandbox.soap.loading import Loader
from provodka.sandbox.soap.operations import CORE, EXCHANGE, RESULTS, UPLOAD
from provodka.sandbox.soap.peers import Peer, Peers
from provodka.sandbox.soap.sending import Sender
from provodka.sandbox.soap.settings import SettingsBoard

Values = dict[str, Any]
_NO_NODE = "Заданный узел плана обмена не найден. Обратитесь к администратору приложения."
_INTERFACES = {"EnterpriseDataExchange": ("1.0.1.1",), "EnterpriseDataUpload": ("1.0.1.1",)}


def unknown_plan(name: str) -> str:
    """How the platform complains of an exchange plan that the configuration has not got."""
    return f"Поле объекта не обнаружено ({name})"


@dataclass(frozen=True, slots=True)
class Fate:
    """What is to befall a job: an end without having been carried out, or a delay in seconds."""

    status: str = ""
    error: str = ""
    seconds: float = 0.0


class Exchange:
    """Carries out operations and the background jobs that they start."""

    def __init__(
        self,
        settings: SettingsBoard,
        peers: Peers,
        files: Files,
        jobs: Jobs,
        sender: Sender,
        loader: Loader,
    ) -> None:
        self._settings = settings
        self._peers = peers
        self._files = files
        self._jobs = jobs
        self._sender = sender
        self._loader = loader
        jobs.work = self._work
        self._operations: dict[str, Callable[[str, Values, Fate], Values]] = {
            "Ping": self._ping,
            "TestConnection": self._test,
            "PrepareDataForGetting": self._prepare,
            "PrepareDataActionResult": self._prepared,
            "GetDataPart": self._part,
            "ConfirmGettingFile": self._confirm,
            "PutFilePart": self._put_part,
            "PutData": self._put,
            "PutDataActionResult": self._loaded,
            "GetVersions": self._versions,
        }

    def carry_out(
        self, service: str, operation: str, arguments: Mapping[str, Any], fate: Fate
    ) -> Values:
        """An operation's results by name; `SoapFault` where the base raises an exception.

        `fate` is what befalls a job that the operation starts.
        """
        return self._operations[operation](service, dict(arguments), fate)

    def _ping(self, _service: str, _values: Values, _fate: Fate) -> Values:
        return {"return": ""}

    def _versions(self, _service: str, values: Values, _fate: Fate) -> Values:
        known = _INTERFACES.get(values["InterfaceName"], ())
        items = "".join(f'<Value xsi:type="xs:string">{item}</Value>' for item in known)
        return {"return": Inner(CORE, items)}

    def _test(self, service: str, values: Values, _fate: Fate) -> Values:
        refusal = self._settings.now.refusal
        if not refusal and service == EXCHANGE and self._peer(values) is None:
            refusal = _NO_NODE
        return {"return": not refusal, "ErrorMessage": refusal}

    def _peer(self, values: Values) -> Peer | None:
        if values["ExchangePlanName"] != UNIVERSAL_PLAN:
            raise SoapFault(unknown_plan(values["ExchangePlanName"]))
        return self._peers.find(values["PeerCode"])

    def _start(self, job: Job, fate: Fate) -> Values:
        now = self._settings.now
        if fate.status:
            job = replace(job, status=fate.status, error=fate.error)
        seconds = now.job_seconds + fate.seconds
        started = self._jobs.start(job, polls=now.job_polls, seconds=seconds)
        return {"return": "", "OperationID": started.id, "ErrorMessage": ""}

    def _prepare(self, service: str, values: Values, fate: Fate) -> Values:
        job = Job(
            "",
            service,
            "prepare",
            values["ExchangePlanName"],
            values["PeerCode"],
            values["PartSize"],
        )
        return self._start(job, fate)

    def _put(self, service: str, values: Values, fate: Fate) -> Values:
        message = self._files.assemble(values["FileID"])
        plan, peer = values.get("ExchangePlanName", ""), values.get("PeerCode", "")
        return self._start(Job("", service, "put", plan, peer, message=message), fate)

    def _prepared(self, _service: str, values: Values, _fate: Fate) -> Values:
        job = self._jobs.ask(values["OperationID"])
        if job is None:
            xml = "<ErrorMessage/><Status>Canceled</Status>"
            return {"return": Inner(RESULTS, xml), "ErrorMessage": ""}
        error = (
            f"<ErrorMessage>{escape(job.error)}</ErrorMessage>" if job.error else "<ErrorMessage/>"
        )
        file = f"<FileID>{job.file}</FileID>" if job.file else "<FileID/>"
        xml = f"{error}{file}<PartCount>{job.parts}</PartCount><Status>{job.status}</Status>"
        return {"return": Inner(RESULTS, xml), "ErrorMessage": job.error}

    def _loaded(self, _service: str, values: Values, _fate: Fate) -> Values:
        job = self._jobs.ask(values["OperationID"])
        if job is None:
            return {"return": "Canceled", "ErrorMessage": ""}
        return {"return": job.status, "ErrorMessage": job.error}

    def _part(self, _service: str, values: Values, _fate: Fate) -> Values:
        data = self._files.part(values["FileID"], values["PartNumber"])
        missing = "Часть файла с указанным номером не найдена."
        return {"return": data, "ErrorMessage": "" if data is not None else missing}

    def _confirm(self, _service: str, values: Values, _fate: Fate) -> Values:
        self._files.drop(values["FileID"])
        return {"return": "", "ErrorMessage": ""}

    def _put_part(self, _service: str, values: Values, _fate: Fate) -> Values:
        self._files.put(values["FileID"], values["PartNumber"], values["PartData"])
        return {"return": "", "ErrorMessage": ""}

    def _work(self, job: Job) -> Steps:
        peer = self._job_peer(job)
        versions = self._settings.now.versions
        if job.kind == "put":
            yield from self._loader.load(self._files.take(job.message), peer, versions)
            self._files.discard(job.message)
            return Outcome()
        if peer is None:
            raise JobFailed(_NO_NODE)
        message = yield from self._sender.prepare(peer, versions)
        parts = split(pack(message), Decimal(job.part_size))
        return Outcome(self._files.offer(parts), len(parts))

    def _job_peer(self, job: Job) -> Peer | None:
        if job.service == UPLOAD or not (job.plan and job.peer):
            return None
        if job.plan != UNIVERSAL_PLAN:
            raise JobFailed(unknown_plan(job.plan))
        peer = self._peers.find(job.peer)
        if peer is None:
            raise JobFailed(_NO_NODE)
        return peer
