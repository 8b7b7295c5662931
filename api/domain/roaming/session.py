"""The partner's OCPI session: display data about a charge that runs at their charger (OCPI 2.2.1 chapter 9).

Never a bill: money moves on CDRs only. Our driver's journey is ``ChargingSession`` in ``api/models/charging.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from api.domain.pricing.periods import ChargingPeriod
from api.domain.roaming.token import CdrToken


class SessionStatus(StrEnum):
    """The partner's word for where the session stands."""

    PENDING = "pending"
    ACTIVE = "active"
    COMPLETED = "completed"
    INVALID = "invalid"
    RESERVATION = "reservation"


@dataclass(frozen=True, slots=True)
class Price:
    """An amount without and with taxes in the object's currency; ``after_taxes`` None means unknown, not zero."""

    before_taxes: Decimal
    after_taxes: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A partner's session as last pushed or pulled. Energy in kWh; ``total_cost`` is what the partner bills us."""

    country_code: str
    party_id: str
    id: str
    starts_at: datetime
    kwh: Decimal
    cdr_token: CdrToken
    location_id: str
    evse_uid: str
    connector_id: str
    currency: str
    status: SessionStatus
    last_updated: datetime
    ended_at: datetime | None = None
    auth_method: str | None = None
    authorization_reference: str | None = None
    total_cost: Price | None = None
    charging_periods: tuple[ChargingPeriod, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionPatch:
    """What a PATCH changes: our field names of ``Session`` to new values.

    A key that is absent stays; an explicit None clears an optional field; ``charging_periods`` are appended.
    """

    changes: Mapping[str, object]
    last_updated: datetime | None
