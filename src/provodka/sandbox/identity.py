"""An identity provider: a person is chosen from a list, and vouched for (OpenID Connect).

It keeps the rules that a real one keeps: codes are good once and for a minute, the verifier must
fit the challenge, the address to return to is the one that was asked with. `mischief` breaks one
thing in the tokens it gives.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey

from provodka.sandbox.httpd import Request, Response

__all__ = ["PEOPLE", "ROOT", "IdentityProvider"]

ROOT = "/identity"
CLIENT = "provodka"
SECRET = "sandbox secret: 100 %"  # noqa: S105 - stands for a real one, and guards nothing
CODE_SECONDS = 60
TOKEN_SECONDS = 300
FORM = {"title": "Вход", "choose": "Кто вы?"}
PEOPLE: dict[str, dict[str, Any]] = {
    "anna": {"name": "Анна Ветрова", "groups": ["hub-heads"]},
    "boris": {"name": "Борис Дождев", "groups": ["hub-accountants"]},
    "vera": {"name": "Вера Снегова", "groups": ["nobody-there"]},
}


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    person: str
    nonce: str
    back: str
    challenge: str
    made: float


@dataclass
class IdentityProvider:
    """Answers under `issuer`, its whole address, which it is called by in tokens too."""

    issuer: str = ""
    mischief: str = ""
    grants: dict[str, Grant] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _key: RSAKey = field(default_factory=lambda: _key("first"))
    _foreign: RSAKey = field(default_factory=lambda: _key("first"))

    def change_key(self) -> None:
        """Sign with another key from now on; the old one is published no longer."""
        self._key = _key(secrets.token_hex(4))

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        place = request.path.removeprefix(ROOT)
        self.asked.append(place)
        if place == "/.well-known/openid-configuration":
            return _json(self._about())
        if place == "/keys":
            return _json({"keys": [self._key.as_dict(private=False, use="sig")]})
        if place == "/authorize":
            return self._authorize(request)
        if place == "/token" and request.method == "POST":
            return self._token(request)
        return Response(404, b"Not Found", "text/plain")

    def _about(self) -> dict[str, Any]:
        return {
            "issuer": "https://other.example" if self.mischief == "issuer" else self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _authorize(self, request: Request) -> Response:
        asked = request.query
        if asked.get("client_id") != CLIENT or asked.get("code_challenge_method") != "S256":
            return Response(400, b"unknown client, or no PKCE", "text/plain")
        person = asked.get("person", "")
        if person not in PEOPLE:
            return _choice(request.raw_query)
        code = secrets.token_urlsafe(16)
        self.grants[code] = Grant(
            person, asked["nonce"], asked["redirect_uri"], asked["code_challenge"], time.time()
        )
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return Response(302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(back)}"})

    def _token(self, request: Request) -> Response:
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        if not _is_client(request.headers.get("authorization", "")):
            return _json({"error": "invalid_client"}, 401)
        grant = self.grants.pop(form.get("code", ""), None)
        if grant is None or time.time() - grant.made > CODE_SECONDS:
            return _json({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if _base64(digest) != grant.challenge or form.get("redirect_uri") != grant.back:
            return _json({"error": "invalid_grant"}, 400)
        token = self._signed(self._claims(grant))
        return _json({"access_token": "x", "token_type": "Bearer", "id_token": token})

    def _claims(self, grant: Grant) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": f"subject-of-{grant.person}",
            "aud": CLIENT,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "nonce": grant.nonce,
            "preferred_username": grant.person,
            **PEOPLE[grant.person],
        }
        return claims | self._wrong(now).get(self.mischief, {})

    def _wrong(self, now: int) -> dict[str, dict[str, Any]]:
        return {
            "nonce": {"nonce": "another"},
            "no nonce": {"nonce": None},
            "audience": {"aud": "another-client"},
            "audiences": {"aud": [CLIENT, "another-client"]},
            "party": {"azp": "another-client"},
            "expired": {"exp": now - 3600},
            "stale": {"iat": now - 3600},
            "future": {"nbf": now + 3600},
            "token issuer": {"iss": "https://other.example"},
            "no subject": {"sub": None},
        }

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.mischief == "none":
            head = {"alg": "none", "typ": "JWT"}
            return f"{_base64(_bytes(head))}.{_base64(_bytes(claims))}."
        if self.mischief == "shared secret":
            return _shared(claims, self._key)
        key = self._foreign if self.mischief == "signature" else self._key
        token = jwt.encode({"alg": "RS256", "kid": str(self._key.kid)}, claims, key)
        if self.mischief == "changed":
            first, _body, signature = token.split(".")
            more = _base64(_bytes(claims | {"groups": ["hub-heads", "hub-accountants"]}))
            return f"{first}.{more}.{signature}"
        return token


def _shared(claims: dict[str, Any], key: RSAKey) -> str:
    """Signed with the public key as if it were a shared secret (RFC 8725 §2.1)."""
    import hmac

    head = {"alg": "HS256", "kid": key.kid}
    signed = f"{_base64(_bytes(head))}.{_base64(_bytes(claims))}"
    mac = hmac.new(key.as_pem(private=False), signed.encode(), hashlib.sha256)
    return f"{signed}.{_base64(mac.digest())}"


def _key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def _is_client(header: str) -> bool:
    scheme, _space, pair = header.partition(" ")
    login, _colon, secret = base64.b64decode(pair).decode().partition(":")
    return scheme == "Basic" and (unquote(login), unquote(secret)) == (CLIENT, SECRET)


def _choice(query: str) -> Response:
    links = "".join(
        f'<li><a href="?{html.escape(query)}&amp;person={login}">{about["name"]}</a></li>'
        for login, about in PEOPLE.items()
    )
    page = f"<!doctype html><title>{FORM['title']}</title><h1>{FORM['choose']}</h1><ul>{links}</ul>"
    return Response(200, page.encode(), "text/html; charset=utf-8")


def _json(value: object, status: int = 200) -> Response:
    return Response(status, _bytes(value), "application/json")


def _bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
