"""What a code means, who is likely behind it and what to do: one table for drivers, staff and diagnosis (CN26).

The table has a version. Whoever changes a line raises ``VERSION`` and sets ``CHANGED_ON``; a test holds both to the
lines by a digest, so that nobody forgets. Codes are looked up as people and chargers spell them: ``EVSE_INOPERATIVE``,
``ConnectorLockFailure`` and ``connector-lock-failure`` are found.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from api.domain.language import LANGUAGES
from api.domain.support.meanings_errors import ERRORS
from api.domain.support.meanings_failures import FAILURES
from api.domain.support.meanings_more_failures import ALIKE, MORE_FAILURES
from api.domain.support.meanings_rows import Cause, Kind, Row
from api.domain.support.meanings_states import SAME_AS_FAILURE, STATES

VERSION: Final = 1
CHANGED_ON: Final = date(2026, 3, 2)
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means, in one language."""

    code: str
    kind: Kind
    cause: Cause
    meaning: str
    driver: str
    staff: str


def _table() -> Mapping[tuple[Kind, str], Row]:
    table = {(row.kind, row.code): row for row in (*FAILURES, *MORE_FAILURES, *STATES, *ERRORS)}
    for code, like in ALIKE.items():
        table[Kind.CHARGE_FAILURE, code] = replace(table[Kind.CHARGE_FAILURE, like], code=code)
    for (kind, code), like in SAME_AS_FAILURE.items():
        table[kind, code] = replace(table[Kind.CHARGE_FAILURE, like], code=code, kind=kind)
    return table


_TABLE: Final = _table()


def spelled(code: str) -> str:
    """Return a code as the table has it."""
    apart = "_".join(_WORD.split(code)) if not code.isupper() else code
    return _BETWEEN.sub("_", apart).strip("_").lower()


def row_of(kind: Kind, code: str) -> Row | None:
    """Return the line of a code, None where there is none."""
    return _TABLE.get((kind, spelled(code)))


def meanings_of(code: str, language: str, kind: Kind | None = None) -> Sequence[Meaning]:
    """Return what a code means, once for each list that has it; a charge's own failures come first."""
    wanted, at = spelled(code), LANGUAGES.index(language)
    kinds = [Kind.CHARGE_FAILURE, *(each for each in Kind if each is not Kind.CHARGE_FAILURE)]
    rows = (_TABLE.get((each, wanted)) for each in kinds if kind in {None, each})
    return [
        Meaning(row.code, row.kind, row.cause, row.meaning[at], row.driver[at], row.staff)
        for row in rows
        if row is not None
    ]


def every_row() -> Sequence[Row]:
    """Return the whole table, by kind and code."""
    return [_TABLE[key] for key in sorted(_TABLE)]


def digest() -> str:
    """Return a digest of all lines, by which a forgotten change of the version is found."""
    return hashlib.sha256(repr(every_row()).encode()).hexdigest()[:16]
