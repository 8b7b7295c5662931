"""What drivers wish of a running charge: stored, then sent by a job until the operator has answered.

Three steps as for money: the wish on disk, the call, the answer on disk. Sending one again does no harm, so a crash or
a silent partner leads to another try. The newest wish of a charge counts; older ones still on their way are dropped.
Answers to OCPI 2.2.1 chapter 9.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid, NotFound
from api.domain.ids import Prefix
from api.domain.roaming.location import Capability
from api.domain.roaming.partner import Peer
from api.domain.roaming.preference_texts import PreferencesOutcome
from api.domain.roaming.smart import ChargingPreferences, ProfileType
from api.models.charging import ChargingSession
from api.models.location import EvseRow
from api.models.smart import ChargingPreferencesRow
from api.ports import Ports
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.ports.smart_charging import SmartChargingNotOffered
from api.services.charging.advance import UnknownCharge, lock_charge
from api.services.charging.queries import charge_of_driver
from api.services.charging.smart import NotCharging, peer_of_charge, running_session
from api.services.deferral import Job, defer_job
from api.services.roaming.partners import PartnerNotConnected
from api.services.work import Work

MOST_ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=10)
"""After a try that found nobody; doubled with each."""
_THEIR_TROUBLE = 3000
"""From here on OCPI's status codes say that the other side could not; below, that it would not."""


class PreferencesNotOffered(Conflict):
    """Nobody can be told. Fact: ``reason``: ``charger``, ``operator_version``, ``operator_module``, ``operator``."""


class DeparturePassed(Invalid):
    """Who leaves in the past wishes nothing. Fact: ``now``."""


class NoPreferences(NotFound):
    """No preferences have this id."""


class OfferedPreferences(NamedTuple):
    """What a driver may wish: the newest wish, if any, and why none can be sent (None: one can)."""

    latest: ChargingPreferencesRow | None
    obstacle: str | None


async def wish_preferences(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver_id: str,
    charging_session_id: str,
    preferences: ChargingPreferences,
) -> ChargingPreferencesRow:
    """Take on what a driver wishes of their charge; the same again makes nothing new while it is on its way.

    Raises UnknownCharge, NotCharging, PreferencesNotOffered, DeparturePassed.
    """
    charge = await lock_charge(db=db, charging_session_id=charging_session_id)
    if charge.driver_id != driver_id:
        raise UnknownCharge("unknown_charging_session")
    if preferences.departure_at is not None and preferences.departure_at <= now:
        raise DeparturePassed("departure_passed", now=now.isoformat())
    await running_session(db, charge)
    await _require_offer(db, ports, charge)
    latest = await latest_preferences(db, charge.id)
    if latest is not None and latest.outcome is None:
        if as_preferences(latest) == preferences:
            return latest
        latest.outcome, latest.outcome_at = PreferencesOutcome.REPLACED, now
        db.add(latest)
    row = ChargingPreferencesRow(
        id=ports.randomness.new_id(Prefix.PREFERENCES),
        charging_session_id=charge.id,
        profile_type=preferences.profile_type,
        departure_at=preferences.departure_at,
        energy_need_kwh=preferences.energy_need_kwh,
        discharge_allowed=preferences.discharge_allowed,
        created_at=now,
    )
    db.add(row)
    await db.flush()
    await defer_job(db, Job.SEND_PREFERENCES, lock=f"{charge.id}:preferences", preferences_id=row.id)
    return row


async def offered_preferences(
    *, db: AsyncSession, ports: Ports, driver_id: str, charging_session_id: str
) -> OfferedPreferences:
    """Return the newest wish for a driver's charge, and whether one can be sent now; raises UnknownCharge."""
    charge = await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
    obstacle = None
    try:
        await running_session(db, charge)
        await _require_offer(db, ports, charge)
    except NotCharging:
        obstacle = "not_charging"
    except PreferencesNotOffered as missing:
        obstacle = str(missing.facts["reason"])
    return OfferedPreferences(await latest_preferences(db, charge.id), obstacle)


async def latest_preferences(db: AsyncSession, charging_session_id: str) -> ChargingPreferencesRow | None:
    """Return the newest wish for a charge."""
    query = select(ChargingPreferencesRow).where(ChargingPreferencesRow.charging_session_id == charging_session_id)
    return (await db.exec(query.order_by(col(ChargingPreferencesRow.number).desc()).limit(1))).first()


