"""ID tokens: what has to hold of one before anything in it is believed."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from provodka.foundation.errors import AccessDenied
from provodka.foundation.i18n import _

__all__ = ["UnknownKey", "claims_of", "refused"]

LEEWAY = timedelta(minutes=1)
"""How far the provider's clock may be from ours."""
FRESH = timedelta(minutes=10)
"""How long ago a token may have been made: it is asked for at the moment of sign-in."""
LONGEST_SUBJECT = 255


class UnknownKey(Exception):
    """The token is signed with a key that is not among those we have: they may have changed."""


def claims_of(
    token: str,
    keys: KeySet,
    algorithms: Collection[str],
    *,
    issuer: str,
    client: str,
    nonce: str,
    now: datetime,
) -> Mapping[str, Any]:
    """The claims of a token that is right in every way (OpenID Connect Core 1.0 §3.1.3.7).

    Raises `AccessDenied` with the reason as its code, `UnknownKey`.
    """
    try:
        claims = jwt.decode(token, keys, algorithms=list(algorithms)).claims
    except InvalidKeyIdError as error:
        raise UnknownKey from error
    except (JoseError, ValueError, TypeError) as error:
        raise refused(getattr(error, "error", "") or "malformed_token") from error
    try:
        _registry(issuer, client, now).validate(claims)
    except JoseError as error:
        claim = getattr(error, "claim", "")
        raise refused(f"{error.error}_{claim}" if claim else error.error) from error
    _require_ours(claims, client, nonce, now)
    return claims


def _registry(issuer: str, client: str, now: datetime) -> JWTClaimsRegistry:
    return JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=int(LEEWAY.total_seconds()),
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True},
    )


def _require_ours(claims: Mapping[str, Any], client: str, nonce: str, now: datetime) -> None:
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client:
        raise refused("wrong_party")
    if claims.get("azp", client) != client:
        raise refused("wrong_party")
    if not hmac.compare_digest(str(claims["nonce"]).encode("utf-8", "replace"), nonce.encode()):
        raise refused("wrong_nonce")
    if now.timestamp() - claims["iat"] > (FRESH + LEEWAY).total_seconds():
        raise refused("stale_token")
    if len(claims["sub"]) > LONGEST_SUBJECT:
        raise refused("wrong_subject")


def refused(code: str) -> AccessDenied:
    """The error for what is not believed; nothing of the token is in it."""
    return AccessDenied(
        _("Поставщик входа"),
        found=_("подтверждению нельзя верить ({code})").format(code=code),
        next_step=_("начните вход заново; если не помогает, проверьте web.sign_in.oidc"),
        code=code,
    )
