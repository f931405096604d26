"""Whose a telephone and an address are, and what a form says."""

from __future__ import annotations

from uuid import UUID

import pytest

from provodka.dashboards.web.asking import site_of
from provodka.flows.inbox.recognising import agreed
from provodka.flows.inbox.wording import understood
from provodka.flows.settings import FormSite

A, B, C = (UUID(int=number) for number in range(3))
FORM = FormSite(honeypot="website")


@pytest.mark.parametrize(
    ("by_phone", "by_email", "who"),
    [
        ({A}, set(), A),
        (set(), {B}, B),
        ({A}, {A}, A),
        ({A, B}, {B}, B),
        ({A}, {A, B}, A),
        ({A}, {B}, None),
        ({A, B}, set(), None),
        ({A, B}, {A, B}, None),
        ({A, B}, {C}, None),
        (set(), set(), None),
    ],
)
def test_a_client_is_who_both_name_or_the_only_one_that_either_does(
    by_phone: set[UUID], by_email: set[UUID], who: UUID | None
) -> None:
    assert agreed(by_phone, by_email) == who


def test_the_trap_and_what_is_meant_for_machines_are_no_words_of_a_person() -> None:
    fields = {"website": "", "g-recaptcha-response": "x", "utm_source": "y", "_csrf": "z"}
    assert understood({**fields, "bottles": "5"}, FORM).text == "bottles: 5"


def test_a_telephone_is_brought_to_e164_and_an_address_to_lower_case() -> None:
    said = understood({"phone": "8 (999) 123-45-67", "email": "Anna@Shop.Example"}, FORM)
    assert (said.phone, said.email, said.text) == ("+79991234567", "anna@shop.example", None)


@pytest.mark.parametrize("email", ["anna", "a b@c", "a@b@c", "<a@b>", "a@b\r\nBcc: c@d"])
def test_an_address_that_is_none_is_told_in_the_text(email: str) -> None:
    said = understood({"email": email}, FORM)
    assert said.email is None
    assert said.text == email


def test_who_said_what_is_not_in_the_representation() -> None:
    assert "Анна" not in repr(understood({"name": "Анна", "phone": "89991234567"}, FORM))


@pytest.mark.parametrize(
    ("headers", "told", "site"),
    [
        ({"origin": "https://Shop.example"}, "https://evil.example", "https://shop.example"),
        ({"referer": "https://shop.example/a?b"}, "", "https://shop.example"),
        ({"origin": "null", "referer": "https://shop.example/a"}, "", "https://shop.example"),
        ({}, "https://shop.example", "https://shop.example"),
        ({"referer": "http://[x"}, "javascript:alert(1)", ""),
    ],
)
def test_the_browser_is_believed_before_the_page(
    headers: dict[str, str], told: str, site: str
) -> None:
    assert site_of(headers, told) == site
