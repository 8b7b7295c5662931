"""Charging periods, which every version spells alike (2.1.1 mod_cdrs 4.2 to 4.4, 2.2.1 and 2.3.0 chapter 10).

Lives here: their wire shape, how they become ours, and energy that was sent in Wh. Does not live here: the sessions and
CDRs that hold them (``v*/mapping``, ``stay.py``). 2.1.1 has no ``tariff_id``; reading one that is sent does no harm.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import DimensionType
from clients.ocpi.fields import Instant, Number, Text
from clients.ocpi.plain import known_or_none, text_or_none

_WH_PER_KWH = 1000
_CLEARLY_TOO_MUCH = 20
_ENERGY = {DimensionType.energy, DimensionType.energy_import, DimensionType.energy_export}


class SentDimension(Struct):
    """CdrDimension: one measured volume."""

    type: Text
    volume: Number


class SentPeriod(Struct):
    """ChargingPeriod: a stretch of a session under the same conditions."""

    start_date_time: Instant
    dimensions: list[SentDimension] | None = None
    tariff_id: Text | None = None


def read_periods(sent: Sequence[SentPeriod] | None) -> tuple[ChargingPeriod, ...]:
    """Return charging periods; a dimension we do not know has no price and is left out."""
    return tuple(
        ChargingPeriod(
            starts_at=period.start_date_time.value,
            dimensions=tuple(_dimensions(period.dimensions)),
            tariff_id=text_or_none(period.tariff_id),
        )
        for period in sent or ()
    )


def _dimensions(sent: Sequence[SentDimension] | None) -> list[Dimension]:
    kinds = [(known_or_none(DimensionType, each.type), Decimal(each.volume)) for each in sent or ()]
    return [Dimension(kind, volume) for kind, volume in kinds if kind is not None]


def energy_in_kwh(
    periods: tuple[ChargingPeriod, ...], kwh: Decimal | None, *, whole: bool
) -> tuple[ChargingPeriod, ...]:
    """Return periods with energy in kWh when it was clearly sent in Wh beside the ``kwh`` of the session or CDR.

    The session examples of the specification do so. ``whole`` says that the periods cover all of ``kwh``; in a PATCH
    they are only the latest part of it.
    """
    total = sum((d.volume for p in periods for d in p.dimensions if d.type is DimensionType.energy), Decimal(0))
    if not kwh or kwh < 0 or total <= 0:
        return periods
    ratio = total / kwh
    likely = _WH_PER_KWH / 2 <= ratio <= _WH_PER_KWH * 2 if whole else _CLEARLY_TOO_MUCH < ratio <= _WH_PER_KWH * 2
    return tuple(_from_wh(period) for period in periods) if likely else periods


def _from_wh(period: ChargingPeriod) -> ChargingPeriod:
    dimensions = tuple(Dimension(d.type, d.volume / _WH_PER_KWH) if d.type in _ENERGY else d for d in period.dimensions)
    return ChargingPeriod(starts_at=period.starts_at, dimensions=dimensions, tariff_id=period.tariff_id)
