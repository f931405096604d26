"""How long a `$metadata` of a large configuration takes to be read, and how much memory.

The document is the recorded one of a trade base, its objects repeated under other names until it
is as long as that of a real one. It is read in a process that does nothing else.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from benchmarks.lab import ROOT, Figures, Lab, run_for_figures
from benchmarks.measure import Benchmark, Measured
from benchmarks.memory import peak_mb

MOST_SECONDS = 3
MOST_MB = 200
SIZE = 17_000_000
RECORDED = ROOT / "tests" / "data" / "onec" / "metadata_trade_8.5.xml"


def large(size: int) -> bytes:
    """An EDMX document of at least that many bytes."""
    text = RECORDED.read_text(encoding="utf-8")
    types, container = text.split("<EntityContainer", 1)
    first = types.index("<EntityType")
    shared = types.index("<EnumType")
    opening, inside = container.split(">", 1)
    sets, tail = inside.split("</EntityContainer>", 1)
    names = re.findall(r'EntitySet Name="([^"]+)"', sets)
    own = [one for one in names if not any(one.startswith(f"{other}_") for other in names)]
    object_name = re.compile("|".join(sorted(map(re.escape, own), key=len, reverse=True)))

    def copied(part: str, number: int) -> str:
        return object_name.sub(lambda found: f"{found[0]}Копия{number}", part)

    copies = range(size // len(text.encode()) + 1)
    bodies = "".join(copied(types[first:shared], number) for number in copies)
    listed = "".join(copied(sets, number) for number in copies)
    return (
        f"{types[:first]}{bodies}{types[shared:]}<EntityContainer{opening}>"
        f"{listed}</EntityContainer>{tail}"
    ).encode()


def measured(path: Path) -> Figures:
    """Figures of this process, after reading the document once."""
    from provodka.connectors.onec.odata.metadata_reader import parse_metadata

    document = path.read_bytes()
    started = time.perf_counter()
    metadata = parse_metadata(document)
    seconds = time.perf_counter() - started
    return {"seconds": round(seconds, 3), "peak_mb": peak_mb(), "sets": len(metadata.sets)}


def run(lab: Lab) -> Measured:
    """Seconds; short as well if it takes too much memory."""
    path = lab.folder / "large_metadata.xml"
    path.write_bytes(large(SIZE))
    figures = run_for_figures((sys.executable, "-m", "benchmarks.metadata_parse", str(path)))
    figures["megabytes"] = round(path.stat().st_size / 1e6, 1)
    ok = figures["seconds"] < MOST_SECONDS and figures["peak_mb"] < MOST_MB
    return Measured(figures["seconds"], ok, figures)


benchmark = Benchmark("metadata_parse", "s", f"< {MOST_SECONDS}, < {MOST_MB} MB", run)

if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]))))
