"""Forgetting a person: what names them goes, what the books need stays under ids that name nobody.

What is kept, why and for how long is in ``docs/accounts.md``.
"""

from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.driver import Driver
from api.services.accounts.links import Purpose, end_links
from api.services.drivers.devices import sign_out_everywhere
from api.services.drivers.signup import ACCOUNT
from api.services.drivers.standing import NOWHERE, AccountStatus, set_standing

_CASES = "(SELECT id FROM support_case WHERE driver_id = :driver OR (driver_id IS NULL AND customer_email = :address))"
_OF_CASES = tuple(
    text(each)
    for each in (
        f"DELETE FROM support_attachment WHERE case_id IN {_CASES}",  # noqa: S608 - our own words
        f"DELETE FROM support_mail WHERE case_id IN {_CASES}",  # noqa: S608 - as above
        f"UPDATE inbound_mail SET content = NULL, case_id = NULL WHERE case_id IN {_CASES}",  # noqa: S608 - as above
        (
            "UPDATE support_case_event SET text = '', detail = CASE WHEN kind IN ('level', 'late', 'expected',"  # noqa: S608 - as above
            f" 'surveyed') THEN detail ELSE '{{}}' END WHERE case_id IN {_CASES}"
            " AND kind NOT IN ('work', 'verified', 'proposal')"
        ),
        (
            "UPDATE support_case SET customer_name = '', customer_email = NULL, customer_phone = NULL,"  # noqa: S608 - as above
            " account_number = NULL, title = '', description = '', detail = '{}', link_hash = NULL, once_key = NULL,"
            f" version = version + 1 WHERE id IN {_CASES}"
        ),
    )
)
"""Cases stay, for figures and for what was done at a site; what their customer said, and who it was, goes. The last
statement is last: it takes what the others find cases by."""
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
        "UPDATE complaint SET text = '' WHERE driver_id = :driver",
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
    nowhere, address = f"{driver.id}@{NOWHERE}", driver.email if driver.kind == ACCOUNT else ""
    set_standing(driver, AccountStatus.CLOSED)
    driver.email, driver.name, driver.password_hash = nowhere, "", None
    driver.account_number, driver.time_zone, driver.payment_method_id = None, None, None
    driver.later_charges_at = None
    driver.closing_at = driver.closing_at or now
    db.add(driver)
    await db.flush()
    connection = await db.connection()
    values = {"driver": driver.id, "nowhere": nowhere, "address": address}
    for statement in (*_OF_CASES, *_GO):
        bound = {name: value for name, value in values.items() if f":{name}" in statement.text}
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
