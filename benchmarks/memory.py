"""The peak memory of a process, from the kernel."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

MEGABYTE = 1024 * 1024


def peak_mb(pid: int | None = None) -> float:
    """Peak resident memory of a process (this one by default), in MB.

    Linux keeps it in `VmHWM`; `ru_maxrss` there would begin with the parent's peak. Elsewhere
    only the own process can be asked.
    """
    status = Path(f"/proc/{pid or 'self'}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) * 1024 / MEGABYTE, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / MEGABYTE, 1)


def peak_with_helpers_mb() -> float:
    """Peak of this process and of its largest ended child together, in MB: no less than the truth.

    What the kernel says of a child begins with this process's own peak where that is larger.
    """
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    child = largest * (1 if sys.platform == "darwin" else 1024) / MEGABYTE
    return round(peak_mb() + child, 1)
