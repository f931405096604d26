"""Drift in the words of the people who read about it."""

from __future__ import annotations

from collections.abc import Mapping

from provodka.foundation.i18n import _, marked

__all__ = ["next_step", "what_word", "why_word"]

WHATS = {
    "missing": marked("нет в хабе"),
    "extra": marked("лишний в хабе"),
    "different": marked("отличается"),
    "not_sent": marked("не отправлен в 1С"),
}
WHYS = {
    "new": marked("в 1С есть, хаб его не принял"),
    "removed": marked("строка документа удалена из базы хаба"),
    "parked": marked("ждет родителя"),
    "set_aside": marked("отложен до решения человека"),
    "gone": marked("в 1С его больше нет"),
    "revived": marked("в 1С его больше нет, а здесь его восстановил человек"),
    "not_listed": marked("1С его не назвала; слишком много таких, чтобы верить"),
    "version": marked("в 1С другая версия"),
    "mark": marked("пометка удаления стоит только с одной стороны"),
    "fields": marked("изменен в базе хаба помимо 1С, хотя поле принадлежит ей"),
    "changed": marked("изменен здесь, поручения на отправку нет"),
    "never": marked("проведен здесь, поручения на отправку нет"),
    "refused": marked("1С отказалась его принять"),
}
STEPS = {
    "missing": marked("принять: provodka sweep --mend"),
    "different": marked("принять из 1С: provodka sweep --mend"),
    "extra": marked("удалить здесь: provodka sweep --mend (много — с --allow-deletes)"),
    "not_sent": marked("поставить в очередь: provodka sweep --mend"),
}
STEPS_BY_WHY = {
    "parked": marked("узнать, почему нет родителя: provodka parked list"),
    "set_aside": marked("исправить и повторить: provodka quarantine list"),
    "refused": marked("исправить и повторить: provodka quarantine list --stream push:onec"),
    "revived": marked("удалить здесь снова или выставить новый документ взамен"),
    "not_listed": marked("проверить, та ли база и все ли права; потом --mend --allow-deletes"),
}


def what_word(what: str) -> str:
    """`missing` → «нет в хабе»."""
    return _word(WHATS, what)


def why_word(why: str) -> str:
    """`version` → «в 1С другая версия»."""
    return _word(WHYS, why)


def next_step(what: str, why: str) -> str:
    """What a person can do about it."""
    return _word(STEPS_BY_WHY, why) if why in STEPS_BY_WHY else _word(STEPS, what)


def _word(words: Mapping[str, str], code: str) -> str:
    return _(words[code]) if code in words else code
