"""The door as `hub.yaml` describes it: settings and secrets become plain values, once."""

from __future__ import annotations

import os
from collections.abc import Iterator

from provodka.connectors.telephony.hooks import HOOKS
from provodka.dashboards.web.door import Door, FormPlace, HookPlace, Limits, VisitPlace
from provodka.dashboards.web.signed import SignedCallHook
from provodka.flows.settings import HubSettings, PbxOptions, Web, pbx_secrets
from provodka.flows.settings.web import letter_secret
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml

__all__ = ["door_of", "require_web"]

SIGNED_BY = "hook_secret"


def require_web(settings: HubSettings, source: LocatedYaml) -> Web:
    """The `web` section, or a `ConfigurationError` if it is switched off."""
    if settings.web is None:
        raise source.error(
            found=_("раздел web выключен"),
            expected="web: {}",
            next_step=_("уберите web: null — без раздела нет ни страниц, ни приема по HTTP"),
            code="no_web",
        )
    return settings.web


def door_of(settings: HubSettings, web: Web) -> Door:
    """Who may knock; call after `load_settings`, which has found all secrets."""
    visits = web.visits
    return Door(
        hooks=dict(_hooks(settings, web)),
        forms={
            code: FormPlace(frozenset(form.sites), form.honeypot, form.thanks)
            for code, form in web.forms.items()
        },
        visits=VisitPlace(frozenset(visits.sites), visits.consent == "asked") if visits else None,
        letter_secret=letter_secret(web),
        limits=Limits(web.max_body_kb * 1024, web.hook_rate, web.form_rate, web.pixel_rate),
        keep_refused=web.keep_refused,
        access_log=web.access_log,
    )


def _hooks(settings: HubSettings, web: Web) -> Iterator[tuple[str, HookPlace]]:
    for name, signed in web.hooks.items():
        yield name, HookPlace(SignedCallHook(), os.environ[signed.secret_env])
    for pbx in settings.telephony:
        if _listens(pbx):
            yield pbx.name, HookPlace(HOOKS[pbx.kind], pbx_secrets(pbx)[SIGNED_BY])


def _listens(pbx: PbxOptions) -> bool:
    return pbx.hook_secret_env is not None and pbx.kind in HOOKS
