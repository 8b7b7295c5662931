"""The copy over the real client and the stand-in: complete, repeatable, taken up after a kill, and never behind."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from api.domain.money import Money
from api.ports.mirror import Page, PaymentCopy
from api.ports.payins import PayinRequest
from api.ports.refunds import RefundReason, RefundRequest
from api.services.reconciliation.mirror import Halt
from clients.stripe.mirror import StripeMirror
from tests.api.services.reconciliation.mirror.conftest import OURS, Account, a_hold_of
from tests.clients.stripe.harness import a_request
from tests.clients.stripe.money_harness import StripeMoneyHarness
from tests.fakes import SimulatedCrash

DAYS = 86_400.0
TABLES = ("processor_payment", "processor_refund", "processor_entry")


async def a_busy_day(money: StripeMoneyHarness) -> list[str]:
    """Hold five times, capture two, refund and dispute one of them, top a wallet up; return the holds' intents."""
    holds = []
    for number in range(5):
        holds.append(await a_hold_of(money, number))
        money.clock.advance(60)
    for intent in holds[:2]:
        await money.payments.capture_hold(intent, Money(3000, "EUR"), idempotency_key=f"capture-{intent}")
    request = RefundRequest("rfd_1", holds[0], Money(500, "EUR"), RefundReason.REQUESTED)
    await money.refunds.refund_payment(request, idempotency_key="refund")
    await money.dispute(holds[1])
    customer = (await a_request(money.payments, hold_id="payer")).customer_id
    card = await money.payments.save_card(customer, "pm_card_visa", idempotency_key="save")
    payin = PayinRequest("pay_1", "top_up", Money(5000, "EUR"), customer, "Top-up", card, on_session=True)
    await money.payins.take_payment(payin, idempotency_key="payin")
    return holds


async def test_everything_is_there_once_and_a_second_run_brings_nothing(account: Account) -> None:
    """All payments, refunds and movements are copied, as they are; what is copied again has not changed."""
    holds = await a_busy_day(account.money)
    first = await account.copy()
    assert first.complete
    assert await account.ids("processor_payment") == await account.listed("payment_intents")
    assert await account.ids("processor_refund") == await account.listed("refunds")
    assert await account.ids("processor_entry") == await account.listed("balance_transactions")
    assert {step.kind: step.counts.new for step in first.steps} == {
        "payments": 6, "refunds": 1, "entries": 5, "refunds_again": 0, "payments_again": 0,
    }  # fmt: skip
    query = "SELECT status, received_minor, refunded_minor, hold_id, environment FROM processor_payment WHERE id = :id"
    assert await account.rows(query, id=holds[0]) == [("succeeded", 3000, 500, "hld_0", OURS)]
    query = "SELECT subject_id, received_minor FROM processor_payment WHERE subject_id IS NOT NULL"
    assert await account.rows(query) == [("pay_1", 5000)]
    kinds = await account.rows("SELECT kind, reporting_category, net_minor FROM processor_entry ORDER BY 1, 2")
    assert kinds[0] == ("adjustment", "dispute", -5000)

    before = await account.content()
    account.money.clock.advance(3600)
    second = await account.copy()
    assert [(step.counts.new, step.counts.changed) for step in second.steps] == [(0, 0)] * 5
    assert await account.content() == before
    assert second.steps[0].complete_until == account.money.clock.now()


async def test_what_changed_long_after_it_was_made_is_seen(account: Account) -> None:
    """An old hold that is captured is no longer in the window, and is looked up again; ended ones are left alone."""
    holds = await a_busy_day(account.money)
    account.money.clock.advance(3 * DAYS)
    await account.copy()
    account.money.clock.advance(1 * DAYS)
    await account.money.payments.capture_hold(holds[3], Money(1200, "EUR"), idempotency_key="late")
    asked = len(account.asked())
    again = await account.copy()
    states = {step.kind: step.counts for step in again.steps}
    assert (states["payments"].seen, states["payments_again"].changed) == (0, 1)
    assert (states["entries"].new, states["payments_again"].seen) == (1, 3)
    query = "SELECT status, received_minor FROM processor_payment WHERE id = :id"
    assert await account.rows(query, id=holds[3]) == [("succeeded", 1200)]
    looked_up = {path for path, _ in account.asked()[asked:] if path.startswith("/v1/payment_intents/")}
    assert looked_up == {f"/v1/payment_intents/{each}" for each in holds[2:]}


async def test_what_people_do_in_the_dashboard_is_seen(account: Account) -> None:
    """A capture of another amount, a cancellation, a refund by hand, days later; then the bank refuses the refund."""
    captured, let_go = await a_hold_of(account.money, 1, card="pm_card_refundFail"), await a_hold_of(account.money, 2)
    await account.copy()
    account.money.clock.advance(4 * DAYS)
    steer = account.money.wire.steer
    steer(f"dashboard/payment_intents/{captured}/capture", {"amount": 777})
    steer(f"dashboard/payment_intents/{let_go}/cancel", {})
    await account.copy()
    account.money.clock.advance(4 * DAYS)
    steer(f"dashboard/payment_intents/{captured}/refund", {"amount": 77})
    await account.copy()
    query = "SELECT status, received_minor, refunded_minor FROM processor_payment ORDER BY hold_id"
    assert await account.rows(query) == [("succeeded", 777, 77), ("canceled", 0, 0)]
    assert await account.rows("SELECT status, refund_id, environment FROM processor_refund") == [
        ("succeeded", None, OURS)
    ]

    account.money.clock.advance(4 * DAYS)
    await account.copy()
    assert await account.rows("SELECT status, failure_reason FROM processor_refund") == [
        ("failed", "expired_or_canceled_card")
    ]
    assert await account.rows(query) == [("succeeded", 777, 0), ("canceled", 0, 0)]


