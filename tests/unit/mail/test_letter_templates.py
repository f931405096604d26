"""Letter templates: what they fill in, and what they say when they cannot."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from provodka.connectors.mail.templates import LetterTemplate, load_template
from provodka.foundation.errors import ConfigurationError, DocumentError

TEMPLATE = """\
subject: Предложение {{ deal.number }}
text: |
  Здравствуйте, {{ name }}!

  Сумма: {{ deal.amount | money }}, до {{ deal.due | date }}.
html: |
  <p>Здравствуйте, {{ name }}!</p>
attachments:
  - price.pdf
"""
DEAL = {"number": "КП-7", "amount": Decimal("124000"), "due": date(2026, 1, 31)}


def template(folder: Path, text: str = TEMPLATE) -> LetterTemplate:
    """A template file with a price list beside it."""
    (folder / "price.pdf").write_bytes(b"%PDF-")
    path = folder / "proposal.yaml"
    path.write_text(text, encoding="utf-8")
    return load_template(path)


@pytest.mark.requirement("R65")
def test_a_template_is_filled_in_with_sums_and_dates_as_people_write_them(tmp_path: Path) -> None:
    letter = template(tmp_path).render({"name": "Анна", "deal": DEAL})
    assert letter.subject == "Предложение КП-7"
    assert letter.text == ("Здравствуйте, Анна!\n\nСумма: 124\u202f000,00\u00a0₽, до 31.01.2026.\n")
    (price,) = letter.attachments
    assert (price.name, price.content, price.content_type) == (
        "price.pdf",
        b"%PDF-",
        "application/pdf",
    )


def test_a_clients_name_is_not_read_as_html(tmp_path: Path) -> None:
    letter = template(tmp_path).render({"name": "<b>Рога & копыта</b>", "deal": DEAL})
    assert "&lt;b&gt;Рога &amp; копыта" in letter.html
    assert "<b>Рога & копыта</b>" in letter.text


def test_a_missing_variable_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"proposal\.yaml:3:1: имени «name» нет") as caught:
        template(tmp_path).render({"deal": DEAL})
    assert "не передано: name" in str(caught.value)


def test_a_missing_field_of_a_document_is_named_with_its_line(tmp_path: Path) -> None:
    bare = {"number": "КП-7", "due": date(2026, 1, 31)}
    with pytest.raises(DocumentError, match=r"proposal\.yaml:5:1: .*«amount»"):
        template(tmp_path).render({"name": "Анна", "deal": bare})


def test_a_sum_that_is_no_exact_decimal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"proposal\.yaml:5:1: Money needs Decimal"):
        template(tmp_path).render({"name": "Анна", "deal": {**DEAL, "amount": 124000.0}})


def test_a_template_tells_which_variables_it_needs(tmp_path: Path) -> None:
    assert template(tmp_path).variables == {"name", "deal"}


def test_an_optional_variable_may_be_left_out(tmp_path: Path) -> None:
    text = "subject: x\ntext: \"{{ note | default('нет') }}\"\n"
    assert template(tmp_path, text).render({}).text == "нет"


def test_a_template_may_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "subject.txt").write_text("Письмо {{ name }}\n", encoding="utf-8")
    (tmp_path / "text.txt").write_text("Да\n{{ name }}\n", encoding="utf-8")
    (tmp_path / "attachments").mkdir()
    (tmp_path / "attachments" / "data.tar.gz").write_bytes(b"x")
    loaded = load_template(tmp_path)
    letter = loaded.render({"name": "Анна"})
    assert (letter.subject, letter.text, letter.html) == ("Письмо Анна", "Да\nАнна\n", "")
    assert letter.attachments[0].content_type == "application/octet-stream"


def test_a_missing_variable_in_a_folder_is_named_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "subject.txt").write_text("x", encoding="utf-8")
    (tmp_path / "text.txt").write_text("Да\n{{ name }}\n", encoding="utf-8")
    with pytest.raises(DocumentError, match=r"text\.txt:2:1"):
        load_template(tmp_path).render({})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("subject: x\ntext: |\n  a\n  {{ b | mony }}\n", r"yaml:4:1: No filter named 'mony'"),
        ("subject: '{{ x'\ntext: a\n", r"yaml:1:1: unexpected end of template"),
        ("subject: x\n", r"нет обязательного поля «text»"),
        ("subject: x\ntext: a\nhtm: b\n", r"yaml:3:1.*возможно, «html»"),
        ("subject: x\ntext: a\nattachments: [absent.pdf]\n", r"yaml:3:.*absent\.pdf"),
        ("subject: x\ntext: a\nattachments: [../secret.txt]\n", r"нет файла «\.\./secret\.txt»"),
    ],
)
def test_a_wrong_template_is_refused_when_it_is_loaded(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "secret.txt").write_text("x", encoding="utf-8")
    folder = tmp_path / "templates"
    folder.mkdir()
    with pytest.raises(ConfigurationError, match=said):
        template(folder, text)


def test_a_folder_without_a_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "subject.txt").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"text\.txt"):
        load_template(tmp_path)


@pytest.mark.parametrize(
    "attack",
    [
        "{{ deal.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{% set _ = names.append(1) %}",
        "{{ range(10 ** 9) | list }}",
    ],
)
def test_a_template_cannot_leave_its_sandbox(tmp_path: Path, attack: str) -> None:
    loaded = template(tmp_path, f'subject: x\ntext: "{attack}"\n')
    with pytest.raises(DocumentError):
        loaded.render({"deal": DEAL, "names": []})
