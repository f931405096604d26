"""A funnel drawn as SVG: bars with their counts and shares, for a page or on its own."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from provodka.dashboards.rendering.formatting import number_text, percent_text, ratio_parts
from provodka.dashboards.results import Bar, Chart, ReportResult
from provodka.foundation.i18n import _

__all__ = ["NARROW", "WIDE", "draw", "render_svg"]

WIDE, NARROW = 720, 340
ROW, THICK, TOP, EDGE = 56, 22, 8, 4
LETTER = 8.0
STYLE = Path(__file__).with_name("picture.css")


def render_svg(result: ReportResult) -> str:
    """All funnels of a report as one picture with its own style, light or dark as the reader is."""
    charts = result.charts
    parts = [f"<style>{STYLE.read_text(encoding='utf-8')}</style>"]
    height = 16
    for chart in charts:
        parts.append(_text(16, height + 18, chart.title, "head"))
        parts.append(
            f'<g transform="translate(16 {height + 32})">{"".join(_bars(chart, WIDE))}</g>'
        )
        height += 32 + _height(chart) + 16
    if not charts:
        parts.append(_text(16, height + 18, _("Нет данных за этот период."), "head"))
        height += 40
    ground = f'<rect class="ground" width="{WIDE + 32}" height="{height}" rx="8"/>'
    return _svg(WIDE + 32, height, result.title, [*parts[:1], ground, *parts[1:]], "picture alone")


def draw(chart: Chart, width: int = WIDE) -> str:
    """One funnel as an SVG element of `width` pixels; the page gives the style."""
    kind = "picture wide" if width == WIDE else "picture narrow"
    return _svg(width, _height(chart), chart.title, _bars(chart, width), kind)


def _svg(width: int, height: int, title: str, parts: Iterable[str], kind: str) -> str:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{kind}" role="img" {size}>'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _height(chart: Chart) -> int:
    return TOP + ROW * len(chart.bars)


def _bars(chart: Chart, width: int) -> list[str]:
    widest = max((bar.value for bar in chart.bars), default=0)
    return [
        part
        for number, bar in enumerate(chart.bars)
        for part in _bar(bar, TOP + ROW * number, width, widest)
    ]


def _bar(bar: Bar, top: int, width: int, widest: int) -> list[str]:
    share, parts = ("", "") if bar.ratio is None else (percent_text(bar.ratio), "")
    if bar.ratio is not None and bar.ratio.denominator:
        parts = f" ({ratio_parts(bar.ratio)})"
    said = number_text(bar.value) if not share else f"{share}{parts}"
    label = f"{bar.label}: {number_text(bar.value)}" if share else bar.label
    length = max(2.0, width * bar.value / widest) if bar.value and widest else 0.0
    room = int((width - LETTER * len(said)) / LETTER) - 2
    kind = "bar won" if bar.won else "bar"
    under = top + 20
    return [
        _text(0, top + 14, _short(label, room), "label", full=label),
        _text(width, top + 14, said, "said"),
        f'<rect class="track" y="{under}" width="{width}" height="{THICK}" rx="{EDGE}"/>',
        f'<rect class="{kind}" y="{under}" width="{length:.1f}" height="{THICK}" rx="{EDGE}"/>',
    ]


def _text(x: int, y: int, words: str, kind: str, full: str = "") -> str:
    hint = f"<title>{escape(full)}</title>" if full and full != words else ""
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(words)}{hint}</text>'


def _short(words: str, room: int) -> str:
    return words if len(words) <= room else words[: max(1, room - 1)].rstrip() + "…"
