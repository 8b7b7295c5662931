"""Joining: an account that waits, the link that makes it active, and a wrong address that is put right.

Every sign-up makes an account of its own that waits, whoever has the address: the answer tells nothing (X8), and of
several that wait for one address the one counts whose link is followed. So nobody is given an account whose password
a stranger chose before: the stranger's link is in another mail than one's own. The others are forgotten then.
"""

import hmac
from datetime import datetime

from argon2 import PasswordHasher
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.language import language_of
from api.models.account import AccountLink
from api.models.driver import Driver
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.accounts.links import Purpose, UnknownLink, end_links, use_link
from api.services.accounts.make_active import make_active
from api.services.accounts.passwords import checked_password
from api.services.accounts.requests import RequestKind, store_request
from api.services.drivers.attempts import count_attempt, mails
from api.services.drivers.cards import lock_driver
from api.services.drivers.passwords import STANDARD, hash_password
from api.services.drivers.signin import SignInRefused, driver_with
from api.services.drivers.signup import new_account, normal_email
from api.services.drivers.standing import AccountStatus
from api.services.notices.link_tokens import code_of, token_of
from api.services.work import Work

MOST_LINKS = 10
"""How many links that wait for one address a code is compared with."""


class AlreadyActivated(Conflict):
    """The account is active: its address is changed by signing in."""


async def sign_up(
    *,
    work: Work,
    ports: Ports,
    now: datetime,
    email: str,
    name: str,
    password: str,
    language: str | None = None,
    hasher: PasswordHasher = STANDARD,
) -> None:
    """Store an account that waits and have its link mailed; the same for an address that has one. Raises WeakPassword.

    What comes of it is told by mail alone.
    """
    password_hash = await hash_password(checked_password(password, email), hasher)
    async with work() as db:
        driver = await new_account(
            db=db, ports=ports, now=now, email=email, name=name, password_hash=password_hash,
            language=language_of(language), status=AccountStatus.PENDING,
        )  # fmt: skip
        await store_request(db=db, ports=ports, now=now, kind=RequestKind.SIGN_UP, address=email, driver_id=driver.id)


async def activate(*, db: AsyncSession, now: datetime, token: str) -> Driver:
    """Make the account behind a link active, and forget the others that waited for its address.

    Raises UnknownLink, LinkGone.
    """
    link, driver = await use_link(db=db, now=now, purpose=Purpose.ACTIVATE, token=token)
    await make_active(db=db, now=now, driver=driver, address=link.address)
    return driver


async def activate_by_code(*, db: AsyncSession, policy: ServicePolicy, now: datetime, email: str, code: str) -> Driver:
    """Do the same with the digits of the mail; raises UnknownLink, LinkGone."""
    query = select(AccountLink).where(
        AccountLink.purpose == Purpose.ACTIVATE, AccountLink.address == normal_email(email)
    )
    newest = query.order_by(col(AccountLink.created_at).desc(), col(AccountLink.id).desc()).limit(MOST_LINKS)
    typed = "".join(each for each in code if each.isdigit() and each.isascii())
    for link in list(await db.exec(newest)):
        if hmac.compare_digest(code_of(policy, link.id, link.token_hash), typed):
            return await activate(db=db, now=now, token=token_of(policy, link.id, link.token_hash))
    raise UnknownLink("unknown_link")


async def correct_address(
    *, work: Work, ports: Ports, now: datetime, email: str, password: str, new_email: str, caller: str
) -> None:
    """Give an account that waits another address: its links die, a new one goes to the new address (CK09).

    Only who knows the password uses up what may be mailed to the new one. Raises SignInRefused, AlreadyActivated,
    TooManyAttempts.
    """
    found = await driver_with(work=work, email=email, password=password)
    if found.status != AccountStatus.PENDING:
        raise AlreadyActivated("already_activated")
    await count_attempt(work=work, policy=ports.policy, now=now, limits=mails(email=new_email, caller=caller))
    async with work() as db:
        driver = await lock_driver(db=db, driver_id=found.id)
        if driver.status != AccountStatus.PENDING:
            raise SignInRefused("sign_in_refused")
        driver.email = normal_email(new_email)
        db.add(driver)
        await end_links(db=db, now=now, driver_id=driver.id, purposes=(Purpose.ACTIVATE,))
        await store_request(
            db=db, ports=ports, now=now, kind=RequestKind.SIGN_UP, address=new_email, driver_id=driver.id
        )
