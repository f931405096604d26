"""The peer: dlt's `rest_api` source into PostgreSQL, merged by key. Runs in its own environment.

`.venv-bench/bin/python benchmarks/peer_dlt.py --service URL --database URL` prints one line of
JSON: documents per second and the seconds of each of dlt's three stages.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from typing import Any

INVOICES = "Document_СчетНаОплатуПокупателю"
PAGE = 1_000
WORKERS = 2
FILE_ITEMS = 10_000


def configure(options: argparse.Namespace) -> None:
    """Set what is needed in any case, and what an expert tunes for two cores.

    Names are Cyrillic, which only the `direct` naming keeps apart. Tuned: files small enough to
    be shared out among two normalizing processes, COPY of plain CSV instead of INSERT.
    """
    settings = {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "SCHEMA__NAMING": "direct",
    }
    if not options.untuned:
        settings |= {
            "DATA_WRITER__FILE_MAX_ITEMS": str(FILE_ITEMS),
            "DATA_WRITER__DISABLE_COMPRESSION": "true",
            "NORMALIZE__WORKERS": str(WORKERS),
            "NORMALIZE__START_METHOD": "fork",
            "LOAD__WORKERS": str(WORKERS),
        }
    os.environ.update(settings)


def source(options: argparse.Namespace) -> Any:
    """The invoices as a `rest_api` source: pages by `$top` and `$skip`, lines as a child table."""
    from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found]

    paginator = {
        "type": "offset",
        "limit": PAGE,
        "limit_param": "$top",
        "offset_param": "$skip",
        "total_path": None,
        "maximum_offset": options.documents,
    }
    resource = {
        "name": "invoices",
        "primary_key": "Ref_Key",
        "write_disposition": "merge",
        "endpoint": {
            "path": INVOICES,
            "params": {"$format": "json", "$orderby": "Date"},
            "data_selector": "value",
            "paginator": paginator,
        },
    }
    client = {"base_url": options.service}
    return rest_api_source({"client": client, "resources": [resource]})


def timed(stages: dict[str, float], name: str, stage: Callable[[], object]) -> None:
    """Run one stage and add its seconds to `stages`."""
    started = time.perf_counter()
    stage()
    stages[name] = round(time.perf_counter() - started, 2)


def main() -> None:
    """Load everything once and print the figures."""
    options = arguments()
    configure(options)
    import dlt  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "peer",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(options.database),
            dataset_name="peer",
        )
        stages: dict[str, float] = {}
        form = "insert_values" if options.untuned else "csv"
        timed(stages, "extract", lambda: pipeline.extract(source(options), loader_file_format=form))
        timed(stages, "normalize", pipeline.normalize)
        timed(stages, "load", lambda: pipeline.load(raise_on_failed_jobs=True))
        with pipeline.sql_client() as client:
            documents = client.execute_sql("SELECT count(*) FROM invoices")[0][0]
    seconds = sum(stages.values())
    print(json.dumps({"documents": documents, "seconds": seconds, **stages}))


def arguments() -> argparse.Namespace:
    """What to read, where to, and whether to tune."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--documents", type=int, required=True)
    parser.add_argument("--untuned", action="store_true", help="every setting as it comes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
