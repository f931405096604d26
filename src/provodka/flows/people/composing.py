"""Sign-in as `hub.yaml` describes it: settings and secrets become plain values, once."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from provodka.connectors.crm_store.people_pace import Limits
from provodka.dashboards.web.people.roles import Role
from provodka.dashboards.web.people.rules import ByProvider, SignInRules
from provodka.flows.hub import utc_now
from provodka.flows.settings.sign_in import Oidc
from provodka.flows.settings.web import Web

__all__ = ["limits_of", "sign_in_rules"]


def sign_in_rules(
    web: Web, clock: Callable[[], datetime] = utc_now, zone: tzinfo = UTC
) -> SignInRules:
    """The rules of sign-in; call after `load_settings`, which has found all secrets.

    Raises `ConfigurationError` for an identity provider without TLS.
    """
    settings = web.sign_in
    return SignInRules(
        idle=timedelta(hours=settings.idle_hours),
        longest=timedelta(days=settings.longest_days),
        limits=limits_of(web),
        plain_http=settings.plain_http,
        public_url=web.public_url,
        by_provider=_by_provider(settings.oidc) if settings.oidc else None,
        clock=clock,
        zone=zone,
    )


def limits_of(web: Web) -> Limits:
    """How often one may try to sign in."""
    settings = web.sign_in
    return Limits(
        pair=settings.tries,
        address=settings.address_tries,
        login=settings.login_tries,
        span=timedelta(minutes=settings.pause_minutes),
    )


def _by_provider(oidc: Oidc) -> ByProvider:
    # Signatures take a tenth of a second to import, and few companies have a provider.
    from provodka.connectors.oidc.provider import OidcProvider, OidcSettings

    provider = OidcProvider(
        OidcSettings(
            issuer=oidc.issuer,
            client=oidc.client,
            secret=os.environ[oidc.secret_env],
            scopes=oidc.scopes,
            groups_claim=oidc.groups_claim,
            ca_file=oidc.ca_file,
        )
    )
    roles = {group: frozenset(map(Role, names)) for group, names in oidc.roles.items()}
    return ByProvider(provider, oidc.title, roles, creates=oidc.unknown == "create")
