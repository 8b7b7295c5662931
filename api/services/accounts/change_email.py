"""Another address: asked for with the password, confirmed at the new one, told to the old one with a way back."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.driver import Driver
from api.ports import Ports
from api.services.accounts.forget import forget_pending
from api.services.accounts.links import LIFETIMES, TAKEN, LinkGone, Purpose, end_links, new_link, use_link
from api.services.accounts.passwords import prove_password
from api.services.accounts.requests import RequestKind, send_reset, store_request
from api.services.drivers.attempts import count_attempt, mails
from api.services.drivers.devices import sign_out_everywhere
from api.services.drivers.signup import account_at, pending_accounts_at
from api.services.drivers.standing import AccountStatus
from api.services.notices.letter_texts import Template
from api.services.notices.letters import queue_letter
from api.services.work import Work


async def ask_for_email(
    *, work: Work, ports: Ports, now: datetime, driver_id: str, password: str, new_email: str, caller: str
) -> None:
    """Have a link mailed to the new address; of several that are asked for the last counts.

    Raises PasswordWrong, TooManyAttempts.
    """
    driver = await prove_password(work=work, driver_id=driver_id, password=password)
    await count_attempt(work=work, policy=ports.policy, now=now, limits=mails(email=new_email, caller=caller))
    async with work() as db:
        await end_links(db=db, now=now, driver_id=driver.id, purposes=(Purpose.EMAIL,))
        await store_request(db=db, ports=ports, now=now, kind=RequestKind.EMAIL, address=new_email, driver_id=driver.id)


async def confirm_email(*, db: AsyncSession, ports: Ports, now: datetime, token: str) -> Driver:
    """Move an account to its new address and tell the old one. Raises UnknownLink, LinkGone."""
    link, driver = await use_link(db=db, now=now, purpose=Purpose.EMAIL, token=token)
    old = driver.email
    await _move(db, now, driver, link.address)
    undo = await new_link(db=db, ports=ports, now=now, driver_id=driver.id, purpose=Purpose.UNDO_EMAIL, address=old)
    await queue_letter(
        db=db,
        ports=ports,
        now=now,
        template=Template.EMAIL_CHANGED,
        driver_id=driver.id,
        to_address=old,
        language=driver.language,
        facts={"days": LIFETIMES[Purpose.UNDO_EMAIL].days},
        link=undo,
    )
    return driver


async def undo_email(*, db: AsyncSession, ports: Ports, now: datetime, token: str) -> Driver:
    """Move an account back to its old address: whoever has it is the owner, all else is signed out and void.

    Whoever changed the address knew the password, so a link for a new one goes out at once. Raises UnknownLink,
    LinkGone.
    """
    link, driver = await use_link(db=db, now=now, purpose=Purpose.UNDO_EMAIL, token=token)
    await _move(db, now, driver, link.address)
    driver.password_hash, driver.closing_at = None, None
    db.add(driver)
    await sign_out_everywhere(db=db, now=now, driver_id=driver.id)
    # Of several ways back the oldest is the owner's: a thief who moved on twice must not win with a later one.
    undos = (Purpose.UNDO_EMAIL,)
    await end_links(db=db, now=now, driver_id=driver.id, purposes=undos, after=link.created_at)
    await send_reset(db=db, ports=ports, now=now, driver=driver)
    return driver


async def _move(db: AsyncSession, now: datetime, driver: Driver, address: str) -> None:
    """Give an account an address that no other has; the address is locked. Raises LinkGone."""
    owner = await account_at(db=db, email=address)
    if driver.status != AccountStatus.ACTIVE or (owner is not None and owner.id != driver.id):
        raise LinkGone(TAKEN)
    driver.email = address
    db.add(driver)
    await db.flush()
    await end_links(db=db, now=now, driver_id=driver.id, purposes=(Purpose.RESET, Purpose.EMAIL))
    for other in await pending_accounts_at(db=db, email=address):
        await forget_pending(db=db, now=now, driver=other)
