"""Choosing a new password: which are taken, changing one's own, and by a mailed link after forgetting it.

Whatever changes a password ends what a thief may have: other devices are signed out, links that wait are void, and the
account's address is told.
"""

from datetime import datetime

from argon2 import PasswordHasher
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Forbidden, Invalid
from api.models.driver import Driver
from api.ports import Ports
from api.services.accounts.links import Purpose, end_links, look_at_link, use_link
from api.services.accounts.make_active import make_active
from api.services.drivers.cards import lock_driver
from api.services.drivers.devices import sign_out_everywhere
from api.services.drivers.passwords import STANDARD, hash_password, password_fits
from api.services.drivers.queries import driver_by_id
from api.services.drivers.standing import AccountStatus
from api.services.notices.letter_texts import Template
from api.services.notices.letters import queue_letter
from api.services.work import Work

SHORTEST = 10
"""Characters: length protects, rules about kinds of characters do not (NIST SP 800-63B)."""
FEWEST_DIFFERENT = 5


class WeakPassword(Invalid):
    """The password is too easily guessed. Facts: ``reason`` (``short``, ``monotonous``, ``address``), ``least``."""


class PasswordWrong(Forbidden):
    """The present password, asked for again before something grave, is another one."""


def checked_password(password: str, email: str) -> str:
    """Return a password that may be chosen; raises WeakPassword."""
    plain = password.casefold()
    reasons = {
        "short": len(password) < SHORTEST,
        "monotonous": len(set(plain)) < FEWEST_DIFFERENT,
        "address": plain in {email.casefold(), email.casefold().partition("@")[0]},
    }
    for reason, applies in reasons.items():
        if applies:
            raise WeakPassword("weak_password", reason=reason, least=SHORTEST)
    return password


async def prove_password(*, work: Work, driver_id: str, password: str) -> Driver:
    """Return the driver if this is their password; raises PasswordWrong, DriverGone."""
    async with work() as db:
        driver = await driver_by_id(db, driver_id)
    if driver.password_hash is None or not await password_fits(password, driver.password_hash):
        raise PasswordWrong("password_wrong")
    return driver


async def change_password(
    *,
    work: Work,
    ports: Ports,
    now: datetime,
    driver_id: str,
    family_id: str,
    password: str,
    new_password: str,
    hasher: PasswordHasher = STANDARD,
) -> None:
    """Change a driver's own password; this device stays signed in. Raises PasswordWrong, WeakPassword."""
    proven = await prove_password(work=work, driver_id=driver_id, password=password)
    fresh = await hash_password(checked_password(new_password, proven.email), hasher)
    async with work() as db:
        driver = await lock_driver(db=db, driver_id=driver_id)
        if driver.password_hash != proven.password_hash:
            raise PasswordWrong("password_wrong")
        await _set(db, ports, now, driver, fresh, keep=family_id)


async def reset_password(
    *, work: Work, ports: Ports, now: datetime, token: str, new_password: str, hasher: PasswordHasher = STANDARD
) -> None:
    """Set a password by a mailed link; every device is signed out, and an account that waits becomes active.

    Raises UnknownLink, LinkGone, WeakPassword.
    """
    async with work() as db:
        _, driver = await look_at_link(db=db, now=now, purpose=Purpose.RESET, token=token)
    fresh = await hash_password(checked_password(new_password, driver.email), hasher)
    async with work() as db:
        link, driver = await use_link(db=db, now=now, purpose=Purpose.RESET, token=token)
        if driver.status == AccountStatus.PENDING:
            await make_active(db=db, now=now, driver=driver, address=link.address)
        await _set(db, ports, now, driver, fresh, keep=None)


async def _set(
    db: AsyncSession, ports: Ports, now: datetime, driver: Driver, password_hash: str, *, keep: str | None
) -> None:
    driver.password_hash = password_hash
    db.add(driver)
    await sign_out_everywhere(db=db, now=now, driver_id=driver.id, but=keep)
    await end_links(db=db, now=now, driver_id=driver.id, purposes=(Purpose.RESET, Purpose.EMAIL))
    await queue_letter(
        db=db,
        ports=ports,
        now=now,
        template=Template.PASSWORD_CHANGED,
        driver_id=driver.id,
        to_address=driver.email,
        language=driver.language,
    )
