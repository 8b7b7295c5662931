"""Smart charging: what a driver prefers, and limits over time for a running session.

Answers to OCPI 2.2.1 chapters 9 (charging preferences) and 14 (charging profiles); 2.1.1 has neither. A limit is a
most, never a promise of what the car will take.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from api.domain.errors import Invalid

MOST_PERIODS = 1000
"""More steps than a charge has minutes to follow them."""


class ProfileType(StrEnum):
    """What matters most to the driver."""

    CHEAP = "cheap"
    FAST = "fast"
    GREEN = "green"
    REGULAR = "regular"


@dataclass(frozen=True, slots=True)
class ChargingPreferences:
    """When a driver leaves, how much they need, and what matters most to them."""

    profile_type: ProfileType
    departure_at: datetime | None = None
    energy_need_kwh: Decimal | None = None
    discharge_allowed: bool = False


class PreferencesAnswer(StrEnum):
    """The operator's word on preferences. ``accepted`` means that it tries, not that it succeeds."""

    ACCEPTED = "accepted"
    DEPARTURE_REQUIRED = "departure_required"
    ENERGY_NEED_REQUIRED = "energy_need_required"
    NOT_POSSIBLE = "not_possible"
    PROFILE_TYPE_NOT_SUPPORTED = "profile_type_not_supported"


class RateUnit(StrEnum):
    """In what a limit is given: watts in all, or amperes for each phase."""

    WATT = "w"
    AMPERE = "a"


@dataclass(frozen=True, slots=True)
class ProfilePeriod:
    """From ``starts_after_seconds`` after the profile's start until the next period, at most ``limit``."""

    starts_after_seconds: int
    limit: Decimal


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """Limits over time; without ``starts_at`` relative to the start of charging, without a duration until its end."""

    unit: RateUnit
    periods: tuple[ProfilePeriod, ...]
    starts_at: datetime | None = None
    duration_seconds: int | None = None
    min_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ActiveChargingProfile:
    """What the charger plans to do, as calculated by it at ``calculated_at``, to which all its times are relative."""

    calculated_at: datetime
    profile: ChargingProfile


class ProfileAnswerKind(StrEnum):
    """The operator's word at once on a request about a profile: will it be passed on?"""

    ACCEPTED = "accepted"
    NOT_SUPPORTED = "not_supported"
    REJECTED = "rejected"
    TOO_OFTEN = "too_often"
    UNKNOWN_SESSION = "unknown_session"


@dataclass(frozen=True, slots=True)
class ProfileAnswer:
    """The answer at once; ``timeout_seconds`` is how long to wait for the charger's result."""

    kind: ProfileAnswerKind
    timeout_seconds: int


class ProfileResultKind(StrEnum):
    """The charger's word, later."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    """There was no profile that the request could mean."""


@dataclass(frozen=True, slots=True)
class ProfileResult:
    """The charger's result; ``active`` comes only where the active profile was asked for."""

    kind: ProfileResultKind
    active: ActiveChargingProfile | None = None


class ProfileInvalid(Invalid):
    """No charger could follow these limits. Fact: ``reason``."""


def profile_of(
    unit: RateUnit,
    periods: Sequence[ProfilePeriod],
    *,
    starts_at: datetime | None = None,
    duration_seconds: int | None = None,
    min_rate: Decimal | None = None,
) -> ChargingProfile:
    """Return a profile that we may send; raises ProfileInvalid.

    It begins at its start, its periods follow each other, and numbers have at most one digit after the point.
    """
    starts = [period.starts_after_seconds for period in periods]
    rates = [*(period.limit for period in periods), *([] if min_rate is None else [min_rate])]
    problems = {
        "no periods": not periods,
        "too many periods": len(periods) > MOST_PERIODS,
        "the first period must start at 0": bool(starts) and starts[0] != 0,
        "periods must start one after the other": any(a >= b for a, b in pairwise(starts)),
        "a rate is below zero": any(rate < 0 for rate in rates),
        "a rate has more than one digit after the point": any(rate * 10 % 1 for rate in rates),
        "the last period starts after the end": duration_seconds is not None
        and (duration_seconds <= 0 or (bool(starts) and starts[-1] >= duration_seconds)),
    }
    for problem, found in problems.items():
        if found:
            raise ProfileInvalid("charging_profile_invalid", reason=problem)
    return ChargingProfile(unit, tuple(periods), starts_at, duration_seconds, min_rate)
