"""The hand that lets through to 1C what was planned, request by request, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.onec.odata.handing import Send
from provodka.flows.insight.planned import Push, Wire, plain
from provodka.flows.planning.sheet import made_up
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["Guard", "Otherwise"]


class Otherwise(ProvodkaError):
    """A request is not the one that was planned: it was not sent."""


@dataclass
class Guard:
    """Compares each request with the plan; keys that 1C gives to new objects are learnt.

    `troubles` tell by document what stood in the way of its errand; `done` how many of its
    requests have been sent.
    """

    pushes: Sequence[Push]
    done: dict[str, int] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict)
    _errand: Errand | None = None

    def begin(self, errand: Errand) -> None:
        """What is written from now on is for this errand."""
        self._errand = errand

    def end(self, errand: Errand, state: str, trouble: ProvodkaError | None) -> None:
        """The errand has ended so."""
        self._errand = None
        self.states[str(errand.document)] = state
        self.troubles[str(errand.document)] = str(trouble) if trouble else ""

    def row(self, _path: str) -> dict[str, Any] | None:
        """Nothing is made up here."""
        return None

    def saw(self, path: str, row: Any) -> None:
        """What is read is as it is."""

    def write(self, method: str, path: str, body: dict[str, Any] | None, send: Send) -> Any:
        """Send what was planned. Raises `Otherwise` before anything else is sent."""
        document = str(self._errand.document) if self._errand else ""
        wire = self._expected(document)
        if wire is None or self._known(wire) != Wire(method, path, plain(body)):
            raise _otherwise(document, method, path, wire)
        answer = send()
        self.done[document] = self.done.get(document, 0) + 1
        if method == "POST" and "(" not in path and self._errand and isinstance(answer, dict):
            self._keys[made_up(self._errand.document)] = str(answer.get("Ref_Key"))
        return answer

    def _expected(self, document: str) -> Wire | None:
        place = self.done.get(document, 0)
        for push in self.pushes:
            if push.document == document and place < len(push.writes):
                return push.writes[place]
        return None

    def _known(self, wire: Wire) -> Wire:
        path, body = self._named(wire.path), self._named(wire.body)
        return Wire(wire.method, path, body)

    def _named(self, value: Any) -> Any:
        """The value with the keys that 1C has given by now."""
        if isinstance(value, str):
            for planned, real in self._keys.items():
                value = value.replace(planned, real)
            return value
        if isinstance(value, list):
            return [self._named(one) for one in value]
        if isinstance(value, dict):
            return {name: self._named(one) for name, one in value.items()}
        return value


def _otherwise(document: str, method: str, path: str, wire: Wire | None) -> Otherwise:
    planned = f"{wire.method} {wire.path}" if wire else _("больше ничего")
    return Otherwise(
        f"{document} → {method} {path}",
        found=_("отправить пришлось бы не то, что в плане"),
        expected=planned,
        next_step=_("ничего не отправлено; составьте план снова: provodka sync --plan"),
        code="otherwise_than_planned",
    )
