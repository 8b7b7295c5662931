"""What energy costs at many connectors at once, for lists and maps: one query for all their tariffs.

The binding price is the quote's (``services/charging/quote.py``); here only the kWh price that would apply now is
read from the published tariff, or the reason why there is none: an unknown price is never shown as zero (P13).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.pricing.local_time import zone_of
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.select import Moment, candidates, choose
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.pricing.tariff import ComponentType, Tariff, TaxIncluded
from api.models.location import ConnectorRow, LocationRow, TariffRow

_FOR_OTHERS = "ad_hoc_payment"


class NoPrice(StrEnum):
    """Why there is no kWh price to show."""

    NOT_PUBLISHED = "not_published"
    NO_ENERGY_PRICE = "no_energy_price"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class EnergyPrice:
    """The price of a kWh if a charge began now, exact and in major units, or the reason why it is unknown.

    ``tax_included`` is None when the partner does not say. ``varies`` tells that it changes with time or energy,
    ``also`` names the other components that cost something.
    """

    per_kwh: Decimal | None
    currency: str | None = None
    tax_included: bool | None = None
    vat_percent: Decimal | None = None
    varies: bool = False
    also: tuple[str, ...] = ()
    reason: NoPrice | None = None


async def energy_prices(
    db: AsyncSession, now: datetime, places: Sequence[tuple[LocationRow, ConnectorRow]]
) -> dict[str, EnergyPrice]:
    """Return the kWh price of each connector, by connector key."""
    wanted = {str(tariff_id).upper() for _, connector in places for tariff_id in connector.tariff_ids}
    partners = {location.partner_id for location, _ in places}
    rows: list[TariffRow] = []
    if wanted:
        query = select(TariffRow).where(
            col(TariffRow.partner_id).in_(partners), func.upper(col(TariffRow.id)).in_(wanted)
        )
        rows = list((await db.exec(query)).all())
    by_id: dict[tuple[str, str], list[TariffRow]] = {}
    for row in rows:
        by_id.setdefault((row.partner_id, row.id.upper()), []).append(row)
    return {connector.key: _price_at(now, location, connector, by_id) for location, connector in places}


def energy_price_of(tariff: Tariff, local: datetime) -> EnergyPrice:
    """Return the kWh price of a tariff at the start of a charge; ``local`` is the charger's own time."""
    options = candidates(tariff, ComponentType.energy)
    chosen = choose(options, Moment(local, timedelta(0), Decimal(0))).candidate
    also = tuple(
        sorted(
            {
                part.type.value
                for element in tariff.elements
                for part in element.components
                if part.type is not ComponentType.energy and part.price > 0
            }
        )
    )
    if chosen is None:
        return EnergyPrice(None, tariff.currency, also=also, reason=NoPrice.NO_ENERGY_PRICE)
    component = chosen.component
    included: bool | None = True
    if tariff.tax_included is TaxIncluded.no:
        included = None if component.vat is None else component.vat == 0
    return EnergyPrice(
        component.price,
        tariff.currency,
        included,
        component.vat,
        varies=len({o.component.price for o in options}) > 1,
        also=also,
    )


def _price_at(
    now: datetime, location: LocationRow, connector: ConnectorRow, by_id: dict[tuple[str, str], list[TariffRow]]
) -> EnergyPrice:
    for tariff_id in connector.tariff_ids:
        rows = by_id.get((location.partner_id, str(tariff_id).upper()), [])
        own = [row for row in rows if (row.country_code, row.party_id) == (location.country_code, location.party_id)]
        for row in own or rows:
            if str(row.snapshot.get("type") or "").lower() == _FOR_OTHERS:
                continue
            try:
                return energy_price_of(tariff_from_json(row.snapshot), now.astimezone(zone_of(location.time_zone)))
            except PricingRefused:
                return EnergyPrice(None, reason=NoPrice.UNREADABLE)
    return EnergyPrice(None, reason=NoPrice.NOT_PUBLISHED)
