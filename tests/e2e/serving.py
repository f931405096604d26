"""`provodka up` as a process of its own, as a person would start it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

__all__ = ["RUN", "awaited", "relatives", "serving"]

T = TypeVar("T")
RUN = """
import sys
from provodka.flows.settings import Environment
from provodka.flows.up import run
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.logs import configure_logs
configure_logs(human=False)
try:
    sys.exit(run(Environment(), prefect=sys.argv[1] == "prefect", prefect_port=int(sys.argv[2])))
except ProvodkaError as error:
    sys.exit(str(error))
"""


@contextmanager
def serving(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The hub with its data in `folder/home`, its output in `folder/up.log`; killed at the end."""
    given = {name: value for name, value in os.environ.items() if name[:9] != "PROVODKA_"}
    given |= {"PROVODKA_HOME": str(folder / "home"), **(environment or {})}
    with (folder / "up.log").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, *arguments],
            cwd=folder,
            env=given,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    except BaseException:
        sys.stdout.write((folder / "up.log").read_text(encoding="utf-8"))
        raise
    finally:
        for one in relatives(folder):
            one.kill()
        process.kill()
        process.wait()


def relatives(folder: Path) -> list[psutil.Process]:
    """Every process that works in a folder: the hub, its children, its database."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        environ = process.info["environ"] or {}
        command = " ".join(process.info["cmdline"] or ())
        if str(folder) in command or str(folder) in environ.get("PROVODKA_HOME", ""):
            found.append(process)
    return found


def awaited(truth: Callable[[], T], seconds: float, pause: float = 0.05) -> T:
    """The first true answer. Raises `TimeoutError`."""
    ends = time.monotonic() + seconds
    while not (answer := truth()):
        if time.monotonic() > ends:
            raise TimeoutError
        time.sleep(pause)
    return answer
