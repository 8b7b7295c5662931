"""Topping a wallet up: the wish, checked and written down; the money counts when our server saw it come."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid, NotFound
from api.domain.money import Money, smallest_charge_minor
from api.models.driver import Driver
from api.models.wallet import Payin, PayinOperation
from api.ports import Ports
from api.services.drivers.standing import refuse_unless_active
from api.services.payments.payins import PayinMethod, PayinPurpose, PayinSource, plan_payin
from api.services.payments.place import NoCardSaved


class TopUpOutOfBounds(Invalid):
    """Too small, too large, or not a multiple of what can be paid. Facts: ``least``, ``most``, ``step_minor``."""


class UnknownTopUp(NotFound):
    """No such top-up of this driver."""


async def request_top_up(
    *, db: AsyncSession, ports: Ports, now: datetime, driver: Driver, amount: Money, method: PayinMethod
) -> tuple[Payin, PayinOperation]:
    """Write a top-up and the call that takes it; run it after the commit.

    Raises AccountNotActivated, AccountClosing, TopUpOutOfBounds, NoHoldForCurrency, NoCardSaved.
    """
    refuse_unless_active(driver)
    rules = ports.policy.wallet
    least, most, step = rules.least_of(amount.currency), rules.most_of(amount.currency), _step(amount)
    if not least <= amount <= most or amount.minor % step:
        raise TopUpOutOfBounds("top_up_out_of_bounds", least=least, most=most, step_minor=step)
    if method is PayinMethod.CARD and not driver.payment_method_id:
        raise NoCardSaved("no_card_saved")
    return await plan_payin(
        db=db,
        ports=ports,
        now=now,
        driver=driver,
        amount=amount,
        purpose=PayinPurpose.TOP_UP,
        method=method,
        source=PayinSource.DRIVER,
    )


async def top_up_of_driver(*, db: AsyncSession, driver_id: str, top_up_id: str) -> Payin:
    """Return one top-up of one driver; raises UnknownTopUp also for somebody else's."""
    payin = await db.get(Payin, top_up_id)
    if payin is None or payin.driver_id != driver_id or payin.purpose != PayinPurpose.TOP_UP:
        raise UnknownTopUp("unknown_top_up")
    return payin


def _step(amount: Money) -> int:
    return smallest_charge_minor(amount.currency)
