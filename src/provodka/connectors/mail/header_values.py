"""What may stand in a header: addresses, texts and identifiers, checked before they are written.

A line feed in any of them would let its author write headers of his own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.headerregistry import Address

from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["Mailbox", "ascii_domain", "checked_address", "identifier", "one_line", "wrong"]

CONTROL = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
DOMAIN = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
TOKEN = re.compile(r"[\x21-\x7e]{1,900}")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown with it; a national domain is turned into ASCII."""

    address: str = field(repr=False)
    name: str = field(default="", repr=False)


def checked_address(header: str, box: Mailbox) -> Address:
    """The address as it is written on the wire. Raises `Misunderstood` if it is none."""
    local, _at, domain = box.address.strip().rpartition("@")
    if not LOCAL_PART.fullmatch(local) or local.strip(".") != local or ".." in local:
        raise _bad_address(header)
    return Address(one_line(header, box.name), local, ascii_domain(domain, header))


def ascii_domain(domain: str, header: str = "Message-ID") -> str:
    """A domain in ASCII (IDNA). Raises `Misunderstood` if it is none."""
    try:
        found = domain.strip().encode("idna").decode("ascii")
    except UnicodeError:
        raise _bad_address(header) from None
    if not DOMAIN.fullmatch(found):
        raise _bad_address(header)
    return found


def one_line(header: str, text: str) -> str:
    """The text, if it has no control characters; `Misunderstood` otherwise."""
    if CONTROL.search(text):
        raise wrong(
            header,
            _("перевод строки или управляющий знак в заголовке"),
            _("текст в одну строку"),
            "header_injection",
        )
    return text


def identifier(header: str, text: str) -> str:
    """The text, if it is visible ASCII without spaces; `Misunderstood` otherwise."""
    if not TOKEN.fullmatch(text):
        raise wrong(
            header,
            _("пробел, управляющий знак или не латиница в идентификаторе"),
            _("видимые знаки ASCII без пробелов"),
            "header_injection",
        )
    return text


def wrong(header: str, found: str, expected: str, code: str) -> Misunderstood:
    """The error of a field of a letter."""
    return Misunderstood(
        _("Письмо, поле {field}").format(field=header),
        found=found,
        expected=expected,
        next_step=_("исправьте данные документа или шаблон и повторите отправку"),
        code=code,
    )


def _bad_address(header: str) -> Misunderstood:
    return wrong(header, _("неверный адрес почты"), _("адрес вида name@example.ru"), "bad_address")
