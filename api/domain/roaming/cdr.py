"""The CDR: the partner's billing record, the only thing money moves on (OCPI 2.2.1 chapter 10).

A credit CDR cancels an earlier one; what counts for a session is the net of all its CDRs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from api.domain.pricing.periods import ChargingPeriod
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.session import Price
from api.domain.roaming.token import CdrToken


@dataclass(frozen=True, slots=True)
class CdrLocation:
    """Where the charge took place, as the bill states it; ``#NA`` stands for what the partner cannot know."""

    id: str
    address: str
    city: str
    country: str
    evse_uid: str
    evse_id: str
    connector_id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Cdr:
    """One billing record. Energy in kWh, times in hours, ``total_cost`` what the partner bills us.

    ``costs`` are the parts of ``total_cost`` that the partner states, by what they are for: a component type or
    ``reservation``. On a credit CDR only ``total_cost`` is negative; the other totals repeat the original's.
    """

    country_code: str
    party_id: str
    id: str
    starts_at: datetime
    ended_at: datetime
    cdr_token: CdrToken
    location: CdrLocation
    currency: str
    charging_periods: tuple[ChargingPeriod, ...]
    total_cost: Price
    total_energy_kwh: Decimal
    total_time_hours: Decimal
    last_updated: datetime
    total_parking_time_hours: Decimal | None = None
    session_id: str | None = None
    auth_method: str | None = None
    authorization_reference: str | None = None
    tariffs: tuple[Tariff, ...] = ()
    costs: Mapping[str, Price] = field(default_factory=dict)
    credit: bool = False
    credit_reference_id: str | None = None
    remark: str | None = None
