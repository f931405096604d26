"""What a failed SMTP dialogue means for the hub: each reply as an error of our tree."""

from __future__ import annotations

from datetime import timedelta

from provodka.connectors.mail.servers import masked
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    ProvodkaError,
    Refused,
    RetriableError,
    SystemUnavailable,
    UnknownOutcome,
)
from provodka.foundation.i18n import _

__all__ = ["no_login", "no_starttls", "replied", "text_of", "too_large", "unavailable", "unknown"]

WRONG_LOGIN = frozenset({530, 534, 535, 538})


def text_of(reply: bytes | str) -> str:
    """A server's words as text."""
    return reply.decode("utf-8", errors="replace") if isinstance(reply, bytes) else reply


def replied(where: str, code: int, reply: bytes | str) -> ProvodkaError:
    """The error for a server's reply, in the terms of what to do next."""
    words = masked(f"{code} {text_of(reply)}")
    if code in WRONG_LOGIN:
        return AccessDenied(
            where,
            found=words,
            expected=_("вход с этим логином и паролем"),
            next_step=_("проверьте логин и пароль; многим серверам нужен пароль приложения"),
            code="smtp_login",
        )
    if code == 421:
        return SystemUnavailable(where, found=words, code="smtp_421")
    if 400 <= code < 500:
        return RetriableError(
            where,
            retry_after=timedelta(minutes=1),
            found=words,
            next_step=_("письмо будет отправлено снова позже"),
            code=f"smtp_{code}",
        )
    if 500 <= code < 600:
        return Refused(
            where,
            found=words,
            expected=_("согласие сервера принять письмо"),
            next_step=_("проверьте адрес получателя и содержание письма"),
            code=f"smtp_{code}",
        )
    return SystemUnavailable(where, found=words, code="smtp_protocol")


def unavailable(where: str, error: Exception) -> SystemUnavailable:
    """No connection, or one that broke before the content was sent."""
    return SystemUnavailable(
        where,
        found=_("нет связи: {reason}").format(reason=masked(str(error)) or type(error).__name__),
        next_step=_("проверьте адрес, порт и доступность сервера"),
        code="smtp_unreachable",
    )


def unknown(where: str, error: Exception | None) -> UnknownOutcome:
    """The content was sent and no clear answer came: it may have been delivered."""
    return UnknownOutcome(
        where,
        found=_("содержание письма передано, ответ потерян: {reason}").format(
            reason=masked(str(error)) if error else _("ответ неразборчив")
        ),
        expected=_("ответ 250"),
        next_step=_("найдите письмо в папке отправленных, прежде чем повторять"),
        code="smtp_unknown",
    )


def no_starttls(where: str) -> ConfigurationError:
    """Encryption was asked for and is not offered: nothing is sent in the clear."""
    return ConfigurationError(
        where,
        found=_("сервер не предлагает STARTTLS"),
        expected=_("шифрованное соединение"),
        next_step=_("поставьте security: tls (порт 465) или, осознанно, security: plain"),
        code="no_starttls",
    )


def no_login(where: str, reason: str) -> ConfigurationError:
    """A login was given and the server offers none."""
    return ConfigurationError(
        where,
        found=_("сервер не предлагает вход: {reason}").format(reason=reason),
        expected=_("AUTH после EHLO"),
        next_step=_("проверьте порт и security или уберите login"),
        code="no_auth",
    )


def too_large(where: str, size: int, limit: int) -> Refused:
    """The letter has more bytes than the server said it takes."""
    return Refused(
        where,
        found=_("письмо в {size} байт").format(size=size),
        expected=_("не больше {limit} байт").format(limit=limit),
        next_step=_("уменьшите вложения"),
        code="letter_too_large",
    )
