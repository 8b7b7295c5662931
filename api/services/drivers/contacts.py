"""Whom to ask about a badge or the app: fleet, issuer or operator, and who issues the badges our drivers carry (CK22).

A badge of a fleet is the fleet manager's business, another provider's is its issuer's, and what the app started is the
operator's of the charger. What nobody can place goes to the operator too, who stands at the charger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.finance import FleetAccount, FleetMember
from api.models.network import BadgeIssuer
from api.models.roaming import DriverTokenRow
from api.ports.policy import ServicePolicy


class Channel(StrEnum):
    """How a driver charges, as they say themselves."""

    FLEET_BADGE = "fleet_badge"
    EMSP_BADGE = "emsp_badge"
    OPERATOR_APP = "operator_app"


class Who(StrEnum):
    """Who is asked."""

    FLEET_MANAGER = "fleet_manager"
    ISSUER = "issuer"
    OPERATOR = "operator"
    US = "us"
    """Nobody knows which charger: we find out."""


class BadgeIssuerInvalid(Invalid):
    """An issuer that cannot be written down. Fact: ``reason``."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask, how to reach them, and why them."""

    who: Who
    why: str
    name: str | None
    phone: str | None = None
    email: str | None = None
    website: str | None = None


async def contact_for(
    *,
    db: AsyncSession,
    policy: ServicePolicy,
    driver: Driver,
    channel: Channel | None = None,
    token_uid: str | None = None,
    contract_id: str | None = None,
    charging_session_id: str | None = None,
) -> Contact:
    """Return whom to ask; what is known of the badge counts more than how the driver calls it."""
    token = await _own_token(db, driver, token_uid)
    if token is not None or channel is Channel.FLEET_BADGE:
        fleet = await _fleet_of(db, driver)
        if fleet is not None:
            return Contact(Who.FLEET_MANAGER, "badge_of_fleet", fleet.name, email=fleet.email)
        if token is not None:
            return _us(policy, Who.ISSUER, "badge_of_ours")
    issuer = await _issuer_of(db, contract_id) if channel is not Channel.OPERATOR_APP else None
    if issuer is not None:
        found = (issuer.name, issuer.phone, issuer.email, issuer.website)
        return Contact(Who.ISSUER, "badge_of_issuer", *found)
    why = "app_of_operator" if channel is Channel.OPERATOR_APP else "issuer_unknown"
    return await _operator(db, policy, driver, charging_session_id, why)


async def country_of_charge(*, db: AsyncSession, driver: Driver, charging_session_id: str | None) -> str | None:
    """Return the country (ISO alpha-3) of the named charge, or of the driver's newest; None where there is none."""
    charge = await _charge(db, driver, charging_session_id)
    return charge.place.get("country") if charge is not None else None


async def set_badge_issuer(
    *, db: AsyncSession, now: datetime, country_code: str, party_id: str, name: str, reach: Mapping[str, str | None]
) -> BadgeIssuer:
    """Write down who issues badges; ``reach`` has phone, email and website. Raises BadgeIssuerInvalid."""
    country, party = country_code.strip().upper(), party_id.strip().upper()
    if not (len(country) == 2 and country.isalpha() and len(party) == 3 and party.isalnum() and name.strip()):
        raise BadgeIssuerInvalid("badge_issuer_invalid", reason="two letters, three letters or digits, and a name")
    if not any(reach.values()):
        raise BadgeIssuerInvalid("badge_issuer_invalid", reason="a phone number, an address or a website is needed")
    row = await db.get(BadgeIssuer, (country, party)) or BadgeIssuer(
        country_code=country, party_id=party, name=name, updated_at=now
    )
    row.sqlmodel_update({"name": name.strip(), "updated_at": now} | dict(reach))
    db.add(row)
    return row


async def list_badge_issuers(*, db: AsyncSession) -> list[BadgeIssuer]:
    """Return all issuers by name."""
    return list(await db.exec(select(BadgeIssuer).order_by(BadgeIssuer.name)))


async def _own_token(db: AsyncSession, driver: Driver, token_uid: str | None) -> DriverTokenRow | None:
    """Return the driver's own token; one of somebody else is as unknown as one that never was."""
    token = await db.get(DriverTokenRow, token_uid.strip().upper()) if token_uid else None
    return token if token is not None and token.driver_id == driver.id else None


async def _fleet_of(db: AsyncSession, driver: Driver) -> FleetAccount | None:
    member = await db.get(FleetMember, driver.id)
    return await db.get(FleetAccount, member.fleet_account_id) if member is not None else None


async def _issuer_of(db: AsyncSession, contract_id: str | None) -> BadgeIssuer | None:
    """Return who issued a badge, by the first five signs of the contract id printed on it."""
    plain = "".join(each for each in (contract_id or "").upper() if each.isalnum())
    return await db.get(BadgeIssuer, (plain[:2], plain[2:5])) if len(plain) > 5 else None


async def _operator(
    db: AsyncSession, policy: ServicePolicy, driver: Driver, charging_session_id: str | None, why: str
) -> Contact:
    """Return the operator of the named charge, or of the driver's newest; us where there is none, or no number."""
    charge = await _charge(db, driver, charging_session_id)
    operator: dict[str, Any] = (charge.place.get("operator") or {}) if charge is not None else {}
    if not any(operator.values()):
        return _us(policy, Who.US, "charger_unknown" if charge is None else "operator_unknown")
    return Contact(Who.OPERATOR, why, operator.get("name"), operator.get("phone"), None, operator.get("web"))


async def _charge(db: AsyncSession, driver: Driver, charging_session_id: str | None) -> ChargingSession | None:
    """Return the named charge of the driver, or the newest."""
    query = select(ChargingSession).where(ChargingSession.driver_id == driver.id)
    if charging_session_id is not None:
        query = query.where(ChargingSession.id == charging_session_id)
    return (await db.exec(query.order_by(col(ChargingSession.created_at).desc()).limit(1))).first()


def _us(policy: ServicePolicy, who: Who, why: str) -> Contact:
    phone = policy.hotline or policy.issuer.phone
    return Contact(who, why, policy.our_name, phone, policy.issuer.email, policy.our_website)
