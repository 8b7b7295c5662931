"""Guests' receipts: by a signed link, or sent again to the address that was given; never shown to who only asks (CK30).

Whoever asks for a lost receipt hears the same, whether there is one or not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.visual_id import normalize
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.finance import Receipt
from api.ports import Ports
from api.services.drivers.signup import GUEST, normal_email
from api.services.finance.mails import TooManyResends, resend_paper
from api.services.finance.receipt_link import ReceiptLinkExpired, read_receipt_token
from api.services.finance.receipts import NoReceiptYet, receipt_of_charge
from api.services.guests.tries import count_try
from api.services.work import Work

NEAR = timedelta(hours=3)
"""How far from the moment that a guest remembers their charge may have begun or ended."""
FOR_ONE_ADDRESS, BY_ONE_CALLER = 5, 20
_SHORTEST_ID = 2


@dataclass(frozen=True, slots=True)
class LostReceipt:
    """What a guest remembers: the address, the clock at the charger, and the id on it."""

    email: str
    at: datetime
    """As on a clock there: without a zone."""
    charger: str


async def receipt_of_link(*, db: AsyncSession, ports: Ports, now: datetime, token: str) -> Receipt:
    """Return the receipt that counts behind a link; raises UnknownReceiptLink, ReceiptLinkExpired, NoReceiptYet."""
    charge = await db.get(ChargingSession, read_receipt_token(ports.policy, token, now))
    if charge is None:
        raise NoReceiptYet("no_receipt_yet")
    return await receipt_of_charge(db=db, driver_id=charge.driver_id, charging_session_id=charge.id)


async def renew_link(*, work: Work, ports: Ports, token: str, caller: str) -> None:
    """Send the receipt behind a link that ran out to its guest's address again; raises UnknownReceiptLink."""
    now = ports.clock.now()
    try:
        charging_session_id = read_receipt_token(ports.policy, token, now)
    except ReceiptLinkExpired as expired:
        charging_session_id = str(expired.facts["charging_session_id"])
    async with work() as db:
        await count_try(db=db, now=now, kind="renew", limits={caller: BY_ONE_CALLER})
        charge = await db.get(ChargingSession, charging_session_id)
        if charge is not None:
            await _send(db, ports, now, charge, key=f"link-{now:%Y%m%d%H}")


async def send_lost_receipt(*, work: Work, ports: Ports, lost: LostReceipt, caller: str) -> int:
    """Send every receipt of a guest that fits to the address it was given for; return how many, for tests only.

    Raises TooManyTries.
    """
    now, email = ports.clock.now(), normal_email(lost.email)
    async with work() as db:
        limits = {f"address {email}": FOR_ONE_ADDRESS, f"caller {caller}": BY_ONE_CALLER}
        await count_try(db=db, now=now, kind="lost", limits=limits)
    async with work() as db:
        sent = 0
        for charge in await _charges_of(db, email, lost.at):
            if _fits(charge, lost):
                sent += await _send(db, ports, now, charge, key=f"lost-{now:%Y%m%d%H}")
    return sent


async def _charges_of(db: AsyncSession, email: str, at: datetime) -> list[ChargingSession]:
    """Return the charges of guests with an address around a day; the zone is looked at later."""
    wide = timedelta(days=2)
    around = at.replace(tzinfo=ZoneInfo("UTC"))
    query = (
        select(ChargingSession)
        .join(Driver, col(Driver.id) == col(ChargingSession.driver_id))
        .where(
            Driver.email == email,
            Driver.kind == GUEST,
            col(ChargingSession.created_at).between(around - wide, around + wide),
        )
    )
    return list(await db.exec(query.order_by(col(ChargingSession.created_at)).limit(20)))


def _fits(charge: ChargingSession, lost: LostReceipt) -> bool:
    """Say whether a charge was at that charger around that time of its clocks."""
    typed = normalize(lost.charger)
    ids = [charge.place.get(name) for name in ("evse_id", "visual_id", "physical_reference")]
    there = any(normalize(str(each)).endswith(typed) for each in ids if each)
    remembered = lost.at.replace(tzinfo=ZoneInfo(charge.time_zone))
    until = charge.unplugged_at or charge.freed_at or charge.created_at
    when = charge.created_at - NEAR <= remembered <= until + NEAR
    return len(typed) >= _SHORTEST_ID and there and when


async def _send(db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession, *, key: str) -> bool:
    """Queue a receipt's mail again, once an hour; say whether there was one to send."""
    guest = await db.get_one(Driver, charge.driver_id)
    if guest.kind != GUEST or not guest.email:
        return False
    try:
        receipt = await receipt_of_charge(db=db, driver_id=guest.id, charging_session_id=charge.id)
        await resend_paper(db=db, ports=ports, now=now, receipt=receipt, to_address=guest.email, key=key)
    except (NoReceiptYet, TooManyResends):
        return False
    return True
