"""Bugs planted on purpose, to show that the machine finds them: each changes the product in one place.

A mutant is a function that takes pytest's ``MonkeyPatch`` (or anything with its ``setattr`` and ``setitem``).
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from api.domain.charging import orders
from api.domain.finance.hold_totals import HoldEventKind
from api.domain.money import Money
from api.models.payment import ProcessorEventRow
from api.ports.payments import ProcessorStatus
from api.services.charging import carry, commands, look, settle, sweep
from api.services.charging.bill import bill_of
from api.services.payments import converge, fees, perform
from tests.soak.mutants_afterwards import AFTERWARDS

Mutant = Callable[[pytest.MonkeyPatch], None]


async def _nothing(*_args: Any, **_kwargs: Any) -> Any:
    """Do nothing where something had to be done."""


def a_fresh_key_for_each_try(patch: pytest.MonkeyPatch) -> None:
    """Every repetition of a call goes out under another key: what was done is done again."""
    real = perform._call

    async def call(ports: Any, operation: Any, hold: Any) -> Any:
        kept, operation.id = operation.id, f"{operation.id}-{operation.attempts}"
        try:
            return await real(ports, operation, hold)
        finally:
            operation.id = kept

    patch.setattr(perform, "_call", call)


def a_failed_start_keeps_the_card(patch: pytest.MonkeyPatch) -> None:
    """The hold of a start that failed is not let go."""
    real = carry.CARRIERS[orders.ReleaseHold]

    async def release(db: Any, ports: Any, now: Any, charge: Any, order: Any) -> None:
        if order.reason != "start_failed":
            await real(db, ports, now, charge, order)

    patch.setitem(carry.CARRIERS, orders.ReleaseHold, release)


def a_repeated_bill_counts_again(patch: pytest.MonkeyPatch) -> None:
    """What was received twice is billed twice."""
    real = bill_of

    def bill(*args: Any) -> Any:
        found = real(*args)
        return replace(found, price=replace(found.price, total=found.price.total + found.price.total))

    patch.setattr(settle, "bill_of", bill)


def a_webhook_is_believed(patch: pytest.MonkeyPatch) -> None:
    """What an event says is taken for what is: a hold of which ``succeeded`` is told was captured in whole."""
    real: Callable[..., Awaitable[Any]] = look._believe

    async def believe(db: Any, ports: Any, now: Any, snapshot: Any, intent: Any, source: Any, reference: Any) -> Any:
        told = await db.get(ProcessorEventRow, reference) if reference else None
        if told is not None and told.type == "charge.succeeded":  # which only says that the hold stands
            snapshot = replace(snapshot, status=ProcessorStatus.CAPTURED, captured=snapshot.amount)
        return await real(db, ports, now, snapshot, intent, source, reference)

    patch.setattr(look, "_believe", believe)


def what_is_above_the_hold_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """The rest of a bill that a hold does not cover is not booked."""
    patch.setitem(carry.CARRIERS, orders.RaiseReceivable, _nothing)


def a_fee_is_not_booked(patch: pytest.MonkeyPatch) -> None:
    """The processor's fee does not reach the books."""
    patch.setattr(fees, "processor_fee", lambda _fee: ())


def nobody_asks_again(patch: pytest.MonkeyPatch) -> None:
    """The sweeper leaves operations alone that have no end."""

    async def nobody(**_kwargs: Any) -> list[Any]:
        return []

    patch.setattr(sweep, "due_operations", nobody)


def a_capture_counts_each_time_it_is_seen(patch: pytest.MonkeyPatch) -> None:
    """Captured money is noted at every look at it."""
    real = converge._captured

    async def captured(step: Any, known: set[str], tax_of: Any) -> Any:
        return await real(step, known - {HoldEventKind.CAPTURE_SUCCEEDED}, tax_of)

    patch.setattr(converge, "_captured", captured)


def a_cent_too_much_is_taken(patch: pytest.MonkeyPatch) -> None:
    """Every capture is a cent dearer than its bill."""
    real = carry.CARRIERS[orders.CaptureHold]

    async def capture(db: Any, ports: Any, now: Any, charge: Any, order: Any) -> None:
        more = min(order.amount.minor + 1, charge.hold_minor)
        await real(db, ports, now, charge, replace(order, amount=Money(more, order.amount.currency)))

    patch.setitem(carry.CARRIERS, orders.CaptureHold, capture)


def a_lost_start_is_sent_again(patch: pytest.MonkeyPatch) -> None:
    """A start whose answer got lost is sent once more at once."""
    real = commands._call_start

    async def call(ports: Any, partner: Any, party: Any, command: Any) -> Any:
        answer, found = await real(ports, partner, party, command)
        return (answer, found) if answer is not None else await real(ports, partner, party, command)

    patch.setattr(commands, "_call_start", call)


MUTANTS: tuple[Mutant, ...] = (
    a_fresh_key_for_each_try,
    a_failed_start_keeps_the_card,
    a_repeated_bill_counts_again,
    a_webhook_is_believed,
    what_is_above_the_hold_is_forgotten,
    a_fee_is_not_booked,
    nobody_asks_again,
    a_capture_counts_each_time_it_is_seen,
    a_cent_too_much_is_taken,
    a_lost_start_is_sent_again,
    *AFTERWARDS,
)
