"""Going to an identity provider and back, as a browser does."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
from tests.flow.web_people.people_desk import Browser

from provodka.connectors.oidc.provider import OidcProvider, OidcSettings
from provodka.sandbox.identity import CLIENT, SECRET, IdentityProvider

__all__ = ["path_of", "provider_of", "sent_back", "signed_in_by"]


def provider_of(identity: IdentityProvider) -> OidcProvider:
    """Our side of a provider."""
    return OidcProvider(OidcSettings(identity.issuer, CLIENT, SECRET, timeout=30))


def sent_back(browser: Browser, person: str, start: str = "/oidc/start") -> str:
    """The path that the provider sends a browser back to, once the person has been chosen."""
    there = browser.get(start).headers["location"]
    return path_of(httpx.get(f"{there}&person={person}").headers["location"])


def signed_in_by(browser: Browser, person: str, start: str = "/oidc/start") -> httpx.Response:
    """The answer to whoever comes back."""
    return browser.get(sent_back(browser, person, start))


def path_of(address: str) -> str:
    """The path of an address with its query."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"
