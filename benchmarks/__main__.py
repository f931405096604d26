"""`python -m benchmarks [--only NAME] [--documents N]`: a line each, and a file of figures."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks import (
    caller_lookup,
    calls_reduce,
    catch_up,
    cli_help,
    client_by_phone,
    deciding,
    effects,
    enterprise_data,
    enterprise_data_merge,
    history_import,
    inbox,
    invoice_latency,
    journal_cost,
    letters,
    mailbox,
    metadata_parse,
    no_change_sync,
    odata_overhead,
    outbox_deliveries,
    pages,
    pull_again,
    pull_invoices,
    pull_memory,
    reaction,
    report_funnel,
    report_lost,
    simulate,
    sweep,
    sweep_memory,
    sync_growth,
)
from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Result

LATEST = Path(__file__).with_name("latest.json")
BENCHMARKS = {
    module.benchmark.name: module.benchmark
    for module in (
        pull_invoices,
        pull_again,
        pull_memory,
        catch_up,
        invoice_latency,
        cli_help,
        metadata_parse,
        odata_overhead,
        outbox_deliveries,
        enterprise_data,
        enterprise_data_merge,
        journal_cost,
        history_import,
        no_change_sync,
        sync_growth,
        sweep,
        sweep_memory,
        deciding,
        effects,
        reaction,
        simulate,
        inbox,
        pages,
        letters,
        mailbox,
        calls_reduce,
        caller_lookup,
        client_by_phone,
        report_funnel,
        report_lost,
    )
}


def attempt(benchmark: Benchmark, lab: Lab) -> Result:
    """Run one benchmark; one that breaks is short, and the others still run."""
    try:
        return Result.of(benchmark, benchmark.run(lab))
    except Exception as error:
        print(f"{benchmark.name}: {error}", file=sys.stderr)
        return Result.failed(benchmark, error)


def main() -> int:
    """0 if everything asked for meets its bar, 1 otherwise."""
    options = arguments()
    chosen = [BENCHMARKS[name] for name in options.only or BENCHMARKS]
    results = []
    with Lab.open(options.documents) as lab:
        for benchmark in chosen:
            results.append(attempt(benchmark, lab))
            print(results[-1].line(), flush=True)
    found = [result.as_json() for result in results]
    LATEST.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0 if all(result.ok for result in results) else 1


def arguments() -> argparse.Namespace:
    """Which benchmarks to run, and on how many invoices."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=sorted(BENCHMARKS), metavar="NAME")
    parser.add_argument("--documents", type=int, default=100_000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
