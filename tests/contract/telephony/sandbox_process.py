"""A sandbox in a process of its own, for tests that speak to it over its real sockets."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

NO_PROXY = build_opener(ProxyHandler({}))


class SandboxProcess:
    """Where the sandbox is, and its control API."""

    def __init__(self, about: dict[str, Any]) -> None:
        self.about = about

    def order(self, action: str, **wish: Any) -> Any:
        """POST one order to the control API."""
        request = Request(  # noqa: S310 (the address is our own process)
            self.about["control_url"] + action, json.dumps(wish).encode(), method="POST"
        )
        with NO_PROXY.open(request, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def running_sandbox(state: Path, *options: str) -> Iterator[SandboxProcess]:
    """Start a sandbox, wait for its first line, stop it at the end."""
    command = [sys.executable, "-m", "provodka.sandbox", "--state", str(state), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield SandboxProcess(json.loads(process.stdout.readline()))
        finally:
            process.terminate()
            process.wait(10)
