"""What SMTP and IMAP have in common: how a connection is secured, and what may be told."""

from __future__ import annotations

import re
import ssl
from enum import StrEnum
from pathlib import Path

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Security", "masked", "tls_context", "untrusted"]

ADDRESS = re.compile(r"[^\s<>@,;:\"'()]+@(?=[^\s<>@,;:\"'()]+)")


class Security(StrEnum):
    """How a connection is secured. `PLAIN` sends passwords in the clear: only by choice."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """A context that verifies certificate and host name; `ca_file` adds a company's own CA."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            str(ca_file),
            found=_("сертификат удостоверяющего центра не читается: {reason}").format(reason=error),
            expected=_("файл PEM с сертификатом"),
            next_step=_("исправьте ca_file в настройках почты"),
            code="bad_ca_file",
        ) from None


def untrusted(where: str, error: ssl.SSLCertVerificationError) -> ConfigurationError:
    """The server's certificate does not convince: a person decides, not the hub."""
    return ConfigurationError(
        where,
        found=_("сертификату сервера нет доверия: {reason}").format(reason=error.verify_message),
        expected=_("действующий сертификат на имя этого сервера"),
        next_step=_("проверьте host или укажите ca_file своего удостоверяющего центра"),
        code="untrusted_certificate",
    )


def masked(text: str) -> str:
    """A server's words without the names in mail addresses: ``***@example.ru``."""
    return ADDRESS.sub("***@", text)
