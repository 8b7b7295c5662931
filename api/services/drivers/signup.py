"""Let a driver join: the account, the contract id partners will know, and the saved card if there is one.

Sign-up over the app, with an activation link, is in ``services/accounts/sign_up.py``; ``add_driver`` is for staff and
the sandbox, and its accounts are active at once.
"""

import hashlib
from datetime import datetime

from argon2 import PasswordHasher
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.account_number import draw_account_number
from api.domain.contract_id import ALPHABET, make_contract_id
from api.domain.errors import Conflict
from api.domain.ids import Prefix
from api.models.driver import Driver
from api.ports import Ports
from api.services.drivers.passwords import STANDARD, hash_password
from api.services.drivers.standing import AccountStatus
from api.services.work import Work

ACCOUNT, GUEST = "account", "guest"


class EmailTaken(Conflict):
    """Somebody with this e-mail address has an account already."""


async def add_driver(
    *,
    work: Work,
    ports: Ports,
    now: datetime,
    email: str,
    name: str,
    password: str,
    payment_method: str | None = None,
    hasher: PasswordHasher = STANDARD,
) -> Driver:
    """Create a driver with an optional saved card (``payment_method``: the processor's id of it) and return the row.

    The account is stored first; a processor that fails leaves an account without a card, and ``save_driver_card``
    repeats with the same keys. Raises ``EmailTaken``, ``HoldDeclined``, ``OutcomeUnknown``.
    """
    password_hash = await hash_password(password, hasher)
    async with work() as db:
        if await account_at(db=db, email=email) is not None:
            raise EmailTaken("email_taken")
        driver = await new_account(db=db, ports=ports, now=now, email=email, name=name, password_hash=password_hash)
    if payment_method is not None:
        return await save_driver_card(work=work, ports=ports, driver_id=driver.id, payment_method=payment_method)
    return driver


async def new_account(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    email: str,
    name: str,
    password_hash: str,
    language: str = "en",
    status: AccountStatus = AccountStatus.ACTIVE,
) -> Driver:
    """Add an account with its contract id and account number."""
    driver = Driver(
        id=ports.randomness.new_id(Prefix.DRIVER),
        status=status,
        email=normal_email(email),
        name=name,
        password_hash=password_hash,
        language=language,
        account_number=await _free_account_number(db, ports),
        contract_id=await _free_contract_id(db, ports),
        created_at=now,
        activated_at=now if status is AccountStatus.ACTIVE else None,
    )
    db.add(driver)
    await db.flush()
    return driver


async def account_at(*, db: AsyncSession, email: str) -> Driver | None:
    """Return the account that an address belongs to; one that waits for its confirmation has none yet."""
    query = select(Driver).where(
        Driver.email == normal_email(email), Driver.kind == ACCOUNT, Driver.status == AccountStatus.ACTIVE
    )
    return (await db.exec(query)).first()


async def pending_accounts_at(*, db: AsyncSession, email: str) -> list[Driver]:
    """Return the accounts that wait for the confirmation of an address, the newest first."""
    query = select(Driver).where(
        Driver.email == normal_email(email), Driver.kind == ACCOUNT, Driver.status == AccountStatus.PENDING
    )
    return list(await db.exec(query.order_by(col(Driver.created_at).desc(), col(Driver.id).desc())))


async def save_driver_card(*, work: Work, ports: Ports, driver_id: str, payment_method: str) -> Driver:
    """Make the driver the processor's customer, save the card there and return the driver's row.

    Safe to repeat: the keys come from the driver and the card. Raises ``HoldDeclined``, ``OutcomeUnknown``.
    """
    async with work() as db:
        driver = (await db.exec(select(Driver).where(Driver.id == driver_id))).one()
    customer_id = driver.processor_customer_id or await ports.payments.create_customer(
        driver_id=driver.id, email=driver.email, idempotency_key=f"{driver.id}.customer"
    )
    saved = await ports.payments.save_card(
        customer_id, payment_method, idempotency_key=f"{driver.id}.card.{payment_method}"
    )
    async with work() as db:
        driver = (await db.exec(select(Driver).where(Driver.id == driver_id).with_for_update())).one()
        driver.processor_customer_id = customer_id
        driver.payment_method_id = saved
        db.add(driver)
    return driver


async def new_guest(*, db: AsyncSession, ports: Ports, now: datetime, language: str) -> Driver:
    """Write a driver without an account, whose address is told with the payment, and return the row."""
    guest = Driver(
        id=ports.randomness.new_id(Prefix.DRIVER),
        kind=GUEST,
        email="",
        name="",
        language=language,
        contract_id=await _free_contract_id(db, ports),
        created_at=now,
    )
    db.add(guest)
    await db.flush()
    return guest


def normal_email(email: str) -> str:
    """Return the address as it is stored and looked up: without blanks around it and in lower case."""
    return email.strip().lower()


async def _free_contract_id(db: AsyncSession, ports: Ports) -> str:
    """Return a contract id that no driver has."""
    while True:
        contract_id = make_contract_id(ports.policy.our_party, _eight(ports.randomness.secret()))
        if not (await db.exec(select(Driver.id).where(Driver.contract_id == contract_id))).first():
            return contract_id


async def _free_account_number(db: AsyncSession, ports: Ports) -> str:
    """Return an account number that no driver has."""
    while True:
        number = draw_account_number(ports.randomness.secret())
        if not (await db.exec(select(Driver.id).where(Driver.account_number == number))).first():
            return number


def _eight(secret: str) -> str:
    """Return eight letters and digits drawn from a secret, without giving the secret away."""
    number = int.from_bytes(hashlib.sha256(secret.encode()).digest())
    return "".join(ALPHABET[number // 36**place % 36] for place in range(8))
