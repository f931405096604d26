"""Replies of real mail programs in ten languages: what their writers added, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from provodka.connectors.mail.understanding import read_letter
from provodka.connectors.mail.understanding.html_text import html_text
from provodka.connectors.mail.understanding.plain_text import tidy
from provodka.connectors.mail.understanding.replies import reply_text

DATA = Path(__file__).parents[3] / "data/mail"
FORMS = sorted((DATA / "replies").glob("*.txt"))
LATIN = "Fusce bibendum, quam hendrerit", "arcu varius aliquet nec nec nibh."
EXACT = {
    "email_1": "Hi folks\n\nWhat is the best way to clear a Riak bucket of all key, values after\n"
    "running a test?\nI am currently using the Java HTTP API.\n\n-Abhishek Kona",
    "email_sent_from": "Hi it can happen to any texts you type, as long as you type in between "
    "words or paragraphs.",
    "email_emoji": "🎉\n\n—\nJohn Doe\nCEO at Pandaland\n\n@pandaland",
    "email_zoho": "What is the best way to clear a Riak bucket of all key, values after\n"
    "running a test?",
    "email_with_regards": "Hi,\n\nI still have the same problem....\n\nCan you help?",
}
# What these hold must stay: nothing in them is a quotation, though it looks like one.
KEPT_WHOLE = (
    "email_tricky_1_on_false_positive",
    "email_tricky_3_code_block",
    "email_tricky_4_from_in_body",
    "email_tricky_6_regards_in_sentence",
    "email_tricky_7_multiple_dashes",
    "email_tricky_8_sent_from_in_content",
    "email_tricky_13_timestamp_variations",
    "email_not_a_signature_2",
    "email_5",
)


def written(name: str) -> str:
    return tidy((DATA / f"replies/{name}.txt").read_text())


@pytest.mark.parametrize("name", [path.stem for path in FORMS if LATIN[0] in path.read_text()])
def test_what_was_quoted_in_any_of_these_forms_is_left_out(name: str) -> None:
    reply = reply_text(written(name))

    assert reply.startswith(LATIN[0])
    assert reply.endswith(LATIN[1])


@pytest.mark.parametrize("name", sorted(EXACT))
def test_the_reply_is_what_its_writer_added(name: str) -> None:
    assert reply_text(written(name)) == EXACT[name]


@pytest.mark.parametrize("name", KEPT_WHOLE)
def test_what_only_looks_like_a_quotation_stays(name: str) -> None:
    assert reply_text(written(name)).split() == written(name).split()


def test_answers_between_quoted_lines_are_kept_without_these() -> None:
    reply = reply_text(written("email_tricky_18_inline_reply"))

    assert "I think option A is great." in reply
    assert "Option C is not suitable for our use case." in reply
    assert "opinion on option A?" not in reply
    assert "Jane Doe" not in reply


@pytest.mark.parametrize("path", sorted((DATA / "quoting").glob("*.eml")), ids=lambda p: p.name)
def test_twelve_mail_programs_quote_and_the_word_hello_is_left(path: Path) -> None:
    assert read_letter(path).reply_text == "Hello"


@pytest.mark.parametrize("path", sorted((DATA / "quoting").glob("*.html")), ids=lambda p: p.name)
def test_html_replies_of_nine_programs_are_told_from_what_they_quote(path: Path) -> None:
    reply = reply_text(tidy(html_text(path.read_text())))

    assert reply.replace("\n", " ").split() == ["Hi.", "I", "am", "fine.", "Thanks,", "Alex"]
