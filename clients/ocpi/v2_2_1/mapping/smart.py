"""Preferences and profiles written as 2.2.1, their replies read (chapters 9 and 14); 2.3.0 has the very same."""

from decimal import Decimal

from api.domain.roaming.smart import (
    ActiveChargingProfile,
    ChargingPreferences,
    ChargingProfile,
    PreferencesAnswer,
    ProfileAnswer,
    ProfileAnswerKind,
    ProfilePeriod,
    ProfileResult,
    ProfileResultKind,
    RateUnit,
)
from clients.ocpi.fields import Text, read_as, write_as, write_instant
from clients.ocpi.plain import at_or_none, known_or_none, number_or_none
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.wire import smart as wire

DEFAULT_TIMEOUT_SECONDS = 30
"""How long to wait for a result when the partner does not say."""


def write_preferences(preferences: ChargingPreferences) -> dict[str, object]:
    """Write ChargingPreferences; raises Unwritable."""
    departure = preferences.departure_at
    return write_as(
        wire.OurPreferences(
            profile_type=preferences.profile_type.upper(),  # type: ignore[arg-type]  # write_as checks the list
            departure_time=None if departure is None else write_instant(departure),
            energy_need=preferences.energy_need_kwh,
            discharge_allowed=preferences.discharge_allowed,
        )
    )


def read_preferences_answer(raw: object) -> PreferencesAnswer:
    """Read ChargingPreferencesResponse, a bare word; raises Unreadable for one that we do not know."""
    kind = known_or_none(PreferencesAnswer, Text(raw)) if isinstance(raw, str) else None
    if kind is None:
        raise Unreadable("data: not a ChargingPreferencesResponse")
    return kind


def write_set_profile(profile: ChargingProfile, response_url: str) -> dict[str, object]:
    """Write SetChargingProfile; raises Unwritable."""
    return write_as(
        wire.SetProfile(
            charging_profile=wire.OurProfile(
                charging_rate_unit=profile.unit.upper(),  # type: ignore[arg-type]  # write_as checks the list
                charging_profile_period=[
                    wire.OurPeriod(period.starts_after_seconds, period.limit) for period in profile.periods
                ],
                start_date_time=None if profile.starts_at is None else write_instant(profile.starts_at),
                duration=profile.duration_seconds,
                min_charging_rate=profile.min_rate,
            ),
            response_url=response_url,
        )
    )


def read_profile_answer(raw: object) -> ProfileAnswer:
    """Read ChargingProfileResponse; raises Unreadable for a result we do not know: it may or may not be passed on."""
    sent = read_as(wire.ProfileResponse, raw)
    kind = known_or_none(ProfileAnswerKind, sent.result)
    if kind is None:
        raise Unreadable("result: not a value we know")
    timeout = DEFAULT_TIMEOUT_SECONDS if sent.timeout is None else max(0, int(sent.timeout))
    return ProfileAnswer(kind, timeout)


def read_profile_result(raw: object) -> ProfileResult:
    """Read the charger's result of any of the three requests; raises Unreadable."""
    sent = read_as(wire.ProfileResult, raw)
    kind = known_or_none(ProfileResultKind, sent.result)
    if kind is None:
        raise Unreadable("result: not a value we know")
    return ProfileResult(kind, None if sent.profile is None else read_active_profile(sent.profile))


def read_active_profile(raw: object) -> ActiveChargingProfile:
    """Read ActiveChargingProfile; raises Unreadable."""
    sent = read_as(wire.ActiveProfile, raw)
    profile = sent.charging_profile
    unit = known_or_none(RateUnit, profile.charging_rate_unit)
    if unit is None:
        raise Unreadable("charging_profile.charging_rate_unit: neither W nor A")
    periods = [
        ProfilePeriod(int(period.start_period), Decimal(period.limit))
        for period in profile.charging_profile_period or ()
    ]
    return ActiveChargingProfile(
        calculated_at=sent.start_date_time.value,
        profile=ChargingProfile(
            unit=unit,
            periods=tuple(periods),
            starts_at=at_or_none(profile.start_date_time),
            duration_seconds=None if profile.duration is None else int(profile.duration),
            min_rate=number_or_none(profile.min_charging_rate),
        ),
    )
