"""Who is asking: the visitor of a request, the token of forms, the pages of sign-in."""

from __future__ import annotations

from starlette.routing import Route

from provodka.dashboards.web.people import entering, linking, providing
from provodka.dashboards.web.people.refusing import Forbidden
from provodka.dashboards.web.people.seating import require_csrf, visitor_of

__all__ = ["Forbidden", "require_csrf", "routes", "visitor_of"]


def routes() -> list[Route]:
    """The addresses of sign-in, without a session; `app.state.store` is the store."""
    return [
        Route("/sign-in", entering.show_sign_in, methods=["GET"], name="sign_in"),
        Route("/sign-in", entering.sign_in, methods=["POST"]),
        Route("/sign-out", entering.sign_out, methods=["POST"], name="sign_out"),
        Route("/enter/{token}", linking.show_link, methods=["GET"], name="enter"),
        Route("/enter/{token}", linking.enter, methods=["POST"]),
        Route("/oidc/start", providing.start, methods=["GET"], name="oidc_start"),
        Route("/oidc/return", providing.come_back, methods=["GET"], name="oidc_return"),
    ]
