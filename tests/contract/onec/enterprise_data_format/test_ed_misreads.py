"""Objects that do not fit are set aside with their path, line and XML; the rest goes on."""

from __future__ import annotations

import pytest
from tests.contract.onec.enterprise_data_format.ed_messages import (
    FORMAT,
    KEY,
    client,
    message,
    read,
)

from provodka.connectors.onec.enterprise_data.message import Deletion, Found, Misread, read_object


def misread_of(text: str, version: str = "1.21") -> Misread:
    _header, objects = read(message("\n", text, client("Следующий"), version=version))
    wrong, right = objects
    assert isinstance(right, Found), right
    assert right.value["КлючевыеСвойства"]["Наименование"] == "Следующий"
    assert isinstance(wrong, Misread), wrong
    return wrong


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (
            client(more="<Скидка>5</Скидка>"),
            "Справочник.Контрагенты/Скидка (строка 8 сообщения)",
            "которого нет в схеме",
        ),
        (
            client(inside="<ИНН>7700123459</ИНН>\n"),
            "Справочник.Контрагенты/КлючевыеСвойства/ИНН (строка 7 сообщения)",
            "перед «ЮридическоеФизическоеЛицо»",
        ),
        (
            client(more="<ОКПО>1</ОКПО>\n<ОКПО>2</ОКПО>"),
            "Справочник.Контрагенты/ОКПО[2] (строка 9 сообщения)",
            "элемент повторён",
        ),
        (
            client(more="<ОКПО>123456789012345</ОКПО>"),
            "Справочник.Контрагенты/ОКПО (строка 8 сообщения)",
            "не длиннее 14 символов",
        ),
        (
            client(more="<ОбособленноеПодразделение>нет</ОбособленноеПодразделение>"),
            "Справочник.Контрагенты/ОбособленноеПодразделение (строка 8 сообщения)",
            "true или false",
        ),
        (
            "<Справочник.Контрагенты>\n<ОКПО>1</ОКПО></Справочник.Контрагенты>",
            "Справочник.Контрагенты (строка 2 сообщения)",
            "нет обязательного элемента «КлючевыеСвойства»",
        ),
        (
            client(more="<ОКПО><Код>1</Код></ОКПО>"),
            "Справочник.Контрагенты/ОКПО (строка 8 сообщения)",
            "вложенный элемент «Код»",
        ),
        (
            client(more='<ОКПО xsi:nil="true"/>'),
            "Справочник.Контрагенты/ОКПО (строка 8 сообщения)",
            "xsi:nil",
        ),
        (
            client(more='<ОКПО единица="шт">1</ОКПО>'),
            "Справочник.Контрагенты/ОКПО (строка 8 сообщения)",
            "атрибут «единица»",
        ),
        (
            client(more="лишнее"),
            "Справочник.Контрагенты/КлючевыеСвойства (строка 3 сообщения)",
            "текст вне элементов: 'лишнее'",
        ),
        (
            client().replace("ЮридическоеЛицо<", "Лицо<"),
            "Справочник.Контрагенты/КлючевыеСвойства/ЮридическоеФизическоеЛицо"
            " (строка 6 сообщения)",
            "ЮридическоеЛицо",
        ),
        (
            "<Справочник.Клиенты/>",
            "Справочник.Клиенты (строка 2 сообщения)",
            "неизвестный тип объекта",
        ),
        (
            "<КлючевыеСвойстваКонтрагент/>",
            "КлючевыеСвойстваКонтрагент (строка 2 сообщения)",
            "неизвестный тип объекта",
        ),
        (
            '<Справочник.Контрагенты xmlns="urn:other"/>',
            "Справочник.Контрагенты (строка 2 сообщения)",
            "неизвестный тип объекта",
        ),
    ],
)
def test_the_error_names_the_element_its_line_and_what_is_wrong(
    text: str, where: str, said: str
) -> None:
    error = misread_of(text).error
    assert error.where == where
    assert said in str(error)
    assert error.next_step
    assert error.code == "bad_enterprise_data"


def test_a_row_is_named_by_its_number() -> None:
    row = "<Строка><ВидКонтактнойИнформации>{}</ВидКонтактнойИнформации><ЗначенияПолей/></Строка>\n"
    rows = row.format("Телефон") + row.format("Факс") + row.format("Голубь")
    text = client(more=f"<КонтактнаяИнформация>\n{rows}</КонтактнаяИнформация>")
    where = misread_of(text).error.where
    assert where == (
        "Справочник.Контрагенты/КонтактнаяИнформация/Строка[3]/ВидКонтактнойИнформации"
        " (строка 11 сообщения)"
    )


def test_a_misread_keeps_its_xml_whole_and_can_be_read_again() -> None:
    wrong = misread_of(client("A &amp; Б", more="<ОКПО>123456789012345</ОКПО>"))
    assert wrong.key == KEY
    assert wrong.line == 2
    assert f'<Справочник.Контрагенты xmlns="{FORMAT}/1.21"' in wrong.payload
    assert "<ОКПО>123456789012345</ОКПО>" in wrong.payload
    again = read_object(wrong.payload, "1.21")
    assert isinstance(again, Misread)
    assert again.error.found == wrong.error.found
    mended = read_object(wrong.payload.replace("123456789012345", "12345678"), "1.21")
    assert isinstance(mended, Found)
    assert mended.value["ОКПО"] == "12345678"
    assert mended.value["КлючевыеСвойства"]["Наименование"] == "A & Б"


