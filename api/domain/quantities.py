"""Quantities: energy in kWh and Wh, durations in hours and seconds, with the named roundings between them.

Energy is an exact ``Decimal`` of kWh in tariffs and periods and an integer of Wh where it is stored or shown
(OCPI 2.2.1 chapter 10.4, ``CdrDimension``: kWh and hours). Money has its own module.
"""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

SECONDS_PER_HOUR = Decimal(3600)
_MICROSECOND = Decimal("0.000001")


def kwh_to_wh(kwh: Decimal) -> int:
    """Return whole Wh, half up: a meter counts in Wh, so this only removes noise below the meter's resolution."""
    return int((kwh * 1000).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def wh_to_kwh(wh: int) -> Decimal:
    """Return ``wh`` as exact kWh."""
    return Decimal(wh).scaleb(-3)


def seconds(duration: timedelta) -> Decimal:
    """Return a duration as exact seconds, to the microsecond that ``timedelta`` itself keeps."""
    whole = duration.days * 86_400 + duration.seconds
    return whole + duration.microseconds * _MICROSECOND if duration.microseconds else Decimal(whole)


def hours(duration: timedelta) -> Decimal:
    """Return a duration as hours, to the 28 digits of ``Decimal``; ``hours_to_seconds`` gives back the same seconds."""
    return seconds(duration) / SECONDS_PER_HOUR


def hours_to_seconds(volume: Decimal) -> Decimal:
    """Return the seconds that a volume in decimal hours stands for, to the nearest microsecond.

    A third of an hour has no end in decimals, so partners send 0.3333333333 h; the microsecond, which is as fine as a
    time stamp gets, gives back the 1200 s that were meant. Without it a price would carry the writing of the number.
    """
    return (volume * SECONDS_PER_HOUR).quantize(_MICROSECOND, rounding=ROUND_HALF_UP).normalize() + 0
