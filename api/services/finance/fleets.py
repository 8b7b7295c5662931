"""Fleets: companies that pay for their drivers' charges, and which drivers are theirs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid, NotFound
from api.domain.ids import Prefix
from api.domain.language import language_of
from api.domain.money import exponent
from api.models.driver import Driver
from api.models.finance import FleetAccount, FleetMember
from api.ports import Ports


class UnknownFleet(NotFound):
    """There is no such fleet."""


class UnknownMember(NotFound):
    """There is no such driver."""


class FleetIncomplete(Invalid):
    """An invoice could not name the buyer. Fact: ``missing``."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who the invoices name; ``country`` is ISO 3166 alpha-2."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    currency: str
    vat_id: str | None = None
    email: str | None = None
    reference: str | None = None
    language: str = "en"


async def add_fleet(*, db: AsyncSession, ports: Ports, now: datetime, buyer: Buyer) -> FleetAccount:
    """Store a fleet; raises FleetIncomplete, CurrencyInvalid."""
    exponent(buyer.currency)
    missing = [name for name in ("name", "street", "postal_code", "city") if not getattr(buyer, name).strip()]
    if len(buyer.country) != 2 or not buyer.country.isalpha():
        missing.append("country")
    if missing:
        raise FleetIncomplete("fleet_incomplete", missing=missing)
    fleet = FleetAccount(
        id=ports.randomness.new_id(Prefix.FLEET_ACCOUNT),
        name=buyer.name,
        street=buyer.street,
        postal_code=buyer.postal_code,
        city=buyer.city,
        country=buyer.country.upper(),
        vat_id=buyer.vat_id,
        email=buyer.email,
        reference=buyer.reference,
        currency=buyer.currency,
        language=language_of(buyer.language),
        created_at=now,
    )
    db.add(fleet)
    return fleet


async def join_fleet(*, db: AsyncSession, now: datetime, fleet_account_id: str, driver_id: str) -> None:
    """Attach a driver to a fleet, and to no other; raises UnknownFleet, UnknownMember."""
    if await db.get(FleetAccount, fleet_account_id) is None:
        raise UnknownFleet("unknown_fleet", fleet=fleet_account_id)
    if await db.get(Driver, driver_id) is None:
        raise UnknownMember("unknown_driver", driver=driver_id)
    values = {"driver_id": driver_id, "fleet_account_id": fleet_account_id, "since": now}
    joined = insert(FleetMember).values(**values)
    moved = joined.on_conflict_do_update(index_elements=["driver_id"], set_=values)
    connection = await db.connection()
    await connection.execute(moved)
