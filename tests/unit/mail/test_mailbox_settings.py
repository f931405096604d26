"""Mailboxes in hub.yaml: one way in, names that differ, secrets that are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from provodka.flows.mail.arrivals import Ours
from provodka.flows.mail.free_mail import is_free_mail
from provodka.flows.settings import load_settings
from provodka.foundation.errors import ConfigurationError

BOX = {"name": "sales", "host": "imap.romashka.example", "login": "sales@romashka.example"}


def settings_file(folder: Path, *boxes: dict[str, Any]) -> Path:
    """A settings file with these mailboxes."""
    said = {
        "company": {"name": "ООО «Ромашка»", "inn": "7707083893"},
        "mail": {
            "sender": "crm@romashka.example",
            "smtp": {"host": "smtp.romashka.example"},
            "mailboxes": list(boxes),
        },
    }
    path = folder / "hub.yaml"
    path.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "ways", [{}, {"password_env": "A", "password_file": "b"}], ids=["none", "two"]
)
def test_a_mailbox_is_entered_in_exactly_one_way(tmp_path: Path, ways: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        load_settings(settings_file(tmp_path, BOX | ways))


def test_a_lacking_secret_is_told_with_its_mailbox_and_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(settings_file(tmp_path, BOX | {"password_env": "NO_SUCH_SECRET"}))
    assert "NO_SUCH_SECRET" in caught.value.found
    assert "sales" in caught.value.expected
    assert caught.value.place is not None


def test_two_mailboxes_of_one_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "x")
    one = BOX | {"password_env": "A_SECRET"}
    assert load_settings(settings_file(tmp_path, one))[0].mail is not None
    with pytest.raises(ConfigurationError):
        load_settings(settings_file(tmp_path, one, one))


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("crm@mail.ru", True),
        ("crm+token@mail.ru", True),
        ("boris@mail.ru", False),
        ("anybody@romashka.example", True),
        ("anybody@other.example", False),
    ],
)
def test_our_addresses_are_known_with_and_without_a_token(address: str, ours: bool) -> None:
    company = Ours(frozenset({"crm@mail.ru"}), frozenset({"romashka.example"}))
    assert (address in company) is ours


def test_domains_of_everybody_are_told_from_those_of_companies() -> None:
    assert is_free_mail("mail.ru")
    assert is_free_mail("gmail.com")
    assert not is_free_mail("romashka.example")
