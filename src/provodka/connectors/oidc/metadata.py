"""What an identity provider says of itself (OpenID Connect Discovery 1.0), and its keys."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from provodka.connectors.http import HttpAnswer
from provodka.foundation.errors import ConfigurationError, SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["ALGORITHMS", "HERE", "Metadata", "keys_in", "metadata_in", "require_private"]

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"}
    | {"EdDSA"}
)
"""Signatures with a key pair. `none` is no signature, and the key of HS256 is shared."""
HERE = frozenset({"127.0.0.1", "localhost", "::1"})
TEXT = Annotated[str, msgspec.Meta(max_length=2000)]


class Metadata(msgspec.Struct, frozen=True):
    """The part of `/.well-known/openid-configuration` that sign-in needs."""

    issuer: TEXT
    authorization_endpoint: TEXT
    token_endpoint: TEXT
    jwks_uri: TEXT
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)

    @property
    def algorithms(self) -> Collection[str]:
        """Signatures that the provider makes and we take."""
        return ALGORITHMS.intersection(self.id_token_signing_alg_values_supported)


def metadata_in(answer: HttpAnswer, issuer: str) -> Metadata:
    """What it says, if it is about this issuer (Discovery 1.0 §4.3).

    Raises `SystemUnavailable` for an answer that makes no sense, `ConfigurationError` for one of
    another issuer, without TLS or without a signature that we take.
    """
    try:
        found = msgspec.json.decode(answer.body, type=Metadata)
    except msgspec.DecodeError as error:
        raise senseless(issuer) from error
    if found.issuer.rstrip("/") != issuer.rstrip("/"):
        raise _wrong(issuer, _("поставщик называет себя «{name}»").format(name=found.issuer))
    for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
        require_private(address)
    if not found.algorithms:
        raise _wrong(issuer, _("поставщик подписывает способами, которым нельзя верить"))
    return found


def keys_in(answer: HttpAnswer, issuer: str) -> KeySet:
    """The public keys that sign (RFC 7517); kinds of keys that we do not know are passed over."""
    try:
        keys = msgspec.json.decode(answer.body, type=dict[str, Any])["keys"]
        known = [key for key in keys if _signs(key)]
        return KeySet.import_key_set({"keys": known})
    except (msgspec.DecodeError, JoseError, LookupError, TypeError, ValueError) as error:
        raise senseless(issuer) from error


def require_private(address: str) -> None:
    """Raise `ConfigurationError` unless an address has TLS or is on this computer."""
    parts = urlsplit(address)
    here = parts.scheme == "http" and parts.hostname in HERE
    if parts.scheme != "https" and not here:
        raise _wrong(address, _("адрес без TLS"))


def senseless(issuer: str) -> SystemUnavailable:
    """The error for an answer that cannot be read."""
    return SystemUnavailable(
        _("Поставщик входа {issuer}").format(issuer=issuer),
        found=_("ответ не разобрать"),
        expected="OpenID Connect Discovery 1.0",
        next_step=_("проверьте адрес поставщика в web.sign_in.oidc.issuer"),
        code="oidc_senseless",
    )


def _signs(key: Any) -> bool:
    return (
        isinstance(key, dict)
        and key.get("kty") in ("RSA", "EC", "OKP")
        and (key.get("use", "sig") == "sig")
    )


def _wrong(where: str, found: str) -> ConfigurationError:
    return ConfigurationError(
        _("Поставщик входа {issuer}").format(issuer=where),
        found=found,
        expected="https",
        next_step=_("исправьте web.sign_in.oidc в hub.yaml"),
        code="oidc_settings",
    )
