"""From a request to a page: who is it, may they, is it their own form, show or do, answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import partial
from typing import Any
from urllib.parse import quote

import structlog
from sqlalchemy import Engine, text
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from provodka.connectors.crm_store import audit
from provodka.dashboards.web.pages.answers import Answer, Elsewhere, Sent, Shown
from provodka.dashboards.web.pages.backdrop import Backdrop
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.filling import fill
from provodka.dashboards.web.pages.headers import DOWNLOAD, PAGE
from provodka.dashboards.web.pages.legible import require_legible
from provodka.dashboards.web.pages.packing import pack
from provodka.dashboards.web.pages.programs import is_for_programs, refused, unknown_visitor
from provodka.dashboards.web.pages.reader import language_of
from provodka.dashboards.web.pages.vendored import send_asset, send_worker
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.gate import Forbidden, require_csrf, visitor_of
from provodka.dashboards.web.people.visitor import Visitor
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _, speaking

__all__ = ["routes"]

log = structlog.get_logger("provodka.web")
PATIENCE = text("SET LOCAL statement_timeout = '20s'")
READING = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
"""A page shows one instant of the store, and cannot change it."""
SIGN_IN = "/sign-in"
Nothing: ImmutableMultiDict[str, str] = ImmutableMultiDict()


def routes(pages: Iterable[Page], backdrop: Backdrop) -> list[Route]:
    """The routes of all pages and of what they are made of; `app.state.store` is the store."""
    known = tuple(pages)
    made = [
        Route(page.path, _opener(page, known, backdrop), methods=page.methods, name=page.name)
        for page in known
    ]
    return [
        *made,
        Route("/assets/{digest}/{name}", send_asset, methods=["GET"], name="asset"),
        Route("/{name}-worker.js", send_worker, methods=["GET"], name="worker"),
    ]


def _opener(
    page: Page, pages: tuple[Page, ...], backdrop: Backdrop
) -> Callable[[Request], Awaitable[Response]]:
    async def open_page(request: Request) -> Response:
        visitor = await visitor_of(request)
        if visitor is None:
            return _to_sign_in(request)
        form: ImmutableMultiDict[str, Any] = Nothing
        allowed = visitor.may(*page.roles)
        if allowed and request.method == "POST":
            form = await _form(request, page.longest_body)
            try:
                require_csrf(request, visitor, form)
            except Forbidden:
                allowed = False
        work = partial(_serve, request, page, pages, backdrop, visitor, form, allowed)
        return await run_in_threadpool(work)

    open_page.__name__ = f"page_{page.name}"
    return open_page


def _serve(
    request: Request,
    page: Page,
    pages: tuple[Page, ...],
    backdrop: Backdrop,
    visitor: Visitor,
    form: ImmutableMultiDict[str, Any],
    allowed: bool,
) -> Response:
    """In a thread of its own: the store is asked, and the template filled, one after the other."""
    engine: Engine = request.app.state.store
    writing = allowed and request.method == "POST"
    bound = engine if writing else engine.execution_options(**READING)
    with speaking(language_of(request)), bound.begin() as connection:
        connection.execute(PATIENCE)
        visit = Visit(
            visitor=visitor,
            connection=connection,
            backdrop=backdrop,
            now=backdrop.clock(),
            path=request.path_params,
            query=request.query_params,
            form=form,
            part=_part(request),
            address=_address(request),
        )
        if not allowed:
            return _response(_forbidden(visit), visit, pages)
        answer = _answer(page, visit, writing)
        response = _response(answer, visit, pages)
    if isinstance(answer, Sent) and answer.packed:
        pack(request, response)
    if page.seen and response.status_code < 400:
        _note(engine, page, visit)
    return response


def _answer(page: Page, visit: Visit, writing: bool) -> Answer:
    way = page.act if writing else page.show
    if way is None:  # Starlette lets in the page's own methods alone
        raise AssertionError(page.name)
    if not writing:
        return _told(way, visit)
    with visit.connection.begin_nested() as kept:
        answer = _told(way, visit)
        if isinstance(answer, Shown) and answer.status >= 400:
            kept.rollback()
    return answer


def _told(way: Callable[[Visit], Answer], visit: Visit) -> Answer:
    try:
        require_legible(visit)
        return way(visit)
    except ProvodkaError as error:
        log.info("page_refused", code=error.code)
        if is_for_programs(visit.address):
            return refused(error)
        template = "trouble_part.html.jinja" if visit.part else "trouble.html.jinja"
        return Shown(template, {"error": error}, status=422)


def _forbidden(visit: Visit) -> Answer:
    if not is_for_programs(visit.address):
        return Shown("forbidden.html.jinja", status=403)
    said = ProvodkaError(_("Доступ"), found=_("этот адрес не для вашей роли"), code="forbidden")
    return refused(said, 403)


def _response(answer: Answer, visit: Visit, pages: tuple[Page, ...]) -> Response:
    if isinstance(answer, Elsewhere):
        if visit.part:
            return Response(status_code=204, headers={"HX-Redirect": answer.path})
        return RedirectResponse(answer.path, 303)
    if isinstance(answer, Sent):
        return _download(answer)
    body = fill(answer.template, answer.context, visit, pages)
    headers = {**PAGE, "HX-Trigger": ", ".join(answer.tell)} if answer.tell else dict(PAGE)
    return Response(body, answer.status, headers, media_type="text/html")


def _download(sent: Sent) -> Response:
    headers = dict(DOWNLOAD)
    if sent.name:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(sent.name, safe='')}"
    return Response(sent.body, sent.status, headers, media_type=sent.media)


def _to_sign_in(request: Request) -> Response:
    if is_for_programs(request.url.path):
        with speaking(language_of(request)):
            return _download(unknown_visitor())
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": SIGN_IN})
    if request.method != "GET":
        return RedirectResponse(SIGN_IN, 303)
    return RedirectResponse(f"{SIGN_IN}?next={quote(_address(request), safe='')}", 303)


async def _form(request: Request, longest: int) -> ImmutableMultiDict[str, Any]:
    """The fields of a form, or a JSON body as the field `json`; too long a body is `TooLarge`."""
    from provodka.dashboards.web.asking import body_of

    body = await body_of(request, longest)

    async def again() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    if request.headers.get("content-type", "").startswith("application/json"):
        return ImmutableMultiDict({"json": body.decode("utf-8", "replace")})
    whole = Request(request.scope, again)
    form: FormData = await whole.form()
    return form


def _note(engine: Engine, page: Page, visit: Visit) -> None:
    with engine.begin() as connection:
        detail = {"address": visit.address}
        document = visit.path.get("document")
        kind = visit.path.get("kind", "")
        audit.note(connection, visit.visitor.person, page.seen, kind, document, detail)


def _part(request: Request) -> str:
    if not request.headers.get("hx-request") or request.headers.get("hx-boosted"):
        return ""
    return request.headers.get("hx-target", "") or "part"


def _address(request: Request) -> str:
    asked = request.url.query
    return request.url.path + (f"?{asked}" if asked else "")
