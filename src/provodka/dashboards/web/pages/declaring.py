"""The declaration of a page, and who may open it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from provodka.dashboards.web.pages.answers import Answer
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.roles import Role

__all__ = ["EVERYONE", "SECTIONS", "Page"]

EVERYONE = frozenset(Role)
SECTIONS = ("now", "work", "reports", "hub")
"""The parts of the menu, in order; `templates/base.html.jinja` names them."""


@dataclass(frozen=True, slots=True)
class Page:
    """One address. `title` and `menu` are marked texts; a page without `menu` is not in the menu.

    `show` answers GET with a read-only connection, `act` answers POST inside one transaction,
    after the sign-in, the role and the token of the form have been checked. `path` is Starlette's:
    `/documents/{kind}/{document:uuid}`. `seen` names what `hub.audit` notes when the page is
    opened; an empty one is not noted. `section` is one of `SECTIONS`, `icon` a name of
    `templates/icons.jinja`.
    """

    path: str
    name: str
    title: str
    roles: frozenset[Role]
    show: Callable[[Visit], Answer] | None = None
    act: Callable[[Visit], Answer] | None = None
    menu: str = ""
    section: str = ""
    icon: str = ""
    seen: str = ""
    longest_body: int = 256 * 1024

    @property
    def methods(self) -> list[str]:
        """GET, POST or both."""
        return [verb for verb, way in (("GET", self.show), ("POST", self.act)) if way]
