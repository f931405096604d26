"""The PBXes: the `telephony` section, whose fields depend on the `kind` of each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, PlainValidator

from provodka.connectors.telephony.options import PbxOptions
from provodka.connectors.telephony.pbx import PBXES
from provodka.connectors.telephony.sources.asterisk_csv import AsteriskLog
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml

__all__ = ["AsteriskLog", "OnePbx", "PbxOptions", "pbx_secrets", "wrong_pbxes"]

USUAL = "asterisk_csv"

if TYPE_CHECKING:
    KindName = str
else:
    KindName = Literal[tuple(sorted(PBXES))]


class _Named(BaseModel):
    """What tells one kind from another."""

    kind: KindName = USUAL


def _understood(value: Any) -> PbxOptions:
    """The options of the kind that is named; what is wrong in them keeps its own place."""
    if isinstance(value, PbxOptions):
        return value
    return PBXES[_Named.model_validate(value).kind].options.model_validate(value)


if TYPE_CHECKING:
    OnePbx = PbxOptions
else:
    OPTIONS = reduce(or_, (pbx.options for pbx in PBXES.values()))
    OnePbx = Annotated[OPTIONS, PlainValidator(_understood, json_schema_input_type=OPTIONS)]


def pbx_secrets(options: PbxOptions) -> Mapping[str, str]:
    """The secrets of a PBX by the field that names them; call after `load_settings`."""
    return {field: os.environ[variable] for field, variable in options.secrets().items()}


def wrong_pbxes(
    telephony: tuple[PbxOptions, ...], source: LocatedYaml
) -> Iterator[ConfigurationError]:
    """An error at every address that cannot work, and at every name of a variable not set."""
    for index, options in enumerate(telephony):
        try:
            options.check_address()
        except ConfigurationError as error:
            yield source.error(
                "telephony",
                index,
                options.address_field,
                found=error.found,
                expected=error.expected,
                next_step=error.next_step,
                code=error.code,
            )
        for steps, variable in _wanted(options):
            if not os.environ.get(variable):
                found = _("переменная окружения {name} не задана или пуста")
                yield source.error(
                    "telephony",
                    index,
                    *steps,
                    found=found.format(name=variable),
                    expected=_("секрет АТС «{name}»").format(name=options.name),
                    next_step=_("задайте переменную перед запуском"),
                    code="missing_secret",
                )


def _wanted(options: PbxOptions) -> Iterator[tuple[tuple[str, ...], str]]:
    for field, variable in options.secrets().items():
        yield (f"{field}_env",), variable
    if options.ami:
        yield ("ami", "password_env"), options.ami.password_env
