"""`python -m provodka.flows.tethered MODULE ARGUMENTS…`: run a module that ends with its parent.

The parent holds the other end of the standard input. When it dies, however it dies, the input
ends, and the module is asked to end too: a killed hub leaves no processes behind.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading

__all__ = ["main"]

GRACE_SECONDS = 10.0


def _follow() -> None:
    while os.read(0, 1024):
        continue
    force = threading.Timer(GRACE_SECONDS, os._exit, (1,))
    force.daemon = True
    force.start()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Become the module named on the command line."""
    threading.Thread(target=_follow, name="tether", daemon=True).start()
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    sys.path.insert(0, "")
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
