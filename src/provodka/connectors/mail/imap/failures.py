"""What a failed IMAP dialogue means for the hub: each as an error of our tree."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from provodka.connectors.mail.servers import masked, untrusted
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    ProvodkaError,
    RetriableError,
    SystemUnavailable,
)
from provodka.foundation.i18n import _

__all__ = ["denied", "no_folder", "no_starttls", "refused", "translated"]


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn what the connection raises in the block into `ProvodkaError`.

    `SystemUnavailable` for a connection that breaks, ends with BYE or falls silent, and for a
    server that calls a command senseless; `ConfigurationError` for a certificate not trusted.
    """
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise untrusted(where, error) from error
    except imaplib.IMAP4.abort as error:
        raise _unavailable(where, error, "imap_cut") from error
    except imaplib.IMAP4.error as error:
        raise _unavailable(where, error, "imap_bad") from error
    except OSError as error:
        raise _unavailable(where, error, "imap_unreachable") from error


def denied(where: str, reason: str) -> AccessDenied:
    """The login was refused."""
    return AccessDenied(
        where,
        found=_("вход отклонён: {reason}").format(reason=masked(reason)),
        expected=_("вход с этим логином и паролем"),
        next_step=_("проверьте логин и пароль; многим серверам нужен пароль приложения"),
        code="imap_login",
    )


def no_starttls(where: str) -> ConfigurationError:
    """Encryption was asked for and is not offered: the password is not sent in the clear."""
    return ConfigurationError(
        where,
        found=_("сервер не предлагает STARTTLS"),
        expected=_("шифрованное соединение"),
        next_step=_("поставьте security: tls (порт 993) или, осознанно, security: plain"),
        code="no_starttls",
    )


def no_folder(where: str, name: str, there: str) -> ConfigurationError:
    """A folder that the settings name is not in the mailbox; `there` lists those that are."""
    return ConfigurationError(
        where,
        found=_("папки «{name}» нет; есть: {there}").format(name=name, there=there or "—"),
        expected=_("папка этого ящика"),
        next_step=_("исправьте folders или sent_folder этого ящика в hub.yaml"),
        code="no_mail_folder",
    )


def refused(where: str, command: str, answer: str) -> ProvodkaError:
    """A command was answered NO: for now, as servers that are busy do."""
    return RetriableError(
        where,
        found=_("на {command} сервер ответил отказом: {answer}").format(
            command=command, answer=masked(answer)
        ),
        next_step=_("ничего делать не нужно: следующий запуск попробует снова"),
        code="imap_no",
    )


def _unavailable(where: str, error: Exception, code: str) -> SystemUnavailable:
    return SystemUnavailable(
        where,
        found=_("почтовый ящик не отвечает: {reason}").format(
            reason=masked(str(error)) or type(error).__name__
        ),
        next_step=_("проверьте адрес, порт и доступность сервера"),
        code=code,
    )
