"""What a person reads where there is no page: why, and what to do; the store is not asked."""

from __future__ import annotations

from html import escape

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from provodka.dashboards.web.pages.reader import language_of
from provodka.dashboards.web.pages.vendored import asset_url
from provodka.foundation.i18n import _, language, speaking

__all__ = ["away", "broken", "is_for_people", "nowhere", "written"]

RETRY_SECONDS = "5"
POLICY = (
    "default-src 'none'; form-action 'self'; style-src 'self'; script-src 'self'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
)
DRESS = """<link rel="icon" href="{icon}" type="image/svg+xml"><script src="{theme}"></script>
<link rel="stylesheet" href="{tabler}"><link rel="stylesheet" href="{own}">"""
PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title>
{dress}</head><body class="d-flex flex-column"><main class="page page-center">
<div class="container container-tight py-4"><div class="card card-md"><div class="card-body">
<h1 class="h2">{title}</h1>
{body}
</div></div></div></main></body></html>
"""
HOME = '<p>{said}</p><a class="btn" href="/">{link}</a>'


def is_for_people(request: Request) -> bool:
    """Whether a browser asks for a page, or has sent a form of one."""
    return "text/html" in request.headers.get("accept", "")


def written(request: Request, title: str, body: str, status: int = 200) -> Response:
    """A page by itself; `title` is plain text, `body` is markup. Styles are the house's."""
    dress = _dress() if hasattr(request.app.state, "store") else ""
    content = PAGE.format(title=escape(title), body=body, lang=language(), dress=dress)
    return HTMLResponse(content, status, {"Content-Security-Policy": POLICY})


def away(request: Request) -> Response:
    """The page that stands in while the store is away (503); why is told by the log alone."""
    with speaking(language_of(request)):
        said = _(
            "База хаба не отвечает. Обычно это ненадолго: обновите страницу через минуту. Что "
            "записано, не потеряно. Если не прошло, скажите инженеру."
        )
        answer = written(request, _("Хаб сейчас не отвечает"), f"<p>{escape(said)}</p>", 503)
    answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


def nowhere(request: Request, status: int) -> Response:
    """There is nothing at this address (404), or nothing to be opened (405)."""
    with speaking(language_of(request)):
        said = _("По этому адресу ничего нет: проверьте его или начните с первой страницы.")
        return written(request, _("Нет такой страницы"), _homeward(said), status)


def broken(request: Request) -> Response:
    """The hub itself is at fault (500)."""
    with speaking(language_of(request)):
        said = _(
            "Это ошибка хаба, она записана в его журнал. Попробуйте еще раз; если повторится, "
            "скажите инженеру, что вы открывали и когда."
        )
        return written(request, _("Страница не открылась"), _homeward(said), 500)


def _homeward(said: str) -> str:
    return HOME.format(said=escape(said), link=escape(_("На первую страницу")))


def _dress() -> str:
    names = {"icon": "provodka.svg", "theme": "theme.js"}
    styles = {"tabler": "tabler.min.css", "own": "provodka.css"}
    return DRESS.format(**{part: asset_url(name) for part, name in (names | styles).items()})
