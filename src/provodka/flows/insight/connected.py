"""What `hub.yaml` connects the hub to, in the words of the rules' language."""

from __future__ import annotations

from provodka.flows.settings import HubSettings
from provodka.trigger_rules.event_kinds import Source
from provodka.trigger_rules.unproduced import ALWAYS, Connected

__all__ = ["connected"]


def connected(settings: HubSettings) -> Connected:
    """Sources of events, channels of messages and webhooks that the settings name."""
    sources: set[Source] = set(ALWAYS)
    if settings.telephony:
        sources.add("telephony")
    if settings.mail and settings.mail.mailboxes:
        sources.add("mail")
    if settings.web and (settings.web.forms or settings.web.visits):
        sources.add("site")
    pixels = settings.mail and settings.mail.pixel and settings.web and settings.web.secret_env
    channels = ["mail"] if settings.mail else []
    channels += settings.outside.channels
    return Connected(
        sources,
        channels,
        sorted(settings.outside.webhooks),
        ("mail_read",) if pixels else (),
        dials=any(pbx.can_dial for pbx in settings.telephony),
        plays=any(pbx.can_play for pbx in settings.telephony),
        speaks=any(pbx.can_speak for pbx in settings.telephony),
    )
