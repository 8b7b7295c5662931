"""Opening a case for somebody on the phone: who calls, about what, and how long they waited (CN02, EP11)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.account_number import parse_account_number
from api.domain.errors import Invalid, NotFound
from api.domain.finance.finding import Actor
from api.domain.support.case import CaseEventKind, CaseKind, Channel, Priority
from api.domain.support.forms import FORMS, QUEUES
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.support import SupportCase
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.charging.advance import UnknownCharge
from api.services.charging.approvals import note_action, sign_with_request
from api.services.support.advance import Told, locked_case, note_case
from api.services.support.desk_work import check_at_the_desk, text_of
from api.services.support.open import About, Customer, NewCase, open_case
from api.services.support.place import scene_of_charge, scene_of_charger

TOPICS = {kind: tuple(map(str, form.topics)) for kind, form in FORMS.items()}
"""What a case may be about, by its kind (CP13)."""
_LONGEST_WAIT = timedelta(hours=2)
_RECENT = 5


class CallerUnknown(Invalid):
    """A caller without an account needs a name, and a phone number or an address."""


class UnknownAccount(NotFound):
    """Nobody has this account number."""


class UnknownCharger(NotFound):
    """No charger has this EVSE id."""


@dataclass(frozen=True, slots=True)
class PhoneCase:
    """What an agent types while somebody calls; empty texts were not told."""

    kind: CaseKind
    topic: str
    title: str
    description: str
    priority: Priority = Priority.NORMAL
    account_number: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = "en"
    charging_session_id: str = ""
    evse_id: str = ""
    waited: timedelta = timedelta(0)
    """How long the phone rang; the case opened when it began to."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whoever has an account number, with their last charges."""

    driver: Driver
    charges: list[ChargingSession]


async def account_of(*, db: AsyncSession, account_number: str) -> Account:
    """Return the account of a number however it was read out; raises AccountNumberInvalid, UnknownAccount."""
    number = parse_account_number(account_number)
    driver = (await db.exec(select(Driver).where(Driver.account_number == number))).one_or_none()
    if driver is None:
        raise UnknownAccount("unknown_account")
    query = select(ChargingSession).where(ChargingSession.driver_id == driver.id)
    newest = query.order_by(col(ChargingSession.created_at).desc()).limit(_RECENT)
    return Account(driver, list(await db.exec(newest)))


async def open_by_phone(*, db: AsyncSession, ports: Ports, now: datetime, told: PhoneCase, by: Actor) -> SupportCase:
    """Open a case for a caller; who answered works on it, and the same form opens it once.

    Raises NotAtTheDesk, CallerUnknown, UnknownAccount, UnknownCharge, UnknownCharger, CaseTextMissing.
    """
    name = check_at_the_desk(by)
    sign_with_request(db, by.request_id)
    title, description = text_of(told.title, "title"), text_of(told.description, "description")
    if told.topic not in TOPICS[told.kind] or len(title) > 200 or not timedelta(0) <= told.waited <= _LONGEST_WAIT:
        raise CallerUnknown("caller_unknown")
    customer = await _caller(db, told)
    new = NewCase(
        kind=told.kind,
        topic=told.topic,
        queue=QUEUES[told.kind],
        channel=Channel.PHONE,
        customer=customer,
        title=title,
        description=description,
        priority=told.priority,
        about=await _about(db, ports.policy, told, customer),
        once_key=f"desk:{by.request_id}" if by.request_id else None,
        by=name,
    )
    case = await open_case(db=db, ports=ports, now=now - told.waited, new=new)
    if case.first_answered_at is None:
        await _answered(db, now, case.id, name, told.waited)
    return case


async def _answered(db: AsyncSession, now: datetime, case_id: str, name: str, waited: timedelta) -> None:
    """Keep that somebody answered the phone, and works on it."""
    case = await locked_case(db=db, case_id=case_id)
    case.first_answered_at, case.assignee = now, name
    detail = {"to": name, "waited_seconds": waited // timedelta(seconds=1)}
    note_case(db, now, case, Told(CaseEventKind.TAKEN, by=name, public=False, detail=detail))
    await note_action(
        db=db,
        now=now,
        by=name,
        action="case_opened",
        subject_id=case.id,
        charging_session_id=case.charging_session_id,
        reason="",
        after={"number": case.number, "channel": case.channel, "priority": case.priority},
    )


async def _caller(db: AsyncSession, told: PhoneCase) -> Customer:
    phone = told.phone.strip() or None
    if told.account_number.strip():
        driver = (await account_of(db=db, account_number=told.account_number)).driver
        return Customer(driver.id, driver.name, driver.email, phone, driver.account_number, driver.language)
    email = told.email.strip()
    sound = not email or ("@" in email and " " not in email and len(email) <= 254)
    if not told.name.strip() or not (email or phone) or not sound or max(len(told.name), len(told.phone)) > 200:
        raise CallerUnknown("caller_unknown")
    return Customer(name=told.name.strip(), email=email or None, phone=phone, language=told.language)


async def _about(db: AsyncSession, policy: ServicePolicy, told: PhoneCase, customer: Customer) -> About:
    """Return the charge or the charger that it is about; somebody else's charge is none."""
    if told.charging_session_id.strip():
        charge = await db.get(ChargingSession, told.charging_session_id.strip())
        if charge is None or customer.driver_id not in {None, charge.driver_id}:
            raise UnknownCharge("unknown_charge", charging_session_id=told.charging_session_id.strip())
        return scene_of_charge(policy=policy, charge=charge).about
    if told.evse_id.strip():
        scene = await scene_of_charger(db=db, policy=policy, charger=told.evse_id)
        if not scene.known:
            raise UnknownCharger("unknown_charger")
        return scene.about
    return About()
