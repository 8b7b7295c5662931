"""Taking a complaint in: complete or refused, evidence frozen, a case opened unless the hold answers it (CK23-CK25).

The charge tells what the driver need not: when, where, whose charger, what was taken. Does not live here: the decision
(``complaint_judge.py``).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import HOLD_FAILED, NO_CHARGE, ChargingStatus, HoldStatus
from api.domain.errors import Conflict, Invalid
from api.domain.ids import Prefix
from api.domain.language import language_of
from api.domain.money import Money, format_money
from api.domain.support.case import CaseEventKind, CaseKind, Channel
from api.domain.support.complaint import UNDECIDED, Cause, Claim, ComplaintState, Told, claim_of
from api.models.charging import ChargingSession
from api.models.complaint import Complaint
from api.models.driver import Driver
from api.models.support import SupportCase
from api.ports import Ports
from api.services.charging.advance import lock_charge
from api.services.charging.hold_passport import NoHold, hold_passport
from api.services.charging.queries import charge_of_driver
from api.services.charging.stored_state import state_of
from api.services.deferral import Job, defer_job
from api.services.support.advance import Told as CaseTold
from api.services.support.advance import locked_case, note_case
from api.services.support.complaint_bills import look_at_bills
from api.services.support.complaint_bundle import freeze_bundle
from api.services.support.open import About, Customer, NewCase, open_case

TOPIC = QUEUE = "complaints"
_ENDED = frozenset({ChargingStatus.SETTLED}) | NO_CHARGE


class OtherCurrency(Invalid):
    """The driver tells of another currency than that of the charge. Fact: ``currency``, of the charge."""


class ComplaintOpen(Conflict):
    """The charge has a complaint that is not decided yet. Fact: ``complaint_id``."""


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What came in, and from whom."""

    driver_id: str
    told: Told
    charging_session_id: str | None = None
    text: str = ""
    language: str | None = None
    channel: Channel = Channel.APP


async def open_complaint(*, db: AsyncSession, ports: Ports, now: datetime, new: NewComplaint) -> Complaint:
    """Take a complaint in and return it; a hold that is let go answers it at once, without a case.

    Raises UnknownCharge, EvidenceMissing, OtherCurrency, ComplaintOpen.
    """
    driver = await db.get_one(Driver, new.driver_id)
    charge = await _charge(db, new)
    told = new.told if charge is None else await _prefilled(db, ports, charge, new.told)
    claim = claim_of(told)
    if charge is not None:
        await _check_none_open(db, charge)
    answered = charge is not None and await _answers_itself(db, now, charge, claim)
    complaint = _row(ports, now, driver, charge, claim, new, answered=answered)
    if not answered:
        case = await _open_case(db, ports, now, driver, charge, complaint, new.channel)
        complaint.case_id = case.id
    db.add(complaint)
    await db.flush()
    if charge is not None:
        await _freeze(db, ports, now, complaint, charge)
    if not answered:
        lock = complaint.charging_session_id or complaint.id
        await defer_job(db, Job.JUDGE_COMPLAINT, lock=lock, complaint_id=complaint.id)
    return complaint


async def _charge(db: AsyncSession, new: NewComplaint) -> ChargingSession | None:
    """Return the driver's charge, locked; None: they name none."""
    if new.charging_session_id is None:
        return None
    await charge_of_driver(db=db, driver_id=new.driver_id, charging_session_id=new.charging_session_id)
    return await lock_charge(db=db, charging_session_id=new.charging_session_id)


async def _prefilled(db: AsyncSession, ports: Ports, charge: ChargingSession, told: Told) -> Told:
    """Return what was told, completed by what the charge tells (CK24)."""
    place, state = charge.place, state_of(charge)
    if told.currency not in (None, charge.currency):
        raise OtherCurrency("complaint_currency_differs", currency=charge.currency)
    charged = told.charged_minor
    if charged is None:
        held = told.cause is Cause.UNRELEASED_HOLD
        charged = charge.hold_minor if held else max(state.paid.minor, 0)
    expected = told.expected_minor
    if expected is None:
        expected = await _expected(db, ports, charge, told.cause)
    charger = next((place[name] for name in ("visual_id", "evse_id") if place.get(name)), charge.evse_uid)
    operator = (place.get("operator") or {}).get("name") or f"{charge.country_code}-{charge.party_id}"
    return replace(
        told,
        happened_at=told.happened_at or charge.charging_at or charge.created_at,
        charger=told.charger or charge.visual_id or str(charger),
        operator=told.operator or str(operator),
        charged_minor=charged,
        expected_minor=expected,
        currency=charge.currency,
    )


