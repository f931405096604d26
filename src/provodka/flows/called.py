"""How this program was called, so that the lines it suggests can be copied."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

__all__ = ["program"]

NAME = "provodka"


def program() -> str:
    """`provodka` where the shell finds this very program by its name; else the path as called."""
    called = Path(sys.argv[0])
    found = shutil.which(NAME)
    if called.name != NAME or (found and Path(found).resolve() == called.resolve()):
        return NAME
    return str(called)
