"""Reading `hub.yaml`."""

from __future__ import annotations

from pathlib import Path

from provodka.flows.settings.hub_file import HubSettings
from provodka.flows.settings.secrets import missing_secrets
from provodka.foundation.located_yaml import LocatedYaml, gathered, load_yaml

__all__ = ["load_settings"]


def load_settings(path: Path) -> tuple[HubSettings, LocatedYaml]:
    """Read `hub.yaml`; every mistake is a `ConfigurationError` with its line."""
    source = load_yaml(path)
    settings = source.parse(HubSettings)
    if missing := missing_secrets(settings, source):
        raise gathered(missing)
    return settings, source
