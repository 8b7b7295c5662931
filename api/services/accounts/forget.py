"""Forgetting a person: what names them goes, what the books need stays under ids that name nobody.

What is kept, why and for how long is in ``docs/accounts.md``.
"""

from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.driver import Driver
from api.services.accounts.links import Purpose, end_links
from api.services.drivers.devices import sign_out_everywhere
from api.services.drivers.standing import NOWHERE, AccountStatus, set_standing

_GO = tuple(
    text(each)
    for each in (
        "DELETE FROM letter WHERE driver_id = :driver",
        "DELETE FROM account_link WHERE driver_id = :driver",
        "DELETE FROM account_request WHERE driver_id = :driver",
        "DELETE FROM data_export WHERE driver_id = :driver",
        "DELETE FROM refresh_token WHERE driver_id = :driver",
        "DELETE FROM device WHERE driver_id = :driver",
        "DELETE FROM push_device WHERE driver_id = :driver",
        "DELETE FROM notice_preference WHERE driver_id = :driver",
        "DELETE FROM notice_delivery WHERE driver_id = :driver",
        "DELETE FROM notice WHERE driver_id = :driver",
        "DELETE FROM favorite WHERE driver_id = :driver",
        "DELETE FROM watch WHERE driver_id = :driver",
        "DELETE FROM rating WHERE driver_id = :driver",
        "DELETE FROM article_reading WHERE reader = 'driver:' || :driver",
        "DELETE FROM network_watch WHERE driver_id = :driver",
        "DELETE FROM idempotency_key WHERE driver_id = :driver",
        "DELETE FROM help_offer WHERE driver_id = :driver AND receipt_id IS NULL",
        "UPDATE guest_visit SET quote_id = NULL WHERE driver_id = :driver",
        "DELETE FROM quote WHERE driver_id = :driver AND accepted_at IS NULL",
        (
            "UPDATE mail_outbox SET to_address = :nowhere, detail = NULL WHERE receipt_id IN"
            " (SELECT id FROM receipt WHERE driver_id = :driver)"
        ),
    )
)


async def forget(*, db: AsyncSession, now: datetime, driver: Driver) -> None:
    """Close an account for good and take from its row, and from around it, what tells who it was."""
    nowhere = f"{driver.id}@{NOWHERE}"
    set_standing(driver, AccountStatus.CLOSED)
    driver.email, driver.name, driver.password_hash = nowhere, "", None
    driver.account_number, driver.time_zone, driver.payment_method_id = None, None, None
    driver.later_charges_at = None
    driver.closing_at = driver.closing_at or now
    db.add(driver)
    await db.flush()
    connection = await db.connection()
    for statement in _GO:
        bound = {name: value for name, value in (("driver", driver.id), ("nowhere", nowhere)) if name in statement.text}
        await connection.execute(statement, bound)


async def forget_pending(*, db: AsyncSession, now: datetime, driver: Driver) -> None:
    """Let go of an account that was never activated; its links say so as long as they would have been good.

    Who looked around in it is signed out.
    """
    set_standing(driver, AccountStatus.CLOSED)
    driver.email, driver.name, driver.password_hash = f"{driver.id}@{NOWHERE}", "", None
    driver.account_number, driver.closing_at = None, now
    db.add(driver)
    await db.flush()
    await sign_out_everywhere(db=db, now=now, driver_id=driver.id)
    await end_links(db=db, now=now, driver_id=driver.id, purposes=tuple(Purpose))
