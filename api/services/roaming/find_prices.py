"""What energy costs at many connectors at once, for lists and maps: two queries, for their tariffs and for our rules.

The binding price is the quote's (``services/charging/quote.py``); here only the kWh price that would apply now is
told, as the driver pays it, or the reason why there is none: an unknown price is never shown as zero (P13).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.pricing.local_time import zone_of
from api.domain.pricing.offer import ONLY_IN_WORDS, offered_prices, reachable, unknown_because
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.retail import RetailRule
from api.domain.pricing.rulebook import RetailTerms
from api.domain.pricing.select import Moment, choose
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.pricing.tariff import ComponentType, Tariff
from api.domain.pricing.unit_price import unit_price
from api.models.location import ConnectorRow, LocationRow, TariffRow
from api.ports.policy import ServicePolicy
from api.services.prices.resolve import rule_for, terms_valid_at
from api.services.roaming.ladder import connector_of
from api.services.roaming.tariffs import best_tariff

WATTS_PER_KW = 1000


class NoPrice(StrEnum):
    """Why there is no kWh price to show."""

    NOT_PUBLISHED = "not_published"
    ONLY_IN_WORDS = "price_only_in_words"
    NO_ENERGY_PRICE = "no_energy_price"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class EnergyPrice:
    """What the driver pays for a kWh if a charge began now, exact and in major units, or why that is unknown.

    ``tax_included`` is None when nobody knows the tax: then the price is before it. ``varies`` tells that it changes
    with time, energy or power, ``also`` names the other components and fees that cost something.
    """

    per_kwh: Decimal | None
    currency: str | None = None
    tax_included: bool | None = None
    vat_percent: Decimal | None = None
    varies: bool = False
    also: tuple[str, ...] = ()
    reason: NoPrice | None = None


@dataclass(frozen=True, slots=True)
class _Prices:
    """What prices many connectors: stored tariffs by partner and id (None: unreadable), and our rules of the moment."""

    now: datetime
    policy: ServicePolicy
    terms: Sequence[RetailTerms]
    tariffs: dict[tuple[str, str], list[tuple[TariffRow, Tariff | None]]]
    known: dict[tuple[int, RetailRule, str, int | None], EnergyPrice] = field(default_factory=dict)
    """By tariff object, rule, time zone and power: a network has few of each, and many connectors."""

    def at(self, location: LocationRow, connector: ConnectorRow) -> EnergyPrice:
        """Return the price at one connector."""
        names = dict.fromkeys(str(tariff_id).upper() for tariff_id in connector.tariff_ids)
        listed = [each for name in names for each in self.tariffs.get((location.partner_id, name), ())]
        stored = [(row, tariff) for row, tariff in listed if tariff is not None]
        tariff = best_tariff(stored, connector=connector, location=location, now=self.now)
        if tariff is None:
            return EnergyPrice(None, reason=NoPrice.UNREADABLE if len(stored) < len(listed) else NoPrice.NOT_PUBLISHED)
        try:
            return self._of(tariff, location, connector_of(connector).power_w)
        except PricingRefused:
            return EnergyPrice(None, reason=NoPrice.UNREADABLE)

    def _of(self, tariff: Tariff, location: LocationRow, power_w: int | None) -> EnergyPrice:
        """Price a kWh under a tariff, once for all places that are alike; raises PricingRefused."""
        rule = rule_for(
            self.terms,
            policy=self.policy,
            now=self.now,
            location=location,
            tariff_id=tariff.id,
            currency=tariff.currency,
        )
        key = (id(tariff), rule, location.time_zone, power_w)
        if key not in self.known:
            local = self.now.astimezone(zone_of(location.time_zone))
            self.known[key] = energy_price_of(tariff, rule, local, power_w=power_w)
        return self.known[key]


async def energy_prices(
    db: AsyncSession, policy: ServicePolicy, now: datetime, places: Sequence[tuple[LocationRow, ConnectorRow]]
) -> dict[str, EnergyPrice]:
    """Return the kWh price of each connector, by connector key."""
    wanted = {str(tariff_id).upper() for _, connector in places for tariff_id in connector.tariff_ids}
    prices = _Prices(now, policy, await terms_valid_at(db=db, now=now) if wanted else (), {})
    if wanted:
        partners = {location.partner_id for location, _ in places}
        query = select(TariffRow).where(
            col(TariffRow.partner_id).in_(partners), func.upper(col(TariffRow.id)).in_(wanted)
        )
        for row in await db.exec(query):
            prices.tariffs.setdefault((row.partner_id, row.id.upper()), []).append((row, _read(row)))
    return {connector.key: prices.at(location, connector) for location, connector in places}


def energy_price_of(tariff: Tariff, retail: RetailRule, local: datetime, *, power_w: int | None = None) -> EnergyPrice:
    """Return the kWh price as a charge begins at the connector's power; ``local`` is the charger's own time."""
    offered = [each for each in offered_prices(tariff, retail) if each.kind != ComponentType.energy]
    also = tuple(dict.fromkeys(each.kind for each in offered if each.stated > 0))
    options = reachable(tariff, ComponentType.energy)
    power_kw = None if power_w is None else Decimal(power_w) / WATTS_PER_KW
    moment = Moment(local, timedelta(0), Decimal(0), min_power=power_kw, max_power=power_kw)
    chosen = choose(options, moment).candidate
    if chosen is None:
        words = unknown_because(tariff) == ONLY_IN_WORDS
        reason = NoPrice.ONLY_IN_WORDS if words else NoPrice.NO_ENERGY_PRICE
        return EnergyPrice(None, tariff.currency, also=also, reason=reason)
    paid = unit_price(tariff, chosen.component, retail)
    varies = len({each.component.price for each in options}) > 1
    included = None if paid.gross is None else True
    return EnergyPrice(paid.known, tariff.currency, included, paid.vat_percent, varies, also)


def _read(row: TariffRow) -> Tariff | None:
    """Return a stored tariff, or None if its snapshot cannot be read."""
    try:
        return tariff_from_json(row.snapshot)
    except PricingRefused:
        return None
