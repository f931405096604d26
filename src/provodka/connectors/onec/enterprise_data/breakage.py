"""Errors of a whole message: it cannot be read, or must not be."""

from __future__ import annotations

from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["refused", "unreadable"]


def unreadable(found: str, line: int) -> Misunderstood:
    """A message that is broken off, no XML, or not of this format (`unreadable_message`)."""
    return Misunderstood(
        _place(line),
        found=found,
        expected=_("сообщение EnterpriseData целиком"),
        next_step=_("запросите сообщение у базы ещё раз; номер полученного не подтверждён"),
        code="unreadable_message",
    )


def refused(found: str, line: int) -> Misunderstood:
    """A message that carries what a base never sends and an attacker would (`refused_message`)."""
    return Misunderstood(
        _place(line),
        found=found,
        expected=_("сообщение без DOCTYPE и не больше допустимого"),
        next_step=_("проверьте, откуда пришло сообщение и сколько объектов база выгружает за раз"),
        code="refused_message",
    )


def _place(line: int) -> str:
    return _("Сообщение EnterpriseData, строка {line}").format(line=line)
