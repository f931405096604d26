"""What pydantic expected, in the words of the person who edits the file."""

from __future__ import annotations

from typing import Any

from provodka.foundation.i18n import _

__all__ = ["expected_by", "yaml_trouble"]

CODES = (r"^[a-z][a-z0-9_]{0,49}$",)
"""Patterns that are better told in words."""


def expected_by(error: Any) -> str:
    """The expectation behind one entry of `ValidationError.errors()`.

    Kinds that no setting of ours meets are told in pydantic's own words.
    """
    context = error.get("ctx", {})
    kind = error["type"]
    if kind == "value_error":
        return str(context["error"])
    if kind in ("literal_error", "enum"):
        return _("одно из: {known}").format(known=context["expected"].replace(" or ", ", "))
    if kind == "string_type" and isinstance(error.get("input"), bool):
        return _("строка; слова on, off, yes, no берут в кавычки")
    if kind == "string_pattern_mismatch" and context["pattern"] in CODES:
        return _("строчные латинские буквы, цифры и «_», первой буква")
    pattern = _words().get(kind)
    return pattern.format(**context) if pattern else str(error["msg"])


def _words() -> dict[str, str]:
    whole, number = _("целое число"), _("число")
    yes_no, text = _("true или false"), _("строка")
    listed, section = _("список"), _("раздел с полями")
    return {
        "int_parsing": whole,
        "int_type": whole,
        "int_from_float": whole,
        "float_parsing": number,
        "float_type": number,
        "decimal_parsing": number,
        "bool_parsing": yes_no,
        "bool_type": yes_no,
        "string_type": text,
        "path_type": _("путь к файлу"),
        "list_type": listed,
        "tuple_type": listed,
        "set_type": listed,
        "frozen_set_type": listed,
        "dict_type": section,
        "model_type": section,
        "model_attributes_type": section,
        "time_parsing": _('время вида "09:00"'),
        "time_type": _('время вида "09:00"'),
        "greater_than": _("больше {gt}"),
        "greater_than_equal": _("не меньше {ge}"),
        "less_than": _("меньше {lt}"),
        "less_than_equal": _("не больше {le}"),
        "too_short": _("записей не меньше {min_length}"),
        "too_long": _("записей не больше {max_length}"),
        "string_too_short": _("знаков не меньше {min_length}"),
        "string_too_long": _("знаков не больше {max_length}"),
        "string_pattern_mismatch": _("строка вида {pattern}"),
    }


def yaml_trouble(said: str) -> str:
    """What a YAML reader stumbled over; what has no words of ours is told in its own."""
    known = {
        "found character '\\t' that cannot start any token": _("знак табуляции вместо пробелов"),
        "mapping values are not allowed here": _("двоеточие не на месте"),
        "could not find expected ':'": _("нет двоеточия"),
        "found unexpected end of stream": _("конец файла раньше кавычки или скобки"),
    }
    if said.startswith("expected <block end>"):
        return _("отступ не такой, как у соседних строк")
    return known.get(said, said)
