"""The sandbox company as a process of its own: started, found again, stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from provodka.foundation.errors import SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["running_sandbox", "write_settings"]


@contextmanager
def running_sandbox(state: Path, *options: str) -> Iterator[dict[str, Any]]:
    """Addresses and logins of the sandbox whose company lives in `state`.

    One that is running already is used and left running; otherwise one is started for the
    block. Raises `SystemUnavailable` if it does not come up.
    """
    found = _living(state)
    if found is not None:
        yield found
        return
    state.mkdir(parents=True, exist_ok=True)
    with (state / "sandbox.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "provodka.sandbox", "--state", str(state), *options],
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield _ready(process, state)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _ready(process: subprocess.Popen[bytes], state: Path) -> dict[str, Any]:
    line = process.stdout.readline() if process.stdout else b""
    if not line.strip():
        raise SystemUnavailable(
            _("Песочница {state}").format(state=state),
            found=_("не запустилась"),
            next_step=_("посмотрите {log}").format(log=state / "sandbox.log"),
            code="no_sandbox",
        )
    addresses: dict[str, Any] = json.loads(line)
    return addresses


def _living(state: Path) -> dict[str, Any] | None:
    try:
        addresses: dict[str, Any] = json.loads((state / "sandbox.json").read_text("utf-8"))
        command = Path(f"/proc/{addresses['pid']}/cmdline").read_bytes()
        os.kill(addresses["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return addresses if b"provodka.sandbox" in command else None


def write_settings(folder: Path, sandbox: dict[str, Any], *, reads_mail: bool = False) -> Path:
    """Write the sandbox company's `hub.yaml` and its secrets into `folder`; returns the file.

    With `reads_mail` the hub reads the letters that clients write to the company.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("onec", "mail"):
        secret = folder / f"{name}.password"
        secret.touch(mode=0o600)
        secret.write_text(str(sandbox[f"{name}_password"]), encoding="utf-8")
    settings = folder / "hub.yaml"
    about = _("Настройки учебной компании; её 1С, почта и АТС живут в песочнице.")
    text = SETTINGS + (MAILBOX if reads_mail else "")
    written = text.format(about=about, folder=folder.resolve(), **sandbox)
    settings.write_text(written, encoding="utf-8")
    return settings


SETTINGS = """\
# {about}
company:
  name: ООО «Ромашка»
  inn: "{organization_inn}"
  zone: Asia/Yekaterinburg
onec:
  url: {onec_url}
  login: {onec_login}
  password_file: {folder}/onec.password
  zone: Asia/Yekaterinburg
  lost_answer_wait: 2
telephony:
  - {{name: office, path: {cdr_path}, zone: Asia/Yekaterinburg, internal_lengths: [3]}}
mail:
  sender: crm@romashka.example
  login: {mail_login}
  password_file: {folder}/mail.password
  smtp: {{host: {smtp_host}, port: {smtp_port}, security: plain}}
  imap: {{host: {imap_host}, port: {imap_port}, security: plain, sent_folder: Sent}}
  lost_answer_wait: 2
"""

MAILBOX = """\
  mailboxes:
    - name: crm
      host: {imap_host}
      port: {imap_port}
      security: plain
      login: {mail_login}
      password_file: {folder}/mail.password
      address: crm@romashka.example
      sent_folder: Sent
"""
