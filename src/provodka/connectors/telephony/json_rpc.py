"""JSON-RPC 2.0 as UIS and its kin speak it: questions, what stands deep in answers, complaints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["HEADERS", "complaint", "inside", "question"]

HEADERS: Final = {"Content-Type": "application/json; charset=UTF-8"}


def question(method: str, params: Mapping[str, Any]) -> bytes:
    """A call of a method, as the body of a request."""
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


def inside(told: Any, *steps: str) -> Mapping[str, Any]:
    """What stands deep in an answer, empty where it is not there."""
    for step in steps:
        told = told.get(step) if isinstance(told, Mapping) else None
    return told if isinstance(told, Mapping) else {}


def complaint(error: Any) -> tuple[str, str]:
    """The mnemonic of an error, and all that it says."""
    mnemonic = str(inside(error, "data").get("mnemonic", ""))
    message = error.get("message", "") if isinstance(error, Mapping) else ""
    return mnemonic, f"{mnemonic} {message}".strip()
