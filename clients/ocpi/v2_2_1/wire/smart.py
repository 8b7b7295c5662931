"""Charging preferences and charging profiles on the wire (2.2.1 chapters 9 and 14)."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from clients.ocpi.fields import Instant, Number, Text, Whole
from clients.ocpi.v2_2_1.wire.command import Url
from clients.ocpi.v2_2_1.wire.token import DateTimeText

Seconds = Annotated[int, Meta(ge=0)]


class OurPreferences(Struct, omit_defaults=True):
    """ChargingPreferences as we send them."""

    profile_type: Literal["CHEAP", "FAST", "GREEN", "REGULAR"]
    departure_time: DateTimeText | None = None
    energy_need: Decimal | None = None
    discharge_allowed: bool = False


class OurPeriod(Struct):
    """ChargingProfilePeriod as we send it."""

    start_period: Seconds
    limit: Decimal


class OurProfile(Struct, omit_defaults=True):
    """ChargingProfile as we send it."""

    charging_rate_unit: Literal["W", "A"]
    charging_profile_period: Annotated[list[OurPeriod], Meta(min_length=1)]
    start_date_time: DateTimeText | None = None
    duration: Seconds | None = None
    min_charging_rate: Decimal | None = None


class SetProfile(Struct):
    """SetChargingProfile."""

    charging_profile: OurProfile
    response_url: Url


class ProfileResponse(Struct):
    """ChargingProfileResponse: the operator's word at once."""

    result: Text
    timeout: Whole | None = None


class Period(Struct):
    """ChargingProfilePeriod as partners send it."""

    start_period: Whole
    limit: Number


class Profile(Struct):
    """ChargingProfile as partners send it."""

    charging_rate_unit: Text
    charging_profile_period: list[Period] | None = None
    start_date_time: Instant | None = None
    duration: Whole | None = None
    min_charging_rate: Number | None = None


class ActiveProfile(Struct):
    """ActiveChargingProfile."""

    start_date_time: Instant
    charging_profile: Profile


class ProfileResult(Struct):
    """One of the three results of the charger; only the one of an active profile brings a profile."""

    result: Text
    profile: Any = None
