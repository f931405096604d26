"""One sweep in a process of its own: `python -m benchmarks.sweep_side --service … --database …`.

Prints one line of JSON: seconds, peak of memory, and the report.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

from benchmarks.memory import peak_mb
from benchmarks.ours import environment
from provodka.flows.hub import open_hub
from provodka.flows.onec.sweeping.report import Swept
from provodka.flows.onec.sweeping.running import sweep


def main() -> None:
    """Sweep the invoices and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--home", type=Path, required=True)
    found: list[Swept] = []
    with open_hub(environment(parser.parse_args())) as hub:
        started = time.perf_counter()
        sweep(hub, ("invoice",), heard=found.append)
        seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "seconds": round(seconds, 2),
        "own_cpu": round(used.ru_utime + used.ru_stime, 2),
        "peak_mb": peak_mb(),
        "report": found[0].as_json() | {"samples": [], "remaining_samples": []},
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
