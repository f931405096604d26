"""Every page of the menu, in a real browser: nothing broken, nothing that shuts anybody out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.e2e.web.served import NARROW, WIDE, Look, Pages, violations

from provodka.dashboards.web.pages.catalog import all_pages
from provodka.dashboards.web.people.roles import Role

MENU = [page for page in all_pages() if page.menu]
pytestmark = pytest.mark.timeout(300)


def open_page(look: Look, path: str) -> None:
    """Open a page of ours, and wait until it is still."""
    answer = look.page.goto(path)
    assert answer is not None
    assert answer.status == 200, f"{path}: {answer.status}"
    look.page.wait_for_load_state("load")


@pytest.fixture(scope="module", params=["light", "dark"])
def window(pages: Pages, request: pytest.FixtureRequest) -> Iterator[Look]:
    """A window in which somebody with every role goes from page to page: wide, or narrow."""
    size = WIDE if request.param == "light" else NARROW
    with pages.opened_by(*Role, viewport=size, color_scheme=request.param) as look:
        yield look


@pytest.mark.requirement("R122")
@pytest.mark.parametrize("name", [page.name for page in MENU])
def test_a_page_opens_without_a_complaint_and_shuts_nobody_out(window: Look, name: str) -> None:
    [page] = [one for one in MENU if one.name == name]
    window.leave()
    open_page(window, page.path)
    assert window.page.locator("h1").inner_text().strip()
    assert violations(window.page) == []
    assert window.complaints == []
    scrolls = window.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert scrolls <= 0, f"{name} is wider than the window by {scrolls} pixels"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COURIER])
def test_the_menu_shows_what_a_role_may_open_and_nothing_else(pages: Pages, role: Role) -> None:
    wanted = {page.path for page in MENU if role in page.roles}
    with pages.opened_by(role) as look:
        open_page(look, min(wanted))
        links = look.page.locator("nav.menu a")
        shown = {links.nth(number).get_attribute("href") for number in range(links.count())}
        assert shown == wanted
