"""Assertions of the tests rewritten once for all workers: each takes its share before it collects.

A fresh clone has no bytecode. Left alone, every worker would rewrite all files, which are ten
seconds of a core for each of them.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

__all__ = ["pytest_sessionstart"]

HERE = Path(__file__).parent


def pytest_sessionstart(session: pytest.Session) -> None:
    """Rewrite this worker's share of the test files that have no bytecode yet."""
    worker = getattr(session.config, "workerinput", None)
    state = session.config.stash.get(rewrite.assertstate_key, None)
    if worker is None or state is None or sys.dont_write_bytecode:
        return
    mine, workers = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    for file in islice(sorted(HERE.rglob("test_*.py")), mine, None, workers):
        kept = rewrite.get_cache_dir(file) / f"{file.stem}{rewrite.PYC_TAIL}"
        if rewrite._read_pyc(file, kept) is None and rewrite.try_makedirs(kept.parent):
            digest, code = rewrite._rewrite_test(file, session.config)
            rewrite._write_pyc(state, code, digest, kept)
