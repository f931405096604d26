"""Misbehaviour on demand: what to break, how often, for which requests."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

KINDS = frozenset(
    {
        "latency",
        "error500",
        "refuse",
        "drop_before",
        "drop_after",
        "html200",
        "unauthorized",
        "unavailable503",
        "truncate",
        "ignore_field",
        "half_page",
        "no_licence",
        "slow_first",
        "smtp_drop_after",
        "smtp_reject",
        "smtp_defer",
        "soap_fault",
        "error_message",
        "job_fail",
        "job_cancel",
        "job_slow",
        "cut_part",
        "corrupt_zip",
    }
)
_WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
_FOR_WRITES = frozenset({"refuse", "drop_after", "truncate", "ignore_field"})


@dataclass(slots=True)
class Fault:
    """One fault; it fires `count` times (None = always), each time with `probability`.

    Without a `method`, faults of writing meet writes and `half_page` meets GET. `path` is part of
    the decoded address with its query (for mail: of a recipient's address). `lasts` ends it after
    so many seconds. `seconds` is for `latency` and `slow_first`, `field` and `length` for
    `truncate` and `ignore_field`, `text` for `refuse` and the mail faults.
    """

    kind: str
    id: int = 0
    count: int | None = 1
    probability: float = 1.0
    method: str = ""
    path: str = ""
    seconds: float = 1.0
    field: str = ""
    length: int = 20
    text: str = ""
    lasts: float | None = None
    added: float = 0.0

    def meets(self, method: str, address: str) -> bool:
        """Whether the fault is meant for such a request."""
        if self.path not in address:
            return False
        if self.method:
            return method == self.method.upper()
        if self.kind in _FOR_WRITES:
            return method in _WRITES
        return method == "GET" if self.kind == "half_page" else True


class FaultBook:
    """The faults now in force; kept in memory only, so a restart clears them."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._faults: list[Fault] = []
        self._next = 1

    def add(self, values: Mapping[str, Any]) -> Fault:
        """Put a fault in force; `ValueError` for an unknown kind or setting."""
        if values.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(sorted(KINDS))}")
        try:
            fault = Fault(**values)
        except TypeError as error:
            raise ValueError(str(error)) from None
        fault.id, fault.added = self._next, time.monotonic()
        self._next += 1
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Stop misbehaving."""
        self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        """The faults in force, with what is left of their counts."""
        self._expire()
        return [asdict(fault) for fault in self._faults]

    def take(self, kind: str, method: str, address: str) -> Fault | None:
        """The first fault of a kind that fires for this request; its count goes down."""
        self._expire()
        for fault in self._faults:
            if fault.kind == kind and fault.meets(method, address):
                if fault.probability < 1 and self._random.random() >= fault.probability:
                    continue
                self._spend(fault)
                return fault
        return None

    def take_all(self, kind: str, method: str, address: str) -> list[Fault]:
        """All faults of a kind that fire for this request."""
        self._expire()
        fired = [f for f in self._faults if f.kind == kind and f.meets(method, address)]
        for fault in fired:
            self._spend(fault)
        return fired

    def _expire(self) -> None:
        now = time.monotonic()
        self._faults = [
            fault
            for fault in self._faults
            if fault.lasts is None or now < fault.added + fault.lasts
        ]

    def _spend(self, fault: Fault) -> None:
        if fault.count is None:
            return
        fault.count -= 1
        if fault.count <= 0:
            self._faults.remove(fault)