def test_an_element_of_the_newer_version_does_not_fit_the_older_one() -> None:
    text = client(more="<ОбщиеСвойстваОбъектовФормата/>")
    assert misread_of(text, "1.8").error.where.startswith(
        "Справочник.Контрагенты/ОбщиеСвойстваОбъектовФормата"
    )
    _header, (found,) = read(message(text))
    assert isinstance(found, Found)


def test_elements_of_an_extension_are_passed_over_and_named() -> None:
    foreign = (
        '<x:Лояльность xmlns:x="urn:ext" уровень="3"><x:Баллы>5</x:Баллы> и ещё</x:Лояльность>'
    )
    text = client(more=foreign, inside=foreign)
    _header, (found,) = read(message(text))
    assert isinstance(found, Found)
    assert found.beyond == ("КлючевыеСвойства/Лояльность", "Лояльность")
    assert set(found.value) == {"КлючевыеСвойства"}


def test_what_an_extension_adds_does_not_hide_a_real_misfit() -> None:
    text = client(more='<x:Новое xmlns:x="urn:ext"/><ОКПО>123456789012345</ОКПО>')
    assert "ОКПО" in misread_of(text).error.where


def test_prefixes_are_free_to_choose() -> None:
    body = f'<ed:Body xmlns:ed="{FORMAT}/1.21">'
    text = client().replace("</", "</ed:").replace("<С", "<ed:С").replace("<К", "<ed:К")
    text = text.replace("<Н", "<ed:Н").replace("<Ю", "<ed:Ю")
    whole = message(text, body=body).replace("</Body>", "</ed:Body>")
    _header, (found,) = read(whole)
    assert isinstance(found, Found)
    assert found.value["КлючевыеСвойства"]["Ссылка"] == KEY


def test_without_a_prefix_is_foreign_where_the_body_has_one() -> None:
    body = f'<ed:Body xmlns:ed="{FORMAT}/1.21">'
    _header, (wrong,) = read(message(client(), body=body).replace("</Body>", "</ed:Body>"))
    assert isinstance(wrong, Misread)
    assert "неизвестный тип объекта" in wrong.error.found


def test_line_ends_of_windows_are_one_line_end_each() -> None:
    text = message(*[client(f"Первая\r\nвторая\rтретья {number}") for number in range(3)])
    _header, objects = read(text)
    for number, one in enumerate(objects):
        assert isinstance(one, Found)
        assert one.value["КлючевыеСвойства"]["Наименование"] == f"Первая\nвторая\nтретья {number}"


def test_an_object_may_declare_the_namespace_itself() -> None:
    text = client().replace(
        "<Справочник.Контрагенты", f'<Справочник.Контрагенты xmlns="{FORMAT}/1.21"'
    )
    _header, (found,) = read(message(text))
    assert isinstance(found, Found)


def test_comments_cdata_and_instructions_do_not_disturb_values() -> None:
    text = client("<![CDATA[A & ]]>Б<!-- как -->В", more="<?pi x?>\n<!-- ОКПО -->")
    _header, (found,) = read(message(text))
    assert isinstance(found, Found)
    assert found.value["КлючевыеСвойства"]["Наименование"] == "A & БВ"


def test_information_of_any_type_is_read_by_the_type_it_names() -> None:
    for said, value in (
        ('xsi:type="xs:boolean">true', True),
        ('xsi:type="xs:integer">42', 42),
        (">как есть", "как есть"),
        ('xsi:type="msg:Ref">как есть', "как есть"),
    ):
        more = f"<msg:AdditionalInfo {said}</msg:AdditionalInfo>".replace("Info >", "Info>")
        text = client().replace("<КлючевыеСвойства>", f"{more}<КлючевыеСвойства>")
        _header, (found,) = read(message(text))
        assert isinstance(found, Found), found
        assert found.value["AdditionalInfo"] == value


def deletion_of(references: str) -> str:
    inner = f"<СсылкаНаОбъект><СсылкаНаОбъект>{references}</СсылкаНаОбъект></СсылкаНаОбъект>"
    return f"<УдалениеОбъекта>{inner}</УдалениеОбъекта>"


def test_a_deletion_names_the_kind_and_the_key() -> None:
    text = deletion_of(f"<ДоговорыСсылка>{KEY.upper()}</ДоговорыСсылка>")
    _header, objects = read(message(text))
    assert objects == [Deletion("Справочник.Договоры", KEY)]


@pytest.mark.parametrize(
    ("references", "said"),
    [
        ("", "ссылок: 0"),
        (f"<ДоговорыСсылка>{KEY}</ДоговорыСсылка><БанкиСсылка>{KEY}</БанкиСсылка>", "ссылок: 2"),
        ("<ДоговорыСсылка>15/26</ДоговорыСсылка>", "GUID"),
        (f"<ДругоеСсылка>{KEY}</ДругоеСсылка>", "которого нет в схеме"),
    ],
)
def test_a_deletion_without_one_good_reference_is_a_misread(references: str, said: str) -> None:
    wrong = misread_of(deletion_of(references))
    assert wrong.kind == "УдалениеОбъекта"
    assert said in str(wrong.error)


def test_lines_are_right_far_into_a_long_message() -> None:
    text = "\n" * 80_000 + client(more="<ОКПО>123456789012345</ОКПО>")
    assert "ОКПО (строка 80008 сообщения)" in misread_of(text).error.where
