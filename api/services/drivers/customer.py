"""Making a driver the processor's customer before the first payment: whoever pays by wallet only is not one yet."""

from sqlmodel import select

from api.models.driver import Driver
from api.ports import Ports
from api.services.drivers.queries import driver_by_id
from api.services.drivers.standing import AccountStatus
from api.services.work import Work


async def ensure_customer(*, work: Work, ports: Ports, driver_id: str, also_gone: bool = False) -> Driver:
    """Return the driver, known to the processor from now on; the key comes from the driver, so repeating is safe.

    ``also_gone``: whoever pays with a link need not have an account any more. Who was forgotten is a new customer,
    without an address, under another key: the processor still answers the first one with whom it deleted.

    Raises DriverGone, ProcessorRefused, OutcomeUnknown.
    """
    async with work() as db:
        driver = await (db.get_one(Driver, driver_id) if also_gone else driver_by_id(db, driver_id))
    if driver.processor_customer_id is not None:
        return driver
    again = ".again" if driver.status == AccountStatus.CLOSED else ""
    customer_id = await ports.payments.create_customer(
        driver_id=driver.id, email=driver.email, idempotency_key=f"{driver.id}.customer{again}"
    )
    async with work() as db:
        driver = (await db.exec(select(Driver).where(Driver.id == driver_id).with_for_update())).one()
        driver.processor_customer_id = driver.processor_customer_id or customer_id
        db.add(driver)
    return driver
