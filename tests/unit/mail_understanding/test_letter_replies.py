"""Russian letters: what their writers added to what they quote."""

from __future__ import annotations

import pytest

from provodka.connectors.mail.understanding.replies import reply_text

OWN = "Добрый день!\n\nДа, берём 12 бутылей."
QUOTED = "> Здравствуйте!\n> Сколько бутылей?"
BARE = "Здравствуйте!\nСколько бутылей?"


@pytest.mark.parametrize(
    "introduction",
    [
        "ср, 30 апр. 2025 г. в 15:19, Иван Петров <ivan@firma.example>:",
        "ср, 30 апр. 2025 г. в 15:19, Иван Петров <ivan@firma.example> написал:",
        "30.04.2025 15:19, Иван Петров пишет:",
        '30.04.2025, 15:19, "Иван Петров" <ivan@firma.example>:',
        "Среда, 30 апреля 2025, 15:19 +03:00 от Иван Петров <ivan@firma.example>:",
        "Иван Петров писал(а) 2025-04-30 15:19:",
        "Вы писали 30 апреля 2025 г., 15:19:19:",
        "30 апреля 2025 г., в 15:19, Иван Петров\n<ivan@firma.example> написал(а):",
        "On Wed, Apr 30, 2025 at 3:19 PM Ivan <ivan@firma.example> wrote:",
        "30 апр. 2025, 15:19 +0300, Иван Петров <ivan@firma.example>, писал:",
    ],
)
@pytest.mark.parametrize("quoted", [QUOTED, BARE])
def test_what_russian_programs_put_before_a_quotation_ends_the_reply(
    introduction: str, quoted: str
) -> None:
    assert reply_text(f"{OWN}\n\n{introduction}\n\n{quoted}") == OWN


@pytest.mark.parametrize(
    "head",
    [
        "-----Исходное сообщение-----\nОт: Иван\nДата: 30.04.2025\nКому: Анна\nТема: Вода",
        "-------- Исходное сообщение --------",
        "________________________________\nОт: Иван Петров <ivan@firma.example>\n"
        "Отправлено: 30 апреля 2025 г. 15:19\nКому: Анна\nТема: Вода",
        "От: Иван Петров [mailto:ivan@firma.example] \nОтправлено: 30 апреля 2025 г. 15:19\n"
        "Кому: Анна\nТема: Вода",
        "From: Ivan <ivan@firma.example>\nSent: Wednesday, April 30, 2025 3:19 PM\nTo: Anna\n"
        "Subject: Water",
        "*От:* Иван <ivan@firma.example>\n*Дата:* среда, 30 апреля 2025\n*Кому:* Анна",
        "Начало переадресованного сообщения:",
        "-------- Пересылаемое сообщение --------",
    ],
)
def test_a_copied_head_of_a_letter_ends_the_reply(head: str) -> None:
    assert reply_text(f"{OWN}\n\n{head}\n\n{BARE}") == OWN


@pytest.mark.parametrize(
    "signature",
    [
        "--\nИван Петров\n+7 000 000-00-00",
        "-- \nОтправлено из Mail.ru для Android",
        "Отправлено с iPhone",
        "Отправлено из мобильной Почты Mail.ru",
        "Отправлено с Samsung",
        "Sent from my iPhone",
        "С уважением,\nИван Петров\nООО «Ромашка»\nтел. 000-00-00",
        "С уважением, Иван",
        "Всего доброго!\nИван",
        "С наилучшими пожеланиями,\nИван\n\nДанное сообщение конфиденциально и предназначено "
        "только тому, кому направлено.",
        "Это письмо и вложения являются конфиденциальными.\nЕсли вы не адресат, удалите его.",
        "This e-mail and any attachments are confidential and intended solely for the addressee.",
    ],
)
def test_signatures_and_disclaimers_are_left_out(signature: str) -> None:
    assert reply_text(f"{OWN}\n\n{signature}") == OWN
    assert reply_text(f"{OWN}\n\n{signature}\n\n{QUOTED}") == OWN


def test_a_banner_over_a_letter_from_outside_is_left_out() -> None:
    banner = "ВНИМАНИЕ: письмо пришло от внешнего отправителя.\nНе переходите по ссылкам."

    assert reply_text(f"{banner}\n\n{OWN}") == OWN
    assert reply_text(banner) == banner


def test_an_introduction_that_is_marked_as_quoted_goes_with_the_quotation() -> None:
    introduction = "> 30 апр. 2025 г., в 15:19, Иван Петров <ivan@firma.example> написал(а):"

    assert reply_text(f"{OWN}\n\n{introduction}\n>\n{QUOTED}") == OWN


def test_answers_within_the_quotation_stay_in_their_order() -> None:
    text = (
        "30.04.2025 15:19, Иван Петров пишет:\n> Сколько бутылей?\n12\n> Куда?\n"
        "На Лесную, 5\n\n-- \nАнна"
    )

    assert reply_text(text) == "12\n\nНа Лесную, 5"


@pytest.mark.parametrize(
    "text",
    [
        "Доставьте 30.04.2025 в 15:00 по адресу: Лесная, 5",
        "От: нашего склада до вас два часа.",
        "В договоре написано: оплата 5 дней.",
        "Тема: вода\nСрок: завтра",
        "Тема: вода\nДата: 5 мая\nКому: Ивану",
        "Это сообщение конфиденциально, но прочтите его.",
        "С уважением отношусь к вашим курьерам, но вода не приехала.\n" + "Ждём.\n" * 20,
        "Отправлено с нашего склада три бутыли, четвёртая завтра.\n\nЧто делать?\n\nЖдём.\n\nА",
        "Прошу выслать счёт.\n\n---\n\nИ договор.",
    ],
)
def test_what_a_client_says_is_not_cut(text: str) -> None:
    assert reply_text(text).split() == text.split()


def test_a_letter_that_only_passes_another_on_says_nothing_of_its_own() -> None:
    assert reply_text("-------- Пересылаемое сообщение --------\n" + BARE) == ""
