"""The quick ways of reading give what the parser of the whole gives: no more, no less."""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provodka.connectors.onec.enterprise_data.message import (
    Found,
    Misread,
    namespace_of,
    read_message,
    read_object,
)
from provodka.connectors.onec.enterprise_data.reading import CHUNK
from provodka.connectors.onec.enterprise_data.schema import schema_of
from provodka.connectors.onec.enterprise_data.shapes import TRIAL, Shapes
from provodka.foundation.errors import Misunderstood

OBJECT = re.compile(r"(?s)(?=<((?:Справочник|Документ)[^>]+)>)(<\1>.*?</\1>)")
SAMPLES = Path("tests/data/onec/enterprise_data")
SNIPPETS = [
    *[
        "",
        " ",
        "\n",
        "<",
        ">",
        "&",
        "&amp;",
        "&#10;",
        "]]>",
        "<![CDATA[x]]>",
        "<!-- x -->",
        "<?x?>",
    ],
    *[
        "\x01",
        "\ufffe",
        "\ud7ff",
        "\r",
        "\r\n",
        "\u00a0",
        "лишнее",
        "<Строка>",
        "</Строка>",
        "<Строка/>",
    ],
    *[
        "<КПП/>",
        "<КПП></КПП>",
        "<Сумма>1</Сумма>",
        "</Товары>",
        "<Товары/>",
        ' а="1"',
        " xsi:nil='true'",
    ],
    *[
        "Строка#",
        "<Строка#/>",
        "</Документ.ЗаказКлиента>",
        "<Документ.ЗаказКлиента>",
        "12.345",
        "НДС18",
    ],
    *["</Body>", "</Body></Message>", "<x:y/>", '<y xmlns="urn:x"/>', "<msg:AdditionalInfo/>"],
]


@cache
def parts(version: str) -> tuple[str, str, str]:
    """A sample message: its opening, its objects, its end."""
    text = (SAMPLES / f"month_{version}.xml").read_text(encoding="utf-8-sig")
    opening, body = text.split(f'EnterpriseData/{version}">\n')
    objects, end = body.split("\t</Body>")
    return f'{opening}EnterpriseData/{version}">\n', objects, f"\t</Body>{end}"


def outcome(text: str) -> tuple[list[Any], str]:
    """All that is read, errors as words, and the code of the error at the end if there is one."""
    read: list[Any] = []
    try:
        _header, objects = read_message(io.BytesIO(text.encode("utf-8", "surrogatepass")))
        for one in objects:
            read.append((one, one.line, str(one.error) if isinstance(one, Misread) else ""))
    except Misunderstood as error:
        return read, error.code
    return [_plain(one) for one in read], ""


def _plain(read: tuple[Any, int, str]) -> tuple[Any, ...]:
    one, line, words = read
    return (one.kind, one.key, one.payload, line, words) if words else (one, line)


def agree(version: str, body: str) -> None:
    opening, _objects, end = parts(version)
    quick, code = outcome(opening + body + end)
    whole, same_code = outcome(f"{opening}<!-- no shortcut -->{body}{end}")
    assert code == same_code
    assert code or quick == whole


@st.composite
def repeated_with_damage(draw: st.DrawFn, version: str) -> str:
    """The sample's objects twice as they are, and once more with a few places changed."""
    _opening, objects, _end = parts(version)
    damaged = objects
    for _time in range(draw(st.integers(1, 3))):
        tags = [at for at, sign in enumerate(damaged) if sign in "<>"]
        start = draw(st.sampled_from(tags)) + draw(st.integers(0, 1))
        end = start + draw(st.sampled_from([0, 0, 0, 1, 5, 20]))
        damaged = damaged[:start] + draw(st.sampled_from(SNIPPETS)) + damaged[end:]
    return objects * 2 + damaged + objects


@pytest.mark.parametrize("version", ["1.8", "1.21"])
def test_shapes_give_what_the_parser_gives(version: str) -> None:
    @settings(max_examples=120, deadline=None)
    @given(repeated_with_damage(version))
    def holds(body: str) -> None:
        agree(version, body)

    holds()


