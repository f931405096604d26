"""A PostgreSQL of the test's own, to be stopped, cut off and left without room."""

from __future__ import annotations

import resource
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest

from provodka.connectors.crm_store import embedded

__all__ = ["Cut", "Server", "cutting", "enlarge", "no_larger_files", "small_disk"]

COPYING = b"COPY "


@dataclass(frozen=True)
class Server:
    """An embedded server in `folder`."""

    folder: Path

    @property
    def pid(self) -> int:
        """The server's first process."""
        return int((self.folder / "postmaster.pid").read_text().split()[0])

    def stop_at_once(self) -> None:
        """An immediate shutdown: as a power cut, nothing is written down before it."""
        first = psutil.Process(self.pid)
        first.send_signal(signal.SIGQUIT)
        first.wait(30)

    def start(self) -> str:
        """Start it, or find it running; its address."""
        return embedded.start(self.folder)

    def restart_at_once(self) -> None:
        """As an administrator in a hurry does."""
        self.stop_at_once()
        self.start()


@dataclass
class Cut:
    """A wire that carries everything until `left` bytes of a COPY have gone by; then it is cut."""

    left: int | None = None
    happened: threading.Event = field(default_factory=threading.Event)

    def passes(self, piece: bytes, copied: int) -> tuple[bytes, int]:
        """What of a piece goes through, and how much of the COPY under way has gone by."""
        if self.left is None:
            return piece, copied
        if not copied and COPYING in piece:
            copied = 1
        if copied:
            copied += len(piece)
        if copied > self.left:
            self.left = None
            self.happened.set()
            return b"", copied
        return piece, copied


@contextmanager
def cutting(url: str) -> Iterator[tuple[str, Cut]]:
    """The server of `url` behind a wire that can be cut: its address over TCP, and the wire."""
    there = urlsplit(url)
    folder = parse_qs(there.query)["host"][0]
    target = f"{folder}/.s.PGSQL.5432"
    cut, stopping = Cut(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(listener, target, cut, stopping))
        thread.start()
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}{there.path}", cut
        finally:
            stopping.set()
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                pass
            thread.join()


def _serve(listener: socket.socket, target: str, cut: Cut, stopping: threading.Event) -> None:
    carried: list[threading.Thread] = []
    while not stopping.is_set():
        client, _address = listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(target)
        carried.append(threading.Thread(target=_carry, args=(client, server, cut, stopping)))
        carried[-1].start()
    for one in carried:
        one.join()


def _carry(
    client: socket.socket, server: socket.socket, cut: Cut, stopping: threading.Event
) -> None:
    copied = 0
    with client, server, suppress(OSError):
        while not stopping.is_set():
            ready, _write, _odd = select.select([client, server], [], [], 0.2)
            for one in ready:
                piece = one.recv(65536)
                if one is server:
                    client.sendall(piece)
                else:
                    piece, copied = cut.passes(piece, copied)
                    server.sendall(piece)
                if not piece:
                    return


@contextmanager
def no_larger_files(megabytes: int) -> Iterator[None]:
    """Who is started in this block may write no file beyond that size, for the kernel refuses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (megabytes << 20, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(folder: Path, megabytes: int, owner: Path) -> Iterator[Path]:
    """A disk of that size for whom `owner` belongs to; skips the test where none can be mounted."""
    folder.mkdir()
    options = f"size={megabytes}m,mode=700,uid={owner.stat().st_uid},gid={owner.stat().st_gid}"
    mount = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def enlarge(folder: Path, megabytes: int) -> None:
    """A small disk becomes a larger one."""
    remount = ["mount", "-o", f"remount,size={megabytes}m", str(folder)]
    subprocess.run(remount, check=True)
