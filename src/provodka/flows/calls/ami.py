"""Where a PBX's manager interface is, by its settings and the environment."""

from __future__ import annotations

import os

from provodka.connectors.telephony.live.session import AmiSettings
from provodka.connectors.telephony.options import PbxOptions
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["ami_settings"]


def ami_settings(options: PbxOptions) -> AmiSettings:
    """Where a PBX's manager interface is. Raises `ConfigurationError` if it has none."""
    ami = options.ami
    if ami is None:
        raise ConfigurationError(
            _("hub.yaml, telephony, АТС «{name}»").format(name=options.name),
            found=_("AMI не указан"),
            expected=_("раздел ami: host, login, password_env"),
            next_step=_("добавьте его; как — в описании телефонии"),
            code="no_ami",
        )
    return AmiSettings(
        ami.host,
        ami.port,
        ami.login,
        os.environ.get(ami.password_env, ""),
        tls=ami.tls,
        ca_file=ami.ca_file,
    )
