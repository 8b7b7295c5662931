"""CDR on the wire (2.1.1 mod_cdrs). Fields from ``session_id`` on are of later versions, and some peers send them."""

from typing import Any

from msgspec import Struct

from clients.ocpi.fields import Instant, Number, Text
from clients.ocpi.periods import SentPeriod
from clients.ocpi.v2_1_1.wire.session import Place


class Cdr(Struct):
    """CDR; ``tariffs`` are read one by one, so that a strange one never loses a bill."""

    id: Text
    start_date_time: Instant
    stop_date_time: Instant
    auth_id: Text
    currency: Text
    total_cost: Any
    total_energy: Number
    total_time: Number
    last_updated: Instant
    location: Place | None = None
    auth_method: Text | None = None
    tariffs: list[Any] | None = None
    charging_periods: list[SentPeriod] | None = None
    total_parking_time: Number | None = None
    remark: Text | None = None
    session_id: Text | None = None
    authorization_reference: Text | None = None
    credit: bool | None = None
    credit_reference_id: Text | None = None
    country_code: Text | None = None
    party_id: Text | None = None
