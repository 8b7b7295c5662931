"""Sign in: an e-mail address and a password for a driver and the first refresh token of a new device.

The answer and the time it takes are the same for an unknown address and for a wrong password. The access token itself
is made by the face (``api/access_tokens.py``). Does not live here: changing refresh tokens (``refresh``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Unauthenticated
from api.models.driver import Driver
from api.ports import Ports
from api.services.drivers.passwords import hash_of_nobody, password_fits
from api.services.drivers.refresh import issue_first_token
from api.services.drivers.signup import account_at, pending_accounts_at
from api.services.drivers.standing import AccountNotActivated, AccountStatus
from api.services.work import Work


class SignInRefused(Unauthenticated):
    """The e-mail address and the password do not belong together; never says which of them is wrong."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A driver on a device: ``refresh_token`` is told once and stored only as a hash."""

    driver_id: str
    family_id: str
    refresh_token: str
    refresh_token_expires_at: datetime


async def sign_in(
    *,
    work: Work,
    ports: Ports,
    now: datetime,
    email: str,
    password: str,
    lifetime: timedelta,
    device_name: str | None = None,
) -> SignedIn:
    """Check the password and open a family of refresh tokens that live for ``lifetime``.

    Raises ``SignInRefused`` and, for whoever knows the password of an account that waits for its activation,
    ``AccountNotActivated`` (CK07), unless this installation lets those look around.
    """
    driver = await driver_with(work=work, email=email, password=password)
    if driver.status == AccountStatus.PENDING and not ports.policy.sign_in_while_pending:
        raise AccountNotActivated
    async with work() as db:
        row, secret = issue_first_token(
            db=db, ports=ports, now=now, driver_id=driver.id, lifetime=lifetime, device_name=device_name
        )
    return SignedIn(driver.id, row.family_id, secret, row.expires_at)


async def driver_with(*, work: Work, email: str, password: str) -> Driver:
    """Return whose address and password these are, active or waiting; raises ``SignInRefused``, always as slowly."""
    async with work() as db:
        driver = await _driver_by_email(db, email)
    password_hash = (driver.password_hash if driver else None) or await hash_of_nobody()
    fits = await password_fits(password, password_hash)
    if driver is None or not fits:
        raise SignInRefused("sign_in_refused")
    return driver


async def _driver_by_email(db: AsyncSession, email: str) -> Driver | None:
    """Return the account at an address, or else the newest one that waits for it: one password is looked at."""
    account, pending = await account_at(db=db, email=email), await pending_accounts_at(db=db, email=email)
    return account or next(iter(pending), None)