@pytest.mark.parametrize("snippet", SNIPPETS)
@pytest.mark.parametrize(
    "before",
    [
        *["</Количество>", "<Количество>", "<Строка>", "</Товары>", "НДС"],
        *["</Наименование>", "<Документ.ЗаказКлиента>"],
    ],
)
def test_each_oddity_in_a_learned_place_gives_what_the_parser_gives(
    snippet: str, before: str
) -> None:
    _opening, objects, _end = parts("1.21")
    agree("1.21", objects + objects.replace(before, snippet + before))


@pytest.mark.parametrize(
    "written", ["</{kind} >", "</{kind}\n>", "</{kind}><!-- -->", "</ {kind}>"]
)
def test_end_tags_may_be_written_otherwise(written: str) -> None:
    _opening, objects, _end = parts("1.21")
    for kind in ("Документ.ЗаказКлиента", "Справочник.Номенклатура"):
        odd = objects.replace(f"</{kind}>", written.format(kind=kind))
        agree("1.21", objects + odd + objects)


@pytest.mark.parametrize("version", ["1.8", "1.21"])
def test_the_objects_of_a_sample_are_learned_from_its_first_copy(version: str) -> None:
    _opening, objects, _end = parts(version)
    shapes = Shapes(schema_of(version))
    cut = OBJECT.findall(objects)
    for kind, text in cut:
        assert shapes.read(kind, text) is None or kind == "Справочник.Номенклатура"
        shapes.learn(kind, text)
    again = [shapes.read(kind, text) for kind, text in cut]
    assert again == [body_value(text, version) for _kind, text in cut]


def body_value(text: str, version: str) -> object:
    """The value of an object as the parser reads it."""
    one = read_object(text.replace(">", f' xmlns="{namespace_of(version)}">', 1), version)
    assert isinstance(one, Found)
    return one.value


@pytest.mark.parametrize("version", ["1.8", "1.21"])
def test_whatever_the_chunks_are_the_objects_are_the_same(version: str) -> None:
    opening, objects, end = parts(version)
    for padding in range(0, 4000, 97):
        text = opening + " " * (CHUNK - len(opening.encode()) - 3000 + padding) + objects * 2 + end
        read, code = outcome(text)
        assert (len(read), code) == (20, "")
        assert not [words for *_rest, words in read if isinstance(words, str) and words]


def test_a_row_without_content_is_a_row_all_the_same() -> None:
    _opening, objects, _end = parts("1.21")
    payments = "</Услуги><Оплаты><Строка/>{}</Оплаты>"
    for more in ("", "<Строка/>", "<Строка></Строка>", "<Строка> </Строка>"):
        odd = objects.replace("</Услуги>", payments.format(more))
        agree("1.21", odd + odd)


def test_shapes_that_never_come_again_are_given_up() -> None:
    shapes = Shapes(schema_of("1.21"))
    text = "<Справочник.Номенклатура>{}</Справочник.Номенклатура>"
    for number in range(TRIAL):
        assert shapes.of_use
        assert shapes.read("Справочник.Номенклатура", text.format("<Х/>" * number)) is None
    assert not shapes.of_use


def test_rows_of_other_numbers_share_the_shapes_of_one() -> None:
    opening, objects, end = parts("1.21")
    start, row_on = objects.split("<Строка>", 1)
    row, rest = row_on.split("</Строка>", 1)
    bodies = [start + f"<Строка>{row}</Строка>" * count + rest for count in (1, 2, 7, 1)]
    read, code = outcome(opening + "".join(bodies) + end)
    assert code == ""
    contacts = [
        len(one.value["КонтактнаяИнформация"]["Строка"])
        for one, *_line in read
        if one.kind == "Справочник.Контрагенты"
    ]
    assert [count - contacts[0] for count in contacts] == [0, 1, 6, 0]
