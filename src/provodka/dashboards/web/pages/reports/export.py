"""What is seen as a file: the same question, computed and masked by the same functions."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from provodka.dashboards.results import ReportResult
from provodka.dashboards.web.pages.answers import Answer, Sent
from provodka.dashboards.web.pages.reports.asking import asked_of, computed
from provodka.dashboards.web.pages.reports.shelf import Shelved
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["FORMATS", "file_of", "format_of", "send"]

FORMATS: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
}
ARCHIVE = "application/zip"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Every file of an archive bears this time, so that the same report is the same archive."""


def send(shelved: Shelved, visit: Visit) -> Answer:
    """The report asked for, in the form that the word `format` names."""
    wanted = format_of(visit)
    return file_of(computed(visit, asked_of(visit, shelved), whole=True), wanted)


def format_of(visit: Visit) -> str:
    """The form that is asked for; csv unless told. `ConfigurationError` for an unknown one."""
    wanted = visit.query.get("format") or "csv"
    if wanted not in FORMATS:
        raise ConfigurationError(
            _("Отбор {name}").format(name="format"),
            found=f"«{wanted}»",
            expected=_("одно из: {allowed}").format(allowed=", ".join(FORMATS)),
            next_step=_("исправьте отбор"),
            code="unknown_format",
        )
    return wanted


def file_of(result: ReportResult, wanted: str) -> Sent:
    """A result as a file with a name; several tables of Parquet come as an archive."""
    from provodka.dashboards.rendering import render

    day = f"{result.query.until.astimezone(result.query.zone):%Y-%m-%d}"
    name = f"{result.name}_{result.query.since.astimezone(result.query.zone):%Y-%m-%d}_{day}"
    if wanted == "parquet" and len(result.tables) > 1:
        return Sent(_archive(result), ARCHIVE, f"{name}.zip")
    rendered = render(result, wanted)
    body = rendered.encode() if isinstance(rendered, str) else rendered
    return Sent(body, FORMATS[wanted], f"{name}.{wanted}")


def _archive(result: ReportResult) -> bytes:
    from provodka.dashboards.rendering.parquet_file import parquet_tables

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for table, content in parquet_tables(result).items():
            archive.writestr(zipfile.ZipInfo(f"{result.name}.{table}.parquet", EPOCH), content)
    return target.getvalue()