class Dying(StripeMirror):
    """Dies instead of asking for one page."""

    def __init__(self, wire: StripeMirror, *, at_page: int) -> None:
        """Die at the ``at_page``-th page of payments."""
        self.__dict__ |= vars(wire)
        self.left = at_page

    async def payments_page(self, *, since: datetime | None, after: str | None, size: int) -> Page[PaymentCopy]:
        """Count and die."""
        self.left -= 1
        if self.left == 0:
            raise SimulatedCrash("payments_page")
        return await super().payments_page(since=since, after=after, size=size)


@pytest.mark.parametrize("how", ["killed", "turned away", "enough"])
async def test_a_run_that_ended_early_is_taken_up_where_it_was(account: Account, how: str) -> None:
    """Whatever ended it after the second page: the next run asks for the third, and the tables are the same."""
    await a_busy_day(account.money)
    if how == "killed":
        with pytest.raises(SimulatedCrash):
            await account.copy(ports=replace(account.ports, mirror=Dying(account.money.mirror, at_page=3)))
    elif how == "turned away":
        account.money.wire.fault("outage", "/v1/payment_intents", method="GET", skip=2, times=9)
        assert (await account.copy()).halt is Halt.PROCESSOR_AWAY
        assert account.waited == [2.0, 5.0]
    else:
        assert (await account.copy(most_pages=2)).halt is Halt.ENOUGH_FOR_NOW
    assert len(await account.ids("processor_payment")) == 4
    ((cursor, until),) = await account.rows(
        "SELECT cursor, complete_until FROM mirror_progress WHERE kind = 'payments'"
    )
    assert (cursor["done"], cursor["counts"]["pages"], cursor["counts"]["seen"], until) == (False, 2, 4, None)

    asked = len(account.asked())
    resumed = await account.copy()
    assert resumed.complete
    listed: list[dict[str, Any]] = [params for path, params in account.asked()[asked:] if path == "/v1/payment_intents"]
    assert [params["starting_after"] for params in listed] == [cursor["after"]]
    assert resumed.steps[0].counts.pages == 3
    table = await account.content()
    for name in (*TABLES, "mirror_progress"):
        await account.rows(f"DELETE FROM {name} RETURNING 1")  # noqa: S608 - constants
    await account.copy()
    assert await account.content() == table


async def test_what_was_made_since_an_interrupted_run_began_is_copied_too(account: Account) -> None:
    """Finishing an old window is not enough: the same run goes on to what is new."""
    await a_busy_day(account.money)
    await account.copy(most_pages=1)
    account.money.clock.advance(3 * DAYS)
    await a_hold_of(account.money, 77)
    made = await account.copy()
    assert made.steps[0].complete_until == account.money.clock.now()
    assert await account.ids("processor_payment") == await account.listed("payment_intents")


async def test_a_processor_without_time_is_waited_for(account: Account) -> None:
    """429 is answered by waiting longer and longer, and the copy is complete all the same."""
    await a_busy_day(account.money)
    account.money.wire.fault("rate_limited", "/v1/payment_intents", method="GET", skip=1, times=4)
    assert (await account.copy()).complete
    assert account.waited[:1] == [2.0]
    assert account.waited == sorted(account.waited)
    assert len(await account.ids("processor_payment")) == 6


async def test_a_cursor_that_the_processor_forgot_begins_anew(account: Account) -> None:
    """An account emptied meanwhile (a sandbox) does not stop the copy for ever."""
    await a_busy_day(account.money)
    await account.copy(most_pages=2)
    account.money.wire.steer("reset", {})
    await a_hold_of(account.money, 50)
    assert (await account.copy()).complete
    assert set(await account.listed("payment_intents")) <= set(await account.ids("processor_payment"))


async def test_other_installations_are_kept_apart(account: Account, neighbor: StripeMoneyHarness) -> None:
    """What another installation has at the account is told apart, and nobody of ours looks after its open holds."""
    ours, theirs = await a_hold_of(account.money, 1), await a_hold_of(neighbor, 2)
    paid = await a_hold_of(neighbor, 3)
    await neighbor.payments.capture_hold(paid, Money(3000, "EUR"), idempotency_key="capture")
    neighbor.wire.steer(f"dashboard/payment_intents/{paid}/refund", {"amount": 100})
    account.money.clock.advance(3 * DAYS)
    await account.copy()
    found = dict(await account.rows("SELECT id, environment FROM processor_payment"))
    assert found == {ours: OURS, theirs: "elsewhere", paid: "elsewhere"}
    assert await account.rows("SELECT environment FROM processor_refund") == [("elsewhere",)]
    account.money.clock.advance(1 * DAYS)
    asked = len(account.asked())
    await account.copy()
    looked_up = {path for path, _ in account.asked()[asked:] if path.startswith("/v1/payment_intents/")}
    assert looked_up == {f"/v1/payment_intents/{ours}"}
