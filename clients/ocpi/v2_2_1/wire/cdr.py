"""CDR on the wire (2.2.1 chapter 10)."""

from typing import Any

from msgspec import Struct

from clients.ocpi.fields import Instant, Number, Text
from clients.ocpi.periods import SentPeriod
from clients.ocpi.prices import SentPrice
from clients.ocpi.v2_2_1.wire.session import CdrToken


class CdrLocation(Struct):
    """Where the charge took place; everything but the id may be unknown."""

    id: Text
    name: Text | None = None
    address: Text | None = None
    city: Text | None = None
    country: Text | None = None
    evse_uid: Text | None = None
    evse_id: Text | None = None
    connector_id: Text | None = None


class Cdr(Struct):
    """CDR; ``tariffs`` and the parts of the cost are read one by one, so that a strange one never loses a bill."""

    id: Text
    start_date_time: Instant
    end_date_time: Instant
    cdr_token: CdrToken
    cdr_location: CdrLocation
    currency: Text
    total_cost: SentPrice
    total_energy: Number
    total_time: Number
    last_updated: Instant
    country_code: Text | None = None
    party_id: Text | None = None
    charging_periods: list[SentPeriod] | None = None
    total_parking_time: Number | None = None
    total_fixed_cost: Any = None
    total_energy_cost: Any = None
    total_time_cost: Any = None
    total_parking_cost: Any = None
    total_reservation_cost: Any = None
    session_id: Text | None = None
    auth_method: Text | None = None
    authorization_reference: Text | None = None
    tariffs: list[Any] | None = None
    credit: bool | None = None
    credit_reference_id: Text | None = None
    remark: Text | None = None
