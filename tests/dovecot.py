"""A real Dovecot of the test's own: one account, its folders on disk, with or without QRESYNC."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provodka.connectors.mail.imap.account import Account
from provodka.connectors.mail.servers import Security

__all__ = ["Dovecot", "running_dovecot"]

LOGIN, PASSWORD = "sales@romashka.example", "correct-horse"
PLAIN_CAPABILITY = "IMAP4rev1 SASL-IR LITERAL+ IDLE SPECIAL-USE UNSELECT CHILDREN NAMESPACE UIDPLUS"
CONFIG = """
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
mail_location = {storage}:{base}/mail
mail_fsync = never
{capability}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service stats {{
  client_limit = 16
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/home
}}
"""


@dataclass
class Dovecot:
    """One running server; `base` holds everything it writes."""

    base: Path
    port: int
    process: subprocess.Popen[bytes]
    uid: int
    gid: int
    delivered: int = 0
    renumbered: int = 0

    @property
    def account(self) -> Account:
        """How to enter it."""
        return Account("127.0.0.1", LOGIN, PASSWORD, port=self.port, security=Security.PLAIN)

    def folder(self, name: str) -> Path:
        """Where a folder's letters are (Maildir++)."""
        base = self.base / "mail"
        return base if name == "INBOX" else base / f".{name.replace('/', '.')}"

    def deliver(self, content: bytes, folder: str = "INBOX") -> None:
        """Put a letter into a folder, as a delivery agent would."""
        self.delivered += 1
        place = self.folder(folder)
        for part in (place, *(place / name for name in ("tmp", "new", "cur"))):
            if not part.exists():
                part.mkdir()
                os.chown(part, self.uid, self.gid)
        name = f"{1_700_000_000 + self.delivered}.M{self.delivered}P1.test"
        half = place / "tmp" / name
        half.write_bytes(content)
        os.chown(half, self.uid, self.gid)
        half.rename(place / "new" / name)

    def fill(self, letters: Iterable[bytes]) -> None:
        """Bring many letters over from an old maildir into INBOX."""
        place = self.base / "old" / "cur"
        for part in ("cur", "new", "tmp"):
            (place.parent / part).mkdir(parents=True)
        for content in letters:
            self.delivered += 1
            size = len(content)
            name = (
                f"{1_700_000_000 + self.delivered}.M{self.delivered}P1.test,S={size},W={size}:2,S"
            )
            (place / name).write_bytes(content)
        for one in (place.parent, *place.parent.iterdir()):
            os.chown(one, self.uid, self.gid)
        config = str(self.base / "dovecot.conf")
        source = f"maildir:{place.parent}"
        command = ["doveadm", "-c", config, "import", "-u", LOGIN, source, "", "ALL"]
        subprocess.run(command, check=True)

    def append(self, content: bytes, folder: str = "INBOX") -> None:
        """Put a letter into a folder through the server, which then knows of it at once."""
        with self._program(folder) as client:
            client.append(folder, "", "", content)

    def empty(self) -> None:
        """Remove every letter; UIDs go on where they were."""
        for folder in ("INBOX", "Sent"):
            for part in ("new", "cur"):
                for one in (self.folder(folder) / part).glob("*"):
                    one.unlink()

    def flags(self, folder: str = "INBOX") -> list[str]:
        """The flags of every letter as the folder keeps them: ``S`` is seen."""
        files = [*(self.folder(folder) / "cur").iterdir(), *(self.folder(folder) / "new").iterdir()]
        return sorted(one.name.partition(":2,")[2] for one in files)

    def mark(self, uid: int, flag: str, folder: str = "INBOX") -> None:
        """Somebody flags a letter in his mail program."""
        with self._program(folder) as client:
            client.uid("STORE", str(uid), "+FLAGS", f"({flag})")

    def remove(self, uid: int, folder: str = "INBOX") -> None:
        """Somebody deletes a letter in his mail program."""
        with self._program(folder) as client:
            client.uid("STORE", str(uid), "+FLAGS", "(\\Deleted)")
            client.expunge()

    @contextmanager
    def _program(self, folder: str) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=30) as client:
            client.login(LOGIN, PASSWORD)
            client.select(folder)
            yield client

    def renumber(self, folder: str = "INBOX") -> None:
        """Lose the list of UIDs, as a restored backup does: UIDVALIDITY changes."""
        place = self.folder(folder)
        for left in place.glob("dovecot*"):
            left.unlink()
        fresh = place / "dovecot-uidlist"
        self.renumbered += 1
        fresh.write_text(f"3 V{1_900_000_000 + self.renumbered} N1 G{os.urandom(16).hex()}\n")
        os.chown(fresh, self.uid, self.gid)


@contextmanager
def running_dovecot(
    program: str, *, quick_resync: bool = True, storage: str = "maildir"
) -> Iterator[Dovecot]:
    """Start a server for the block; without `quick_resync` it offers neither it nor CONDSTORE."""
    base = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/tmp"))
    port = _free_port()
    # Dovecot refuses to serve as root: there its package's own users serve, and nobody reads.
    root = os.getuid() == 0
    user = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
    group = grp.getgrgid(pwd.getpwnam("dovecot").pw_gid if root else user.pw_gid).gr_name
    internal, login = ("dovecot", "dovenull") if root else (user.pw_name, user.pw_name)
    capability = "" if quick_resync else f"imap_capability = {PLAIN_CAPABILITY}"
    config = base / "dovecot.conf"
    config.write_text(
        CONFIG.format(
            base=base, internal=internal, login=login, group=group, port=port, password=PASSWORD,
            uid=user.pw_uid, gid=user.pw_gid, capability=capability,
            storage=storage,
        )
    )  # fmt: skip
    for part in ("mail", "home"):
        (base / part).mkdir()
        os.chown(base / part, user.pw_uid, user.pw_gid)
    base.chmod(0o755)
    process = subprocess.Popen([program, "-F", "-c", str(config)], start_new_session=True)
    try:
        _wait_for(port, process, base)
        yield Dovecot(base, port, process, user.pw_uid, user.pw_gid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
        shutil.rmtree(base, ignore_errors=True)


def _wait_for(port: int, process: subprocess.Popen[bytes], base: Path) -> None:
    for _time in range(100):
        if process.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as greeting:
                if greeting.recv(4).startswith(b"* OK"):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    log = base / "log"
    raise RuntimeError(log.read_text() if log.exists() else "Dovecot has not started")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
