"""Prefect's server on this machine: `uvicorn --factory provodka.flows.orchestration.server:create`.

SQLAlchemy 2.1 refuses bulk inserts that carry values of hybrid properties, unless the property
says how it is inserted; 2.0 left such values out, and Prefect 3.8's scheduler relies on that.
The server is therefore started with every such property told to leave its value out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.hybrid import HybridExtensionType, hybrid_property
from sqlalchemy.orm import Mapper

__all__ = ["create", "leave_out_hybrids"]


def leave_out_hybrids(mappers: Iterable[Mapper[Any]]) -> int:
    """Let bulk inserts leave out the values of hybrid properties; returns how many there are."""
    mended = 0
    for mapper in mappers:
        for one in mapper.all_orm_descriptors:
            if one.extension_type is not HybridExtensionType.HYBRID_PROPERTY:
                continue
            if isinstance(one, hybrid_property) and one.bulk_dml_setter is None:
                one.bulk_dml_setter = _leave_out
                mended += 1
    return mended


def _nothing(_entity: Any, _mapping: Any, _value: Any) -> None:
    return


_leave_out: Any = _nothing


def create() -> Any:
    """The server as an ASGI application."""
    from prefect.server.api.server import create_app
    from prefect.server.database import orm_models

    leave_out_hybrids(orm_models.Base.registry.mappers)
    return create_app(final=True)