async def _expected(db: AsyncSession, ports: Ports, charge: ChargingSession, cause: Cause) -> int | None:
    """Return what the driver should have paid by what they say; None: only they can tell."""
    if cause in (Cause.NOTHING_CHARGED, Cause.UNRELEASED_HOLD):
        return 0
    bills = await look_at_bills(db=db, ports=ports, charge=charge)
    if cause is Cause.CHARGED_TWICE and bills.one_bill is not None:
        return bills.one_bill.minor
    return None if bills.fair is None else bills.fair.minor


async def _check_none_open(db: AsyncSession, charge: ChargingSession) -> None:
    query = select(Complaint.id).where(
        Complaint.charging_session_id == charge.id, col(Complaint.state).in_([str(each) for each in UNDECIDED])
    )
    known = (await db.exec(query)).first()
    if known is not None:
        raise ComplaintOpen("complaint_open", complaint_id=known)


async def _answers_itself(db: AsyncSession, now: datetime, charge: ChargingSession, claim: Claim) -> bool:
    """Say whether it is about a hold that is let go, or stands for a charge that goes on; a stuck one is a case."""
    if claim.cause is not Cause.UNRELEASED_HOLD:
        return False
    try:
        passport = await hold_passport(db=db, now=now, driver_id=charge.driver_id, charging_session_id=charge.id)
    except NoHold:
        return False
    if passport.released_at is not None:
        return True
    return (
        passport.status not in HOLD_FAILED
        and passport.status is not HoldStatus.CAPTURED
        and (charge.status not in _ENDED or passport.status is HoldStatus.RELEASING)
    )


def _row(
    ports: Ports,
    now: datetime,
    driver: Driver,
    charge: ChargingSession | None,
    claim: Claim,
    new: NewComplaint,
    *,
    answered: bool,
) -> Complaint:
    return Complaint(
        id=ports.randomness.new_id(Prefix.COMPLAINT),
        driver_id=driver.id,
        charging_session_id=None if charge is None else charge.id,
        cause=claim.cause,
        happened_at=claim.happened_at,
        charger=claim.charger,
        operator=claim.operator,
        currency=claim.charged.currency,
        charged_minor=claim.charged.minor,
        expected_minor=claim.expected.minor,
        text=new.text,
        language=language_of(new.language, driver.language),
        state=ComplaintState.ANSWERED if answered else ComplaintState.WAITING,
        opened_at=now,
        looked_at=now,
    )


async def _open_case(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver: Driver,
    charge: ChargingSession | None,
    complaint: Complaint,
    channel: Channel,
) -> SupportCase:
    """Open the case of a complaint, in its own queue."""
    charged, expected = (
        format_money(Money(minor, complaint.currency)) for minor in (complaint.charged_minor, complaint.expected_minor)
    )
    about = About() if charge is None else About(charge.id, charge.location_key, charge.evse_key, charge.partner_id)
    facts = f"{complaint.cause.replace('_', ' ')}: charged {charged}, expected {expected}"
    new = NewCase(
        kind=CaseKind.DRIVER,
        topic=TOPIC,
        queue=QUEUE,
        channel=channel,
        customer=Customer(driver.id, driver.name, driver.email, None, driver.account_number, complaint.language),
        title=f"Complaint, {facts}",
        description=complaint.text or facts,
        about=about,
        detail={
            "complaint_id": complaint.id,
            "cause": complaint.cause,
            "happened_at": complaint.happened_at.isoformat(),
            "charger": complaint.charger,
            "operator": complaint.operator,
            "charged_minor": complaint.charged_minor,
            "expected_minor": complaint.expected_minor,
            "currency": complaint.currency,
        },
        once_key=f"complaint:{complaint.id}",
    )
    return await open_case(db=db, ports=ports, now=now, new=new)


async def _freeze(db: AsyncSession, ports: Ports, now: datetime, complaint: Complaint, charge: ChargingSession) -> None:
    """Take the bundle, and note in the case that it was taken."""
    bundle = await freeze_bundle(db=db, ports=ports, now=now, complaint=complaint, charge=charge)
    if complaint.case_id is None:
        return
    case = await locked_case(db=db, case_id=complaint.case_id)
    detail = {"complaint_id": complaint.id, "sha256": bundle.sha256}
    note_case(db, now, case, CaseTold(CaseEventKind.EVIDENCE, by="service", public=False, detail=detail))
