"""Charging periods: the measured shape of a session that tariffs are applied to (2.3.0 chapter 10, ChargingPeriod).

Lives here: the value types. ``cut`` makes periods out of meter readings, ``price`` prices them.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.tariff import DimensionType

__all__ = ["ChargingPeriod", "Dimension", "PricingRefused", "Reading"]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One measured volume: kWh, hours, A, kW or percent, by ``type``."""

    type: DimensionType
    volume: Decimal


@dataclass(frozen=True, slots=True)
class ChargingPeriod:
    """A stretch of a session that begins at ``starts_at`` (aware) and lasts until the next one or the session's end."""

    starts_at: datetime
    dimensions: tuple[Dimension, ...]
    tariff_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A meter reading: cumulative ``energy_kwh`` at ``at`` and whether energy flows from here to the next reading.

    The first reading of a session is its start; energy counts from there, so a session counter and a meter register
    both work. ``power_kw`` is the power until the next reading, when known.
    """

    at: datetime
    energy_kwh: Decimal
    charging: bool
    power_kw: Decimal | None = None
