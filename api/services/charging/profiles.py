"""Charging profiles that staff ask partners for: on disk first, sent, answered at once, resulted later.

The address for the result ends in a secret derived from our key and the request's id, as for commands. Only its digest
is stored, and it is of use to the one partner it was given to. Answers to OCPI 2.2.1 chapter 14.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.ids import Prefix
from api.domain.roaming.partner import Peer
from api.domain.roaming.smart import ActiveChargingProfile, ChargingProfile, ProfileAnswer, ProfileResult
from api.models.charging import ChargingSession
from api.models.partner import Partner
from api.models.roaming import PartnerSessionRow
from api.models.smart import ActiveProfileRow, ProfileRequestRow
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.services.charging.advance import UnknownCharge
from api.services.charging.smart import peer_of_charge, running_session
from api.services.roaming.keys import checked_id
from api.services.roaming.rows import load_locked, put_row
from api.services.roaming.sealing import derived_secret, digest
from api.services.roaming.urls import module_url
from api.services.work import Work


class ProfileKind(StrEnum):
    """What is asked about a profile."""

    SET = "set"
    CLEAR = "clear"
    SHOW = "show"


class UnknownProfileRequest(NotFound):
    """No request of this partner has this secret."""


class UnknownProfileSession(NotFound):
    """This partner has no session by this id that is of a charge of ours, or several."""


async def request_profile(
    *,
    work: Work,
    ports: Ports,
    charging_session_id: str,
    by: str,
    profile: ChargingProfile | None = None,
    duration_seconds: int | None = None,
) -> ProfileRequestRow:
    """Set ``profile`` on a running charge, ask what is planned for ``duration_seconds``, or, with neither, clear it.

    Raises UnknownCharge, NotCharging, SmartChargingNotOffered, PartnerNotConnected; that the partner was silent or
    answered nonsense is told by the ``answer`` of the row.
    """
    async with work() as db:
        row, peer, url = await _plan(db, ports, charging_session_id, by, profile, duration_seconds)
    answer: ProfileAnswer | None = None
    trouble = ""
    try:
        if profile is not None:
            answer = await ports.smart_charging.set_profile(peer, row.session_id, profile, response_url=url)
        elif duration_seconds is not None:
            answer = await ports.smart_charging.ask_profile(
                peer, row.session_id, duration_seconds=duration_seconds, response_url=url
            )
        else:
            answer = await ports.smart_charging.clear_profile(peer, row.session_id, response_url=url)
    except (PartnerUnreachable, PartnerAnsweredBadly) as failed:
        trouble = failed.code
    async with work() as db:
        row = await db.get_one(ProfileRequestRow, row.id, with_for_update=True, populate_existing=True)
        row.answer = answer.kind if answer else trouble
        row.timeout_seconds = answer.timeout_seconds if answer else None
        row.answered_at = ports.clock.now()
        return row


async def _plan(
    db: AsyncSession,
    ports: Ports,
    charging_session_id: str,
    by: str,
    profile: ChargingProfile | None,
    duration_seconds: int | None,
) -> tuple[ProfileRequestRow, Peer, str]:
    """Write a request to disk; return it, whom to call and the address for the result."""
    charge = await db.get(ChargingSession, charging_session_id)
    if charge is None:
        raise UnknownCharge("unknown_charging_session")
    session = await running_session(db, charge)
    peer = await peer_of_charge(db, ports, charge)
    ports.smart_charging.require_profiles(peer)
    request_id = ports.randomness.new_id(Prefix.PROFILE_REQUEST)
    secret = _secret(ports.policy, request_id)
    asked = ProfileKind.CLEAR if duration_seconds is None else ProfileKind.SHOW
    row = ProfileRequestRow(
        id=request_id,
        kind=ProfileKind.SET if profile is not None else asked,
        charging_session_id=charge.id,
        partner_id=charge.partner_id,
        session_id=session.id,
        profile=None if profile is None else written_profile(profile),
        duration_seconds=duration_seconds,
        response_secret_hash=digest(secret),
        requested_by=by,
        created_at=ports.clock.now(),
    )
    db.add(row)
    await db.flush()
    return row, peer, f"{module_url(ports.policy, peer.version, 'chargingprofiles')}/result/{secret}"


async def observe_profile_result(
    *, db: AsyncSession, now: datetime, partner: Partner, secret: str, result: ProfileResult, raw: str
) -> ProfileRequestRow:
    """Keep the first result of a request to this partner; later ones change nothing. Raises UnknownProfileRequest."""
    query = select(ProfileRequestRow).where(
        ProfileRequestRow.response_secret_hash == digest(secret), ProfileRequestRow.partner_id == partner.id
    )
    row = (await db.exec(query.with_for_update())).first()
    if row is None:
        raise UnknownProfileRequest("profile_request_unknown")
    if row.result is None:
        row.result, row.result_at = result.kind, now
        if result.active is not None:
            await _keep_active(db, now, row.charging_session_id, result.active, raw)
    return row


async def observe_active_profile(
    *,
    db: AsyncSession,
    now: datetime,
    partner: Partner,
    party: tuple[str, str] | None,
    session_id: str,
    active: ActiveChargingProfile,
    raw: str,
) -> None:
    """Keep what the charger of a session plans now, as pushed; ``party`` tells sessions of a hub's parties apart.

    An older plan than the one we know changes nothing. Raises UnknownProfileSession.
    """
    query = select(PartnerSessionRow).where(
        PartnerSessionRow.partner_id == partner.id, col(PartnerSessionRow.charging_session_id).is_not(None)
    )
    known = select(ProfileRequestRow.charging_session_id).where(ProfileRequestRow.partner_id == partner.id).distinct()
    rows = await db.exec(query.where(col(PartnerSessionRow.charging_session_id).in_(known)))
    wanted = checked_id(session_id).upper()
    found = [row for row in rows if row.id.upper() == wanted]
    if party is not None and len(found) > 1:
        found = [row for row in found if (row.country_code.upper(), row.party_id.upper()) == party]
    if len(found) != 1 or found[0].charging_session_id is None:
        raise UnknownProfileSession("session_unknown", session_id=session_id)
    await _keep_active(db, now, found[0].charging_session_id, active, raw)


async def _keep_active(
    db: AsyncSession, now: datetime, charging_session_id: str, active: ActiveChargingProfile, raw: str
) -> None:
    row = await load_locked(db, ActiveProfileRow, charging_session_id)
    if row is not None and row.calculated_at > active.calculated_at:
        return
    values = {
        "charging_session_id": charging_session_id,
        "calculated_at": active.calculated_at,
        "profile": written_profile(active.profile),
        "raw": raw,
        "received_at": now,
    }
    put_row(db, ActiveProfileRow, row, values)
    await db.flush()


async def profile_requests(db: AsyncSession, charging_session_id: str) -> list[ProfileRequestRow]:
    """Return what was asked about a charge's profile, oldest first."""
    query = select(ProfileRequestRow).where(ProfileRequestRow.charging_session_id == charging_session_id)
    return list(await db.exec(query.order_by(col(ProfileRequestRow.created_at), ProfileRequestRow.id)))


async def active_profile(db: AsyncSession, charging_session_id: str) -> ActiveProfileRow | None:
    """Return what the charger of a charge last said that it plans."""
    return await db.get(ActiveProfileRow, charging_session_id)


def written_profile(profile: ChargingProfile) -> dict[str, Any]:
    """Return a profile as JSON, its rates as exact text."""
    return {
        "unit": profile.unit.value.upper(),
        "starts_at": profile.starts_at.isoformat() if profile.starts_at else None,
        "duration_seconds": profile.duration_seconds,
        "min_rate": None if profile.min_rate is None else str(profile.min_rate),
        "periods": [[period.starts_after_seconds, str(period.limit)] for period in profile.periods],
    }


def _secret(policy: ServicePolicy, request_id: str) -> str:
    """Return the last part of the response URL of a request."""
    return derived_secret(policy.sealing_key, f"profile:{request_id}")
