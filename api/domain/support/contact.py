"""Whom to call: roles, what a call costs, and which of several lines is the best at this moment (CP09, CP15).

Open comes before closed, then the caller's languages in their order, then what a call costs; what is equal in all of
these is ordered by how soon it opens, by the number and by the entry, so that the answer is always the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from api.domain.support.hours import Answering


class ContactRole(StrEnum):
    """Who calls."""

    DRIVER = "driver"
    """Drivers, also about their account."""
    OWNER = "owner"
    """Owners of sites, installers, partners, and whoever wants to buy."""


class Toll(StrEnum):
    """What a call costs the caller."""

    FREE = "free"
    NATIONAL = "national"
    """As any call in that country."""
    PAID = "paid"
    UNKNOWN = "unknown"


_CHEAPEST = (Toll.FREE, Toll.NATIONAL, Toll.UNKNOWN, Toll.PAID)
_NEVER = 1 << 62


class Doubt(StrEnum):
    """What is dubious about a contact as somebody wrote it, or was mended; people decide, not we."""

    PLUS_MISSING = "plus_missing"
    """The country's code stood there without its plus: mended, since the number can be read in no other way."""
    BRACKET_STRAY = "bracket_stray"
    """A bracket without its other half: left out."""
    LANGUAGE_DOUBTFUL = "language_doubtful"
    """A language that is spoken neither where the number is nor around the world: kept as written, never a match."""
    ZONE_MISSING = "zone_missing"
    """Hours without a zone: the country's own was taken."""
    HOURS_SHARED = "hours_shared"
    """Hours that stood once below several numbers: taken for all of them."""
    HOURS_DIFFER = "hours_differ"
    """The same number has other hours in another row: each is kept as written."""
    HOURS_MISSING = "hours_missing"
    HOURS_UNREADABLE = "hours_unreadable"
    """A part of the hours is none that we can read; the rest counts."""
    NUMBER_DOUBTFUL = "number_doubtful"
    """No number of that country, or one that can be read in two ways: not taken in."""
    ROW_REPEATED = "row_repeated"
    """The same number for the same people twice: the first one counts."""
    ROW_UNREADABLE = "row_unreadable"
    """Something else in the row cannot be read: not taken in."""
    KEPT_BY_HAND = "kept_by_hand"
    """The source changed an entry that somebody of staff had changed: theirs stays until they decide."""


MENDED = frozenset({Doubt.PLUS_MISSING, Doubt.BRACKET_STRAY})
"""Needs no decision: there was one way to read it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is ranked; ``answering`` None: nobody told its hours."""

    key: str
    number: str
    toll: Toll
    answering: Answering | None
    unsure: frozenset[str] = frozenset()
    """Languages that are in doubt: they match nobody's."""

    @property
    def is_open(self) -> bool:
        """Say whether somebody is known to answer now."""
        return self.answering is not None and self.answering.open


def ranked(lines: Iterable[Line], languages: Sequence[str]) -> list[Line]:
    """Return the lines, the best first, for a caller who speaks these languages, the preferred first."""
    return sorted(lines, key=lambda line: _rank(line, languages))


def matched(line: Line, languages: Sequence[str]) -> int:
    """Return the place in the caller's languages of the first one spoken now, their count where none is."""
    spoken = line.answering.languages_now if line.answering is not None else ()
    sure = set(spoken) - line.unsure
    return next((place for place, each in enumerate(languages) if each in sure), len(languages))


def _rank(line: Line, languages: Sequence[str]) -> tuple[int, int, int, int, str, str]:
    change = line.answering.next_change_at if line.answering is not None else None
    return (
        0 if line.is_open else 1 if line.answering is None else 2,
        matched(line, languages),
        _CHEAPEST.index(line.toll),
        0 if line.is_open else int(change.timestamp()) if change is not None else _NEVER,
        line.number,
        line.key,
    )
