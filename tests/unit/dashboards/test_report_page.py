"""The page and the picture: whole in themselves, harmless, and for people."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from defusedxml import ElementTree
from syrupy.assertion import SnapshotAssertion
from tests.unit.dashboards.samples import HARM, empty_result, small_result

from provodka.dashboards.rendering import render


class Tags(HTMLParser):
    """Collects tags with attributes and refuses unbalanced ones."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag == name]


@pytest.fixture(scope="module")
def page() -> str:
    text = render(small_result(), "html")
    assert isinstance(text, str)
    return text


def test_the_page_looks_as_it_did(page: str, snapshot: SnapshotAssertion) -> None:
    assert re.sub(r"<style>.*?</style>", "<style></style>", page, flags=re.S) == snapshot


def test_every_tag_is_closed(page: str) -> None:
    assert Tags(page).open == []


def test_the_page_loads_nothing_and_runs_nothing(page: str) -> None:
    tags = Tags(page)
    loading = {"script", "link", "img", "iframe", "object", "embed"}
    assert not loading & {tag for tag, _attrs in tags.tags}
    for _tag, attrs in tags.tags:
        assert not {"src", "href", "style"} & set(attrs)
        assert not any(name.startswith("on") for name in attrs)


def test_the_policy_allows_exactly_the_pages_own_style(page: str) -> None:
    css = re.search(r"<style>(.*?)</style>", page, flags=re.S)
    assert css is not None
    digest = base64.b64encode(hashlib.sha256(css[1].encode()).digest()).decode()
    policy = str(Tags(page).named("meta")[2]["content"])
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")


def test_text_from_the_store_is_never_markup(page: str) -> None:
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_page_can_be_read_aloud(page: str) -> None:
    tags = Tags(page)
    assert tags.named("html")[0]["lang"] == "ru"
    assert all(attrs.get("scope") for attrs in tags.named("th"))
    assert all(attrs["role"] == "img" for attrs in tags.named("svg"))
    assert {attrs["tabindex"] for attrs in tags.named("div") if attrs.get("role")} == {"0"}


def test_ratios_show_both_their_parts(page: str) -> None:
    assert "61,7\u00a0%" in page
    assert "1\u202f234\u00a0из\u00a02\u202f000" in page


def test_a_failed_check_is_said_at_the_top() -> None:
    page = str(render(small_result(ok=False), "html"))
    assert page.index("нельзя доверять") < page.index("<main>")
    assert "Баланс: не сходится: bill" in page


def test_an_empty_report_says_so() -> None:
    assert "Нет данных за этот период." in str(render(empty_result(), "html"))


def test_the_picture_alone_is_well_formed_and_carries_its_style() -> None:
    for result in (small_result(), empty_result()):
        root = ElementTree.fromstring(str(render(result, "svg")))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root.find("{http://www.w3.org/2000/svg}style") is not None


def test_a_bar_is_as_long_as_its_share_of_the_widest() -> None:
    root = ElementTree.fromstring(str(render(small_result(), "svg")))
    bars = [one for one in root.iter() if str(one.get("class")).startswith("bar")]
    assert [float(bar.attrib["width"]) for bar in bars] == [720.0, 444.2]


def test_the_same_result_gives_the_same_bytes() -> None:
    for form in ("html", "svg", "csv", "json", "table", "xlsx"):
        assert render(small_result(), form) == render(small_result(), form), form
    assert HARM
