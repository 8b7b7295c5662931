"""Bands of open holds as pages show them: how long one can still be captured, and how long it has stood.

The bands of time left are those of payments.md 3.2 row 3; each has a word, so that no page tells by color alone.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Tone = Literal["good", "plain", "warning", "breach"]
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Band:
    """A span of time, from ``least`` up to and without ``below``; None: without a limit on that side."""

    code: str
    told: str
    tone: Tone
    least: timedelta | None
    below: timedelta | None

    def __contains__(self, length: timedelta) -> bool:
        """Say whether a length of time is in the band."""
        return (self.least is None or length >= self.least) and (self.below is None or length < self.below)


TIME_LEFT = (
    Band("over", "lapsed", "breach", None, timedelta(0)),
    Band("under_6h", "under 6 h", "breach", timedelta(0), 6 * _HOUR),
    Band("under_24h", "6-24 h", "warning", 6 * _HOUR, 24 * _HOUR),
    Band("under_48h", "24-48 h", "warning", 24 * _HOUR, 48 * _HOUR),
    Band("over_48h", "over 48 h", "good", 48 * _HOUR, None),
)
"""How long a hold can still be captured. One whose end the processor did not tell is in none of them."""
AGES = (
    Band("under_1h", "under 1 h", "plain", None, _HOUR),
    Band("under_1d", "1-24 h", "plain", _HOUR, _DAY),
    Band("under_3d", "1-3 d", "plain", _DAY, 3 * _DAY),
    Band("under_5d", "3-5 d", "warning", 3 * _DAY, 5 * _DAY),
    Band("over_5d", "over 5 d", "breach", 5 * _DAY, None),
)
"""How long a hold has stood."""


def band_of(length: timedelta | None, bands: tuple[Band, ...] = TIME_LEFT) -> Band | None:
    """Return the band that a length of time is in; None where the length is unknown."""
    return None if length is None else next(band for band in bands if length in band)


def band_named(code: str, bands: tuple[Band, ...]) -> Band | None:
    """Return the band of a code; None: there is none."""
    return next((band for band in bands if band.code == code), None)
