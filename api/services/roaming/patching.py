"""Merging a partner's PATCH into what we hold: absent stays, null clears what may be empty, the rest replaces.

Knows no object in particular; what a session does beyond this (periods append) is in ``sessions.py``.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from api.domain.errors import Invalid

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

_UNDATED = frozenset({"2.1.1"})
"""Versions in which a PATCH need not say when the change was."""


class PatchRefused(Invalid):
    """A PATCH clears a required field, names a field we do not have or lacks ``last_updated``. Fact: ``reason``."""


def merged(value: T, changes: Mapping[str, object]) -> T:
    """Return the frozen dataclass ``value`` with ``changes`` (field names to values) applied; raises PatchRefused."""
    known = {field.name: field for field in fields(value)}
    return replace(value, **{name: _new_value(known.get(name), name, given) for name, given in changes.items()})


def moment_of(changes: Mapping[str, object], version: str | None = None) -> datetime | None:
    """Return the ``last_updated`` that a PATCH must carry (OCPI 2.2.1 chapters 8 and 9); raises PatchRefused.

    2.1.1 does not ask for it: without one, None, and the change counts as it comes.
    """
    at = changes.get("last_updated")
    if at is None and "last_updated" not in changes and version in _UNDATED:
        return None
    if not isinstance(at, datetime):
        raise PatchRefused("patch_refused", reason="last_updated: missing")
    return at


def _new_value(field: "Field[Any] | None", name: str, given: object) -> object:
    """Return what ``given`` means for a field."""
    if field is None:
        raise PatchRefused("patch_refused", reason=f"{name}: unknown field")
    if given is not None:
        return given
    if field.default is MISSING:
        raise PatchRefused("patch_refused", reason=f"{name}: required, cannot be null")
    return field.default
