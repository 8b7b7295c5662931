"""What a case is about, looked up: the charge, the charger, who runs it, and what a form can be filled in with."""

import re
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.money import Money, format_money
from api.domain.pricing.local_time import zone_of
from api.models.charging import ChargingSession
from api.models.location import EvseRow, LocationRow
from api.ports.policy import ServicePolicy
from api.services.charging.keeps_stopping import REPORT
from api.services.support.open import About

_SEPARATORS = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Scene:
    """A charge or a charger with whoever runs it."""

    about: About = field(default_factory=About)
    party: str | None = None
    """``DE-ABC``, of the operator."""
    operator: str | None = None
    """Its name, where the partner tells one."""
    technical: dict[str, str] = field(default_factory=dict)
    """What the operator may know without anybody's consent: it is about things, not people."""

    @property
    def known(self) -> bool:
        """Say whether a charger is known at all."""
        return self.party is not None


def scene_of_charge(*, policy: ServicePolicy, charge: ChargingSession) -> Scene:
    """Return the scene of a charge, as it was when it began."""
    party = f"{charge.country_code}-{charge.party_id}".upper()
    technical = {
        "evse_id": charge.place.get("evse_id"),
        "location_id": charge.location_id,
        "session": (charge.partner_session_key or "").rpartition("/")[2],
        "started_at": charge.charging_at.isoformat() if charge.charging_at else None,
        "stop_cause": charge.stop_cause,
    }
    about = About(
        charging_session_id=charge.id,
        location_key=charge.location_key,
        evse_key=charge.evse_key,
        partner_id=charge.partner_id,
        operated_by_us=run_by_us(policy, party),
    )
    operator = (charge.place.get("operator") or {}).get("name")
    return Scene(about, party, operator, {name: str(value) for name, value in technical.items() if value})


async def scene_of_charger(*, db: AsyncSession, policy: ServicePolicy, charger: str) -> Scene:
    """Return the scene of a charger by the number on it; an unknown number is no scene."""
    normal = _SEPARATORS.sub("", charger).upper()
    query = select(EvseRow, LocationRow).join(LocationRow).where(EvseRow.evse_id_normal == normal)
    found = (await db.exec(query.limit(1))).first() if normal else None
    if found is None:
        return Scene()
    evse, location = found
    party = f"{location.country_code}-{location.party_id}".upper()
    about = About(
        location_key=location.key,
        evse_key=evse.key,
        partner_id=location.partner_id,
        operated_by_us=run_by_us(policy, party),
    )
    technical = {"evse_id": evse.evse_id or evse.uid, "location_id": location.id}
    return Scene(about, party, location.operator_name, technical)


def run_by_us(policy: ServicePolicy, party: str) -> bool:
    """Say whether we run the chargers of a party ourselves."""
    return party == str(policy.our_party).upper() or party in policy.operated_parties


def filled_in(charge: ChargingSession) -> dict[str, str]:
    """Return what a form can be filled in with from a charge: place, day, amount, and what it keeps doing."""
    at = (charge.charging_at or charge.created_at).astimezone(zone_of(charge.time_zone))
    minor = charge.captured_minor if charge.captured_minor is not None else charge.owed_minor
    report: dict[str, Any] = charge.guidance.get(REPORT) or {}
    values = {
        "charger": charge.visual_id or charge.place.get("evse_id") or charge.evse_uid,
        "date": at.date().isoformat(),
        "amount": None if minor is None else format_money(Money(minor, charge.currency)),
        "cause": report.get("cause"),
        "charging_session_ids": " ".join(report.get("charging_session_ids", ())),
    }
    return {name: str(value) for name, value in values.items() if value}
