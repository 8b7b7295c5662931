"""Having the processor forget a customer who leaves: on disk first, asked by a job, repeated until it is done.

Payments stay with the processor as its law demands; name, address and cards go. Afterwards our row names no customer,
so whoever pays what came late becomes a new one.
"""

import logging
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.card import CardOperation
from api.models.driver import Driver
from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.services.deferral import Job, defer_job, defer_once
from api.services.drivers.cards_operations import (
    UNFINISHED,
    CardOperationKind,
    CardOperationState,
    due_operations,
    new_operation,
    note_attempt,
    note_end,
)
from api.services.work import Work

UNKNOWN_THERE = "resource_missing"
_log = logging.getLogger(__name__)


async def plan_forgetting(*, db: AsyncSession, ports: Ports, now: datetime, driver: Driver) -> None:
    """Write that the processor is to forget a driver, and defer it; nothing to do for who never was its customer."""
    if driver.processor_customer_id is None:
        return
    operation = new_operation(db=db, ports=ports, now=now, kind=CardOperationKind.FORGET_CUSTOMER, driver_id=driver.id)
    await defer_job(db, Job.FORGET_CUSTOMER, operation_id=operation.id)


async def perform_forgetting(*, work: Work, ports: Ports, operation_id: str) -> None:
    """Ask the processor; what stays open is asked again by the sweep."""
    async with work() as db:
        operation = await db.get_one(CardOperation, operation_id)
        if operation.state not in UNFINISHED:
            return
        operation = await note_attempt(db=db, now=ports.clock.now(), operation_id=operation_id)
        customer_id = (await db.get_one(Driver, operation.driver_id)).processor_customer_id
    state, outcome = CardOperationState.DONE, None
    if customer_id is not None:  # else somebody deleted the customer in the processor's dashboard
        state, outcome = await _ask(ports, operation_id, customer_id)
    async with work() as db:
        now = ports.clock.now()
        await note_end(db=db, now=now, operation_id=operation_id, state=state, outcome=outcome)
        driver = await db.get_one(Driver, operation.driver_id, with_for_update=True)
        if state is CardOperationState.DONE and driver.processor_customer_id == customer_id:
            driver.processor_customer_id = None
            db.add(driver)


async def sweep_forgetting(*, work: Work, ports: Ports) -> int:
    """Defer again what broke off; return how many."""
    deferred, now, pause = 0, ports.clock.now(), ports.policy.operation_retry
    async with work() as db:
        for due in await due_operations(db=db, now=now, pause=pause, kind=CardOperationKind.FORGET_CUSTOMER):
            deferred += await defer_once(db, Job.FORGET_CUSTOMER, once=due, operation_id=due)
    return deferred


async def _ask(ports: Ports, operation_id: str, customer_id: str) -> tuple[CardOperationState, str | None]:
    """Ask, however often it takes: who is gone already is what was wanted."""
    try:
        await ports.cards.forget_customer(customer_id)
    except OutcomeUnknown:
        return CardOperationState.UNKNOWN, None
    except ProcessorRefused as refused:
        code = str(refused.facts.get("processor_code"))
        if code == UNKNOWN_THERE:
            return CardOperationState.DONE, code
        _log.error("customer.not_forgotten", extra={"operation_id": operation_id, "code": code})
        return CardOperationState.FAILED, code
    return CardOperationState.DONE, None
