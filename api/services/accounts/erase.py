"""Leaving: asked for with the password, undone until its day, carried out by a sweep (GDPR Art. 17).

Refused while a charge runs or money is open, and put off where something opened since. The driver's row stays, without
what names a person: receipts and books refer to it as long as tax law demands.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import AppError, Conflict
from api.models.driver import Driver
from api.ports import Ports
from api.services.accounts.forget import forget
from api.services.accounts.links import Purpose, end_links, new_link, use_link
from api.services.accounts.open_matters import open_matters
from api.services.accounts.passwords import prove_password
from api.services.drivers.cards import cards_of_driver, lock_driver
from api.services.drivers.cards_remove import remove_card
from api.services.drivers.customer_forget import plan_forgetting
from api.services.drivers.signup import ACCOUNT, GUEST
from api.services.drivers.standing import AccountStatus
from api.services.notices.letter_texts import Template
from api.services.notices.letters import queue_letter
from api.services.roaming.passes import expire_pass, list_passes
from api.services.work import Work

_log = logging.getLogger(__name__)


class ErasureRefused(Conflict):
    """Something is still open. Fact: ``reasons`` (``charge_live``, ``money_open`` ...)."""


async def ask_for_erasure(*, work: Work, ports: Ports, now: datetime, driver_id: str, password: str) -> Driver:
    """Set the day on which an account is erased; asked again, it stays. Raises PasswordWrong, ErasureRefused."""
    await prove_password(work=work, driver_id=driver_id, password=password)
    async with work() as db:
        driver = await lock_driver(db=db, driver_id=driver_id)
        if driver.closing_at is not None:
            return driver
        open_now = await open_matters(db=db, driver_id=driver_id)
        if open_now:
            raise ErasureRefused("erasure_refused", reasons=open_now)
        grace = ports.policy.erasure_grace
        driver.closing_at = now + grace
        db.add(driver)
        await _tell_of_the_day(db, ports, now, driver, grace)
    return driver


async def _tell_of_the_day(db: AsyncSession, ports: Ports, now: datetime, driver: Driver, grace: timedelta) -> None:
    """Mail the day, and the link that keeps the account."""
    undo = await new_link(
        db=db, ports=ports, now=now, driver_id=driver.id, purpose=Purpose.UNDO_ERASURE, address=driver.email,
        lifetime=grace,
    )  # fmt: skip
    await queue_letter(
        db=db,
        ports=ports,
        now=now,
        template=Template.ERASURE_PLANNED,
        driver_id=driver.id,
        to_address=driver.email,
        language=driver.language,
        facts={"day": (now + grace).date().isoformat()},
        link=undo,
    )


async def keep_account(*, db: AsyncSession, now: datetime, driver_id: str) -> Driver:
    """Undo the erasure that a driver asked for; without one nothing happens."""
    driver = await lock_driver(db=db, driver_id=driver_id)
    if driver.status != AccountStatus.CLOSED:
        driver.closing_at = None
        db.add(driver)
        await end_links(db=db, now=now, driver_id=driver_id, purposes=(Purpose.UNDO_ERASURE,))
    return driver


async def keep_account_by_link(*, db: AsyncSession, now: datetime, token: str) -> Driver:
    """Undo it by the mailed link; raises UnknownLink, LinkGone."""
    _, driver = await use_link(db=db, now=now, purpose=Purpose.UNDO_ERASURE, token=token)
    return await keep_account(db=db, now=now, driver_id=driver.id)


async def sweep_erasures(*, work: Work, ports: Ports, limit: int = 50) -> int:
    """Erase accounts and guests whose day has come; return how many. One that cannot go keeps no other."""
    now, erased = ports.clock.now(), 0
    due = select(Driver.id).where(col(Driver.closing_at) <= now, Driver.status == AccountStatus.ACTIVE)
    async with work() as db:
        ids = list(await db.exec(due.order_by(col(Driver.closing_at)).limit(limit)))
    for driver_id in ids:
        try:
            erased += await erase(work=work, ports=ports, driver_id=driver_id)
        except AppError:
            _log.exception("account.erasure_failed", extra={"driver_id": driver_id})
    return erased


async def erase(*, work: Work, ports: Ports, driver_id: str) -> bool:
    """Erase an account or guest whose day has come, or have it wait a day if something is open; return whether."""
    now = ports.clock.now()
    async with work() as db:
        driver = await lock_driver(db=db, driver_id=driver_id)
        if driver.status != AccountStatus.ACTIVE or driver.closing_at is None or driver.closing_at > now:
            return False
        open_now = await open_matters(db=db, driver_id=driver_id)
        if open_now:
            driver.closing_at = now + timedelta(days=1)
            db.add(driver)
            _log.warning("account.erasure_put_off", extra={"driver_id": driver_id, "reasons": open_now})
            return False
        address, language = driver.email, driver.language
        await let_go_elsewhere(db, ports, now, driver)
        await forget(db=db, now=now, driver=driver)
        if driver.kind == ACCOUNT:
            await _guests_go_too(db, now, address)
            await _last_letter(db, ports, now, driver_id, address, language)
    return True


async def let_go_elsewhere(db: AsyncSession, ports: Ports, now: datetime, driver: Driver) -> None:
    """Have the processor remove cards and customer, and passes expire, of which partners are told: all by jobs."""
    for card in await cards_of_driver(db=db, driver_id=driver.id):
        await remove_card(db=db, ports=ports, now=now, driver_id=driver.id, card_id=card.id)
    await plan_forgetting(db=db, ports=ports, now=now, driver=driver)
    for row, _token in await list_passes(db=db, driver_id=driver.id):
        await expire_pass(db=db, now=now, pass_id=row.id)


async def _guests_go_too(db: AsyncSession, now: datetime, address: str) -> None:
    """Have the next sweep erase what the same person did as a guest: the account's address was confirmed as theirs.

    A guest who still owes or is owed something waits like an account does.
    """
    guests = (col(Driver.kind) == GUEST) & (col(Driver.email) == address) & col(Driver.closing_at).is_(None)
    await (await db.connection()).execute(update(Driver).where(guests).values(closing_at=now))


async def _last_letter(
    db: AsyncSession, ports: Ports, now: datetime, driver_id: str, address: str, language: str
) -> None:
    """Mail that the account is gone; the letter's row goes when it was sent (``sweep.py``)."""
    await queue_letter(
        db=db, ports=ports, now=now, template=Template.ERASED, driver_id=driver_id, to_address=address,
        language=language,
    )  # fmt: skip
