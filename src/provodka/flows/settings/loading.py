"""Reading `hub.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from provodka.connectors.http_values import checked_url
from provodka.flows.settings.hub_file import HubSettings
from provodka.flows.settings.mailboxes import missing_mailbox_secrets
from provodka.flows.settings.secrets import missing_secrets
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.located_yaml import LocatedYaml, gathered, load_yaml

__all__ = ["load_settings"]


def load_settings(path: Path) -> tuple[HubSettings, LocatedYaml]:
    """Read `hub.yaml`; every mistake is a `ConfigurationError` with its line."""
    source = load_yaml(path)
    settings = source.parse(HubSettings)
    boxes = settings.mail.mailboxes if settings.mail else ()
    wrong = [*_bad_addresses(settings, source), *missing_secrets(settings, source)]
    if wrong := [*wrong, *missing_mailbox_secrets(boxes, source)]:
        raise gathered(wrong)
    return settings, source


def _bad_addresses(settings: HubSettings, source: LocatedYaml) -> Iterator[ConfigurationError]:
    """An address that cannot work, at its line; what it says is shown without any password."""
    if settings.onec is None:
        return
    try:
        checked_url(settings.onec.url)
    except ConfigurationError as error:
        yield source.error(
            "onec",
            "url",
            found=error.found,
            expected=error.expected,
            next_step=error.next_step,
            code=error.code,
        )
