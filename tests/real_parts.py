"""Real programs that some tests speak to; what Debian packages them as is in `.ci/run`."""

from __future__ import annotations

import os
import shutil

import pytest

__all__ = ["needs"]

PLACES = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))


def needs(program: str) -> str:
    """The path of a program; without it the test is skipped, and where CI runs it fails."""
    found = shutil.which(program, path=PLACES)
    if found is None:
        reason = f"{program} is not installed on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found
