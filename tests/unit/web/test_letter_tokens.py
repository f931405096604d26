"""A token leads back to its letter, and to nothing for whoever has not the secret."""

from __future__ import annotations

from uuid import UUID

import pytest

from provodka.connectors.letter_tokens import message_of_token, pixel_token

LETTER = UUID("0199a5f0-5f6c-7cc2-8a55-8f1d5f6f5a01")
OTHER = UUID("0199a5f0-5f6c-7cc2-8a55-8f1d5f6f5a02")
SECRET = b"a long secret of the hub"


def test_a_token_leads_back_to_its_letter() -> None:
    assert message_of_token(pixel_token(LETTER, SECRET), SECRET) == LETTER


def test_a_letter_that_is_built_again_has_the_same_token() -> None:
    assert pixel_token(LETTER, SECRET) == pixel_token(LETTER, SECRET)


def test_letters_and_secrets_have_tokens_of_their_own() -> None:
    tokens = {pixel_token(LETTER, SECRET), pixel_token(OTHER, SECRET), pixel_token(LETTER, b"x")}
    assert len(tokens) == 3


def test_a_token_fits_into_the_path_of_an_address() -> None:
    token = pixel_token(LETTER, SECRET)
    assert len(token) == 43
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_token_made_with_another_secret_leads_nowhere() -> None:
    assert message_of_token(pixel_token(LETTER, b"guessed"), SECRET) is None


@pytest.mark.parametrize("place", range(0, 42, 3))
def test_a_token_with_one_sign_changed_leads_nowhere(place: int) -> None:
    token = pixel_token(LETTER, SECRET)
    other = "A" if token[place] != "A" else "B"
    assert message_of_token(token[:place] + other + token[place + 1 :], SECRET) is None


@pytest.mark.parametrize(
    "text", ["", "x", "я" * 43, "A" * 43, "=" * 43, "A" * 4000, "../" * 14 + "A"]
)
def test_any_other_text_leads_nowhere(text: str) -> None:
    assert message_of_token(text, SECRET) is None
