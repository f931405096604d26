"""A letter's template on the disk: pictures, what is asked of its letters, and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from provodka.connectors.mail.templates import load_template
from provodka.foundation.errors import ConfigurationError

SHOWN = '<p><img src="cid:logo.png"><img src="cid:%D0%BF%D0%BB%D0%B0%D0%BD.png"></p>'


def folder(place: Path, html: str = SHOWN, options: str = "") -> Path:
    """A template as a folder with two pictures."""
    (place / "inline").mkdir()
    for name in ("logo.png", "план.png"):
        (place / "inline" / name).write_bytes(name.encode())
    for name, text in (("subject.txt", "Тема"), ("text.txt", "Текст"), ("html.html", html)):
        (place / name).write_text(text, encoding="utf-8")
    if options:
        (place / "letter.yaml").write_text(options, encoding="utf-8")
    return place


def test_pictures_lie_beside_the_template_and_are_not_attachments(tmp_path: Path) -> None:
    letter = load_template(folder(tmp_path)).render({})
    assert [one.name for one in letter.pictures] == ["logo.png", "план.png"]
    assert letter.pictures[0].content_type == "image/png"
    assert letter.attachments == ()


def test_a_picture_that_is_shown_and_not_there_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"html\.html:1:1: нет файла «other\.png»"):
        load_template(folder(tmp_path, html='<img src="cid:other.png">'))


def test_a_picture_whose_name_is_filled_in_is_looked_for_when_the_letter_is(tmp_path: Path) -> None:
    letter = load_template(folder(tmp_path, html='<img src="cid:{{ name }}.png">'))
    assert letter.render({"name": "logo"}).html == '<img src="cid:logo.png">'


def test_a_folder_says_what_is_asked_of_its_letters(tmp_path: Path) -> None:
    asked = load_template(folder(tmp_path, options="mailing: true\nreceipt: true\n")).services
    assert (asked.mailing, asked.receipt, asked.pixel) == (True, True, False)


def test_a_mistake_in_what_is_asked_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"letter\.yaml:2"):
        load_template(folder(tmp_path, options="mailing: true\nmailling: true\n"))


def test_a_file_says_the_same_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"PNG")
    file = tmp_path / "news.yaml"
    file.write_text(
        "subject: Тема\ntext: Текст\nhtml: '<img src=\"cid:logo.png\">'\n"
        "inline: [logo.png]\nmailing: true\npixel: true\n",
        encoding="utf-8",
    )
    template = load_template(file)
    assert [one.content for one in template.render({}).pictures] == [b"PNG"]
    assert (template.services.mailing, template.services.pixel) == (True, True)


@pytest.mark.parametrize("name", ["../secret.png", "/etc/hostname", "none.png"])
def test_no_file_from_elsewhere_is_shown(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(b"PNG")
    inner = tmp_path / "templates"
    inner.mkdir()
    file = inner / "news.yaml"
    file.write_text(f"subject: Т\ntext: Т\ninline: ['{name}']\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"news\.yaml:3"):
        load_template(file)
