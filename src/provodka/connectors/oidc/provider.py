"""An identity provider: where to send a browser, and who has come back from there."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec
from joserfc.jwk import KeySet

from provodka.connectors.http import HttpAnswer, HttpClient, Retries
from provodka.connectors.oidc.id_tokens import UnknownKey, claims_of, refused
from provodka.connectors.oidc.identity import Identity, identity_of
from provodka.connectors.oidc.metadata import (
    Metadata,
    keys_in,
    metadata_in,
    require_private,
    senseless,
)

__all__ = ["OidcProvider", "OidcSettings"]

WELL_KNOWN = ".well-known/openid-configuration"
LARGEST = 1024 * 1024
KNOWN_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """Where the provider is, and what we are to it. `scopes` are asked for besides `openid`."""

    issuer: str
    client: str
    secret: str = field(repr=False)
    scopes: tuple[str, ...] = ("profile", "email")
    groups_claim: str = "groups"
    timeout: float = 10.0
    ca_file: Path | None = None


class OidcProvider:
    """One provider, by the authorization code flow with PKCE; safe for threads.

    What it says of itself is asked for once an hour, its keys when a token is signed with one
    that is not known. Raises `ConfigurationError` for an issuer without TLS.
    """

    def __init__(self, settings: OidcSettings) -> None:
        require_private(settings.issuer)
        self._settings = settings
        self._lock = threading.Lock()
        self._clients: dict[str, HttpClient] = {}
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: KeySet | None = None

    def start(self, *, state: str, nonce: str, verifier: str, back: str, now: datetime) -> str:
        """The address to send a browser to (RFC 6749 §4.1.1, RFC 7636 §4.3).

        Raises `SystemUnavailable`, `ConfigurationError`.
        """
        metadata = self._known(now)
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client,
            "redirect_uri": back,
            "scope": " ".join(("openid", *self._settings.scopes)),
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = metadata.authorization_endpoint
        return address + ("&" if "?" in address else "?") + urlencode(asked, quote_via=quote)

    def finish(self, *, code: str, nonce: str, verifier: str, back: str, now: datetime) -> Identity:
        """Who has come back with a code: it is spent, and the token for it checked.

        Raises `AccessDenied` for whatever is not right, `SystemUnavailable`, `UnknownOutcome`.
        """
        if not code:
            raise refused("no_code")
        metadata = self._known(now)
        token = self._token(metadata, code, verifier, back)
        expected = {"issuer": metadata.issuer, "client": self._settings.client, "nonce": nonce}
        try:
            keys = self._keys or self._fetched_keys(metadata)
            claims = claims_of(token, keys, metadata.algorithms, now=now, **expected)
        except UnknownKey:
            claims = self._with_new_keys(token, metadata, expected, now)
        return identity_of(claims, self._settings.groups_claim)

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()

    def _with_new_keys(
        self, token: str, metadata: Metadata, expected: Mapping[str, str], now: datetime
    ) -> Mapping[str, Any]:
        keys = self._fetched_keys(metadata)
        try:
            return claims_of(token, keys, metadata.algorithms, now=now, **expected)
        except UnknownKey as error:
            raise refused("unknown_key") from error

    def _known(self, now: datetime) -> Metadata:
        kept = self._metadata
        if kept is not None and timedelta() <= now - kept[0] < KNOWN_FOR:
            return kept[1]
        issuer = self._settings.issuer
        found = metadata_in(self._get(f"{issuer.rstrip('/')}/{WELL_KNOWN}"), issuer)
        self._metadata = (now, found)
        return found

    def _fetched_keys(self, metadata: Metadata) -> KeySet:
        self._keys = keys_in(self._get(metadata.jwks_uri), metadata.issuer)
        return self._keys

    def _token(self, metadata: Metadata, code: str, verifier: str, back: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
            "client_id": self._settings.client,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            headers["Authorization"] = _basic(self._settings.client, self._settings.secret)
        else:
            form["client_secret"] = self._settings.secret
        client, path, query = self._place(metadata.token_endpoint)
        answer = client.request(
            "POST", path, query=query, content=urlencode(form).encode(), headers=headers
        )
        return _id_token(answer, metadata.issuer)

    def _get(self, address: str) -> HttpAnswer:
        client, path, query = self._place(address)
        answer = client.request("GET", path, query=query, headers={"Accept": "application/json"})
        if answer.status != 200:
            raise senseless(self._settings.issuer)
        return answer

    def _place(self, address: str) -> tuple[HttpClient, str, dict[str, str]]:
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if origin not in self._clients:
                self._clients[origin] = HttpClient(
                    origin,
                    timeout=self._settings.timeout,
                    connect_timeout=self._settings.timeout,
                    max_connections=4,
                    # A person waits for the answer.
                    retries=Retries(attempts=2, first_wait=0.2, longest_wait=1.0),
                    max_body=LARGEST,
                    ca_file=self._settings.ca_file,
                )
            return self._clients[origin], parts.path, dict(parse_qsl(parts.query))


def _basic(client: str, secret: str) -> str:
    """Both are form-encoded before they are joined (RFC 6749 §2.3.1), unlike in RFC 7617."""
    pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def _id_token(answer: HttpAnswer, issuer: str) -> str:
    try:
        said = msgspec.json.decode(answer.body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise senseless(issuer) from error
    if answer.status != 200:
        told = said.get("error")
        raise refused(told if isinstance(told, str) and told.isidentifier() else "refused")
    token = said.get("id_token")
    if not isinstance(token, str):
        raise refused("no_id_token")
    return token
