"""Entering objects into a base of any configuration: what it has no room for is left out."""

from __future__ import annotations

from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.posting import empty_record
from provodka.sandbox.onec.values import Record


def enter(objects: Objects, set_name: str, values: Record) -> None:
    """Store an object of a set; nothing happens if the configuration has no such set.

    Properties and columns that the configuration does not know are left out, those that `values`
    do not name are empty.
    """
    entity = objects.schema.entities.get(set_name)
    if entity is None:
        return
    record = empty_record(entity)
    record |= {name: value for name, value in values.items() if name in record}
    for section, fields in entity.sections.items():
        blank = {name: field.default for name, field in fields.items()}
        record[section] = [
            blank | {name: value for name, value in row.items() if name in blank}
            for row in record[section]
        ]
    objects.put(entity, record)