def as_preferences(row: ChargingPreferencesRow) -> ChargingPreferences:
    """Return a stored wish as what is sent."""
    return ChargingPreferences(
        ProfileType(row.profile_type), row.departure_at, row.energy_need_kwh, row.discharge_allowed
    )


async def send_preferences(*, work: Work, ports: Ports, preferences_id: str) -> None:
    """Send a wish unless it was dropped or answered; where the partner is silent, try again later."""
    async with work() as db:
        planned = await _plan(db, ports, preferences_id)
    if planned is None:
        return
    peer, session_id, wish = planned
    outcome: PreferencesOutcome | None = None
    trouble: str | None = None
    try:
        outcome = PreferencesOutcome(await ports.smart_charging.send_preferences(peer, session_id, wish))
    except (PartnerUnreachable, SmartChargingNotOffered) as silent:
        trouble = str(silent)
    except PartnerAnsweredBadly as bad:
        trouble = str(bad)
        outcome = None if _may_pass(bad) else PreferencesOutcome.OPERATOR_REFUSED
    async with work() as db:
        await _record(db, ports, preferences_id, outcome, trouble)


async def _plan(db: AsyncSession, ports: Ports, preferences_id: str) -> tuple[Peer, str, ChargingPreferences] | None:
    """Write a wish as sent and return the call to make; None where none is to be made any more."""
    row = await _locked(db, preferences_id)
    if row.outcome is not None:
        return None
    charge = await db.get_one(ChargingSession, row.charging_session_id)
    now = ports.clock.now()
    try:
        session = await running_session(db, charge)
        peer = await peer_of_charge(db, ports, charge)
    except NotCharging:
        row.outcome, row.outcome_at = PreferencesOutcome.CHARGE_OVER, now
        return None
    except PartnerNotConnected as gone:
        row.outcome, row.outcome_at, row.trouble = PreferencesOutcome.OPERATOR_UNREACHABLE, now, gone.code
        return None
    row.attempts += 1
    row.sent_at = now
    return peer, session.id, as_preferences(row)


async def _record(
    db: AsyncSession, ports: Ports, preferences_id: str, outcome: PreferencesOutcome | None, trouble: str | None
) -> None:
    """Store the answer; without one the next try is deferred, until there were enough."""
    row = await _locked(db, preferences_id)
    now = ports.clock.now()
    row.trouble = trouble
    if row.outcome is not None:
        return  # the driver wished something else meanwhile, and that has a job of its own
    if outcome is None and row.attempts < MOST_ATTEMPTS:
        pause = FIRST_PAUSE * 2 ** (row.attempts - 1)
        await defer_job(
            db,
            Job.SEND_PREFERENCES,
            wall_at=ports.clock.wall_time(now + pause),
            preferences_id=row.id,
        )
        return
    row.outcome, row.outcome_at = outcome or PreferencesOutcome.OPERATOR_UNREACHABLE, now


async def _locked(db: AsyncSession, preferences_id: str) -> ChargingPreferencesRow:
    """Return a wish, locked and to be stored as it is at the end; raises NoPreferences."""
    row = await db.get(ChargingPreferencesRow, preferences_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NoPreferences("no_preferences", preferences_id=preferences_id)
    return row


def _may_pass(bad: PartnerAnsweredBadly) -> bool:
    """Say whether a bad answer tells of trouble on the partner's side that may pass, not of a no."""
    http_status, ocpi_status = bad.facts.get("http_status"), bad.facts.get("ocpi_status")
    if isinstance(ocpi_status, int):
        return ocpi_status >= _THEIR_TROUBLE
    return isinstance(http_status, int) and http_status >= 500


async def _require_offer(db: AsyncSession, ports: Ports, charge: ChargingSession) -> None:
    """Raise PreferencesNotOffered unless version and modules of the operator and the charger itself can."""
    try:
        ports.smart_charging.require_preferences(await peer_of_charge(db, ports, charge))
    except SmartChargingNotOffered as missing:
        raise PreferencesNotOffered("preferences_not_offered", reason=f"operator_{missing.facts['reason']}") from None
    except PartnerNotConnected:
        raise PreferencesNotOffered("preferences_not_offered", reason="operator") from None
    evse = await db.get(EvseRow, charge.evse_key)
    if evse is None or Capability.CHARGING_PREFERENCES not in evse.capabilities:
        raise PreferencesNotOffered("preferences_not_offered", reason="charger")
