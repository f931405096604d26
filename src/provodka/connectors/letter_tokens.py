"""Tokens that lead from a pixel or a link in a letter back to the letter, and say nothing else.

A token is the message's key and a seal over it (HMAC-SHA256, RFC 2104, cut to 128 bits), in
base64url. Whoever does not have the secret can neither make one nor change one.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

__all__ = ["message_of_token", "pixel_token"]

SEAL_BYTES = 16
TOKEN_LENGTH = 43
PURPOSE = b"provodka letter "


def pixel_token(message_id: UUID, secret: bytes) -> str:
    """The token of a letter (`crm.message.id`): 43 characters that fit into a URL's path.

    The same for the same letter and secret, so a letter that is built again has it again.
    """
    return urlsafe_b64encode(message_id.bytes + _seal(message_id.bytes, secret)).decode()[:-1]


def message_of_token(token: str, secret: bytes) -> UUID | None:
    """The letter that a token was made for; None for any other text. Compared in constant time."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    try:
        opened = urlsafe_b64decode(token + "=")
    except ValueError:
        return None
    key, seal = opened[:SEAL_BYTES], opened[SEAL_BYTES:]
    return UUID(bytes=key) if hmac.compare_digest(seal, _seal(key, secret)) else None


def _seal(key: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, PURPOSE + key, hashlib.sha256).digest()[:SEAL_BYTES]
