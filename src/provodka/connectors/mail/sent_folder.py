"""The Sent folder over IMAP: the look-up that settles whether a letter went out."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from imap_tools import (
    AND,
    BaseMailBox,
    Header,
    ImapToolsError,
    MailBox,
    MailboxFolderSelectError,
    MailboxLoginError,
    MailBoxUnencrypted,
)

from provodka.connectors.mail.servers import Security, masked, tls_context, untrusted
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    SystemUnavailable,
)
from provodka.foundation.i18n import _

__all__ = ["ImapSettings", "SentFolder"]


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """One account. `sent_folder` is found by its special-use flag where it is not named."""

    host: str
    login: str
    password: str = field(repr=False)
    port: int = 993
    security: Security = Security.TLS
    sent_folder: str | None = None
    timeout: float = 30.0
    ca_file: Path | None = None

    @property
    def where(self) -> str:
        """For messages: ``IMAP mail.example.ru:993``."""
        return f"IMAP {self.host}:{self.port}"


class SentFolder:
    """The account's folder of sent letters; opened read-only, nothing is marked as read."""

    def __init__(self, settings: ImapSettings) -> None:
        self.settings = settings

    def holds(self, message_id: str) -> bool:
        """Whether a letter with exactly this Message-ID (with angle brackets) is there.

        Raises `SystemUnavailable`, `AccessDenied`, or `ConfigurationError` where there
        is no such folder: an answer that is not certain is no answer.
        """
        with self._opened() as box:
            # Servers match a part of the header, so what they find is compared in full.
            found = box.fetch(
                AND(header=Header("Message-ID", message_id)), mark_seen=False, headers_only=True
            )
            ids = (value for letter in found for value in letter.obj.get_all("Message-ID", []))
            return message_id in (str(value).strip() for value in ids)

    def probe(self) -> str:
        """Log in and open the folder; returns its name. Raises what `holds` would."""
        with self._opened() as box:
            return self._folder(box)

    @contextmanager
    def _opened(self) -> Iterator[BaseMailBox]:
        try:
            box = self._connect()
            try:
                if self.settings.security is Security.STARTTLS:
                    self._encrypt(box)
                box.login(self.settings.login, self.settings.password, initial_folder=None)
                box.folder.set(self._folder(box), readonly=True)
                yield box
            finally:
                # What was found is known by now; how the parting goes does not change it.
                with suppress(imaplib.IMAP4.error, ImapToolsError, OSError):
                    box.logout()
                with suppress(OSError):
                    box.client.shutdown()
        except MailboxLoginError as error:
            raise self._denied(error) from error
        except MailboxFolderSelectError as error:
            raise self._no_folder(str(self.settings.sent_folder)) from error
        except ssl.SSLCertVerificationError as error:
            raise untrusted(self.settings.where, error) from error
        except (imaplib.IMAP4.error, ImapToolsError, OSError) as error:
            raise SystemUnavailable(
                self.settings.where,
                found=_("почтовый ящик не отвечает: {reason}").format(reason=masked(str(error))),
                next_step=_("проверьте адрес, порт и доступность сервера"),
                code="imap_unreachable",
            ) from error

    def _connect(self) -> BaseMailBox:
        chosen = self.settings
        place = {"host": chosen.host, "port": chosen.port, "timeout": chosen.timeout}
        if chosen.security is not Security.TLS:
            return MailBoxUnencrypted(**place)
        return MailBox(**place, ssl_context=tls_context(chosen.ca_file))

    def _encrypt(self, box: BaseMailBox) -> None:
        if "STARTTLS" not in box.client.capabilities:
            raise ConfigurationError(
                self.settings.where,
                found=_("сервер не предлагает STARTTLS"),
                expected=_("шифрованное соединение"),
                next_step=_("поставьте security: tls (порт 993) или, осознанно, security: plain"),
                code="no_starttls",
            )
        box.client.starttls(tls_context(self.settings.ca_file))

    def _folder(self, box: BaseMailBox) -> str:
        if self.settings.sent_folder:
            return self.settings.sent_folder
        folders = box.folder.list()
        for folder in folders:
            if "\\sent" in (flag.lower() for flag in folder.flags):
                return folder.name
        raise self._no_folder(", ".join(folder.name for folder in folders))

    def _denied(self, error: Exception) -> AccessDenied:
        return AccessDenied(
            self.settings.where,
            found=_("вход отклонён: {reason}").format(reason=masked(str(error))),
            expected=_("вход с этим логином и паролем"),
            next_step=_("проверьте логин и пароль; многим серверам нужен пароль приложения"),
            code="imap_login",
        )

    def _no_folder(self, found: str) -> ConfigurationError:
        return ConfigurationError(
            self.settings.where,
            found=_("папки отправленных нет; есть: {found}").format(found=found),
            expected=_("папка с признаком \\Sent или названная в sent_folder"),
            next_step=_("назовите папку в sent_folder"),
            code="no_sent_folder",
        )
