"""The shape of a file: which element of a format's object is which field of the mapping."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["FieldShape", "Scalar", "Shape", "SourceShape"]

Scalar = str | bool | int


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FieldShape(_Strict):
    """Where a field of the mapping stands in the object.

    `path` are element names joined by `/`, or several such paths: a version has one of them, and
    the first that is there counts. `values` turn the format's members into the field's; `default`
    stands for an element that is not there; `value` is a field that the object does not tell,
    because it is the same in all of them. `since` is the first version that has the path. Of an
    `unsaid` field the format carries nothing. `as: vat kind` is the kind of an item's rate of VAT.
    """

    path: str | list[str] | None = None
    values: dict[str, Scalar] | None = None
    default: Scalar | None = None
    value: Scalar | None = None
    since: str | None = None
    unsaid: bool = False
    as_: Literal["vat kind"] | None = Field(alias="as", default=None)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, said: Any) -> Any:
        """`Поле: Путь` and `Поле: [Путь, Путь]` are short for `Поле: {path: …}`."""
        return {"path": said} if isinstance(said, str | list) else said

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths as a tuple, maybe empty."""
        if self.path is None:
            return ()
        return (self.path,) if isinstance(self.path, str) else tuple(self.path)


class SourceShape(_Strict):
    """Rows of the object that feed a tabular section.

    `only` and `except` choose rows by an element's value; `lines` tells which rows of ours are
    written here: those of goods, or those of services.
    """

    rows: str
    only: dict[str, list[str]] = {}
    except_: dict[str, list[str]] = Field(alias="except", default={})
    lines: Literal["goods", "services"] | None = None
    fields: dict[str, FieldShape] = Field(min_length=1)


class Shape(_Strict):
    """A file: the format's object, its fields, its sections.

    `written` are elements that the format requires and the mapping does not name, each with the
    rule that fills it; `left_out` are constants of the mapping that the format has no place for.
    What is not `sent_back` a base takes and never sends: nobody hears of what is changed there.
    """

    object: str
    sent_back: bool = True
    fields: dict[str, FieldShape] = Field(min_length=1)
    sections: dict[str, list[SourceShape]] = {}
    written: dict[str, Literal["legal form"]] = {}
    left_out: list[str] = []
