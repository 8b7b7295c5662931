"""A stay: what pricing needs to know of a session or a bill, and nothing else of either.

Lives here: the value. Does not live here: how it is read from a version's JSON (``clients/ocpi/stay.py``), and what it
costs (``price``).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from api.domain.pricing.periods import ChargingPeriod


@dataclass(frozen=True, slots=True)
class Stay:
    """A car at a charger from ``starts_at`` to ``ended_at`` (UTC); without an end it was still there when last told.

    ``energy_in_wh`` says that the energy of the periods was sent in Wh, seen by the session's own count, and is in kWh
    here. ``kwh`` is that count.
    """

    starts_at: datetime
    ended_at: datetime | None
    periods: tuple[ChargingPeriod, ...]
    currency: str | None = None
    last_updated: datetime | None = None
    energy_in_wh: bool = False
    kwh: Decimal | None = None
