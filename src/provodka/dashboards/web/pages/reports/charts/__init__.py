"""Pictures of reports: options of ECharts, made of the same rows as the tables beside them."""

from __future__ import annotations

from provodka.dashboards.web.pages.reports.charts.choosing import charts_of
from provodka.dashboards.web.pages.reports.charts.drawing import Drawing

__all__ = ["Drawing", "charts_of"]
