"""A report's result in the form that its reader wants."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from provodka.dashboards.results import ReportResult
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["FORMATS", "render"]

RENDERERS = {
    "table": "terminal:render_table",
    "csv": "csv_file:render_csv",
    "xlsx": "xlsx_file:render_xlsx",
    "parquet": "parquet_file:render_parquet",
    "json": "json_file:render_json",
    "html": "page:render_html",
    "svg": "picture:render_svg",
}
FORMATS = tuple(RENDERERS)


def render(result: ReportResult, format: str) -> bytes | str:
    """The result as `table`, `json`, `html`, `svg` (text), or `csv`, `xlsx`, `parquet`
    (bytes).

    The same result gives the same bytes. Raises `ConfigurationError` for another format.
    """
    if format not in RENDERERS:
        raise ConfigurationError(
            "report --format",
            found=format,
            expected=_("одно из: {allowed}").format(allowed=", ".join(FORMATS)),
            code="unknown_format",
        )
    module, function = RENDERERS[format].split(":")
    draw: Callable[[ReportResult], bytes | str] = getattr(
        import_module(f"{__name__}.{module}"), function
    )
    return draw(result)
