"""The close of a month: prepared by one, signed by another, shut for whoever books, opened again by two."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from api.domain.errors import AppError
from api.domain.finance.accounts import JournalKind
from api.domain.finance.closing import PeriodRefuses
from api.domain.finance.ledger import hold_placed
from api.domain.money import Money
from api.models.closing import AccountingPeriod
from api.services.charging.approvals import SamePerson
from api.services.charging.credits import request_credit
from api.services.closing.control_totals import control_totals
from api.services.closing.periods import (
    EarlierPeriodOpen,
    LaterPeriodShut,
    TotalsDiffer,
    approve_reopening,
    list_periods,
    request_reopening,
)
from api.services.closing.seal import seal_period, verify_period
from api.services.finance.months import MonthNotOver
from api.services.payments.ledger import book
from tests.api.services.closing.months import (
    APRIL,
    EARLY_APRIL,
    MARCH,
    a_paid_charge,
    a_session_without_bill,
    an_open_hold,
    close,
    prepare,
    sign,
)
from tests.bench import Bench

LATE_MARCH = EARLY_APRIL - timedelta(days=5)


async def books(
    bench: Bench, cause: str, *, at: object = LATE_MARCH, kind: JournalKind = JournalKind.TOPPED_UP
) -> None:
    """Book ten euro for a cause, as of late March: what a job does that began before midnight."""
    async with bench.work() as db:
        await book(
            db=db,
            ports=bench.ports,
            now=at,  # type: ignore[arg-type]  # moments only
            kind=kind,
            cause=("test", cause),
            postings=hold_placed(Money(1000, "EUR")),
        )


async def reopen(bench: Bench, by: str = "Lea", approved_by: str = "Root", period: str = MARCH) -> None:
    """Open a month again."""
    now = bench.clock.now()
    async with bench.work() as db:
        await request_reopening(db=db, now=now, period=period, by=by, reason="wrong tax")
    async with bench.work() as db:
        await approve_reopening(db=db, ports=bench.ports, now=now, period=period, by=approved_by)


@pytest.mark.capability("DC6")
async def test_a_month_is_closed_by_two_persons_with_its_list(bench: Bench) -> None:
    """The list names what was not finished at the month's end, with what a session without a bill should bring."""
    paid = await a_paid_charge(bench)
    waiting = await a_session_without_bill(bench, "drv_2")
    await an_open_hold(bench, "drv_3")
    async with bench.work() as db:
        await request_credit(
            db=db, ports=bench.ports, now=bench.clock.now(), charging_session_id=paid.id, amount_minor=None,
            reason="goodwill", text="for the wait", by="Ada",
        )  # fmt: skip
    await bench.rows("UPDATE credit SET state = 'requested', decided_at = NULL RETURNING id")
    with pytest.raises(MonthNotOver):
        await prepare(bench)
    bench.clock.set(EARLY_APRIL)

    found = await prepare(bench, by="Ada")
    assert {name: found[name] for name in found if name != "open_finding"} == {
        "open_hold": 2,
        "session_without_bill": 1,
        "unapproved_request": 1,
    }
    (session,) = await bench.rows("SELECT * FROM cut_off_item WHERE kind = 'session_without_bill'")
    assert (session.subject_id, session.estimated) == (waiting.id, True)
    assert session.amount_minor == waiting.running["net_minor"] > 0  # type: ignore[index]  # it was running
    with pytest.raises(SamePerson):
        await sign(bench, by=" ada ")
    await sign(bench, by="Grace")
    sealed = await seal_period(work=bench.work, ports=bench.ports, now=bench.clock.now(), period=MARCH)

    assert (sealed.state, sealed.prepared_by, sealed.signed_by) == ("locked", "Ada", "Grace")
    assert set(sealed.reports) == {"journal", "trial_balance", "datev_EUR"}
    again = await verify_period(work=bench.work, ports=bench.ports, now=bench.clock.now(), period=MARCH)
    assert [each.is_same for each in again] == [True] * 3
    log = await bench.rows("SELECT by, action FROM staff_action WHERE subject_id = 'period:2026-03' ORDER BY id")
    assert log == [("Ada", "period_prepared"), ("Grace", "period_signed")]


async def test_what_comes_late_is_booked_into_the_next_open_month(bench: Bench) -> None:
    """Its moment stays the truth; two shut months are passed over; and the database refuses who insists."""
    await a_paid_charge(bench)
    bench.clock.set(EARLY_APRIL)
    await close(bench)
    first = await a_late_hold(bench, "drv_2")
    bench.clock.set(EARLY_APRIL + timedelta(days=40))
    await close(bench, APRIL)
    second = await a_late_hold(bench, "drv_3")

    rows = await bench.rows(
        "SELECT charging_session_id, period, occurred_at FROM journal WHERE charging_session_id = ANY(:ids) ORDER BY 1",
        ids=[first, second],
    )
    assert rows == [(first, APRIL, LATE_MARCH), (second, "2026-05", LATE_MARCH)]
    with pytest.raises(IntegrityError, match="period 2026-03 is shut"):
        await bench.rows(
            "INSERT INTO journal (id, kind, cause_type, cause_id, occurred_at, period)"
            " VALUES ('jrn_x', 'payout', 'x', 'x', :at, '2026-03') RETURNING 1",
            at=LATE_MARCH,
        )
    async with bench.work() as db:
        issuer = bench.ports.policy.issuer
        days = await control_totals(db=db, issuer=issuer, first=LATE_MARCH.date(), last=date(2026, 5, 2))
    assert (days[0].authorized, days[-1].holds_closing) == (10000, 10000)
    assert not any(day.difference for day in days)


async def a_late_hold(bench: Bench, driver_id: str) -> str:
    """Let a hold be placed as of late March, by a process that stood still since, and return its charge."""
    now = bench.clock.now()
    bench.clock.set(LATE_MARCH)
    charge = await an_open_hold(bench, driver_id)
    bench.clock.set(now)
    return charge.id


async def test_who_shuts_a_month_waits_for_who_books_and_none_slips_in(bench: Bench) -> None:
    """Bookings that race with the signature are either in the month before it is shut, or in the next one."""
    await a_paid_charge(bench)
    bench.clock.set(EARLY_APRIL)
    await prepare(bench)
    async with bench.work() as db:
        await book(
            db=db, ports=bench.ports, now=LATE_MARCH, kind=JournalKind.TOPPED_UP, cause=("test", "first"),
            postings=hold_placed(Money(1000, "EUR")),
        )  # fmt: skip
        signing = asyncio.create_task(sign(bench, note="a race"))
        await asyncio.sleep(0.3)
        assert not signing.done()
        racing = [asyncio.create_task(books(bench, str(each))) for each in range(6)]
        await asyncio.sleep(0.1)
    await asyncio.gather(signing, *racing)

    assert await bench.value("SELECT period FROM journal WHERE cause_id = 'first'") == MARCH
    shut_at = await bench.value("SELECT xmin::text::bigint FROM accounting_period")
    assert await bench.value("SELECT count(*) FROM journal WHERE cause_type = 'test'") == 7
    after = await bench.rows("SELECT period FROM journal WHERE cause_type = 'test' AND booked_in > :at", at=shut_at)
    assert {row.period for row in after} <= {APRIL}
    reports = await seal_period(work=bench.work, ports=bench.ports, now=bench.clock.now(), period=MARCH)
    await books(bench, "last")
    again = await verify_period(work=bench.work, ports=bench.ports, now=bench.clock.now(), period=MARCH)
    assert all(each.is_same for each in again), reports


async def test_a_month_is_opened_again_by_two_persons_and_the_newest_first(bench: Bench) -> None:
    """Nobody opens a month alone, without a reason, or under a later one that began with what it came to."""
    await a_paid_charge(bench)
    bench.clock.set(EARLY_APRIL)
    sealed = await close(bench)
    with pytest.raises(SamePerson):
        await reopen(bench, approved_by="Lea")
    await reopen(bench)

    assert await bench.rows("SELECT state, signed_by, times_shut FROM accounting_period") == [("open", None, 1)]
    (action,) = await bench.rows("SELECT * FROM staff_action WHERE action = 'period_reopened'")
    assert (action.by, action.reason, action.before["reports"]) == ("Root", "wrong tax", sealed.reports)
    await books(bench, "corrected")
    assert await bench.value("SELECT period FROM journal WHERE cause_id = 'corrected'") == MARCH

    again = await close_with_note(bench, MARCH)
    assert again.reports != sealed.reports
    bench.clock.advance(timedelta(days=40).total_seconds())
    await books(bench, "april", at=EARLY_APRIL)
    with pytest.raises(PeriodRefuses):
        await sign(bench, APRIL)
    await close_with_note(bench, APRIL)
    with pytest.raises(LaterPeriodShut):
        await reopen(bench)


async def close_with_note(bench: Bench, period: str) -> AccountingPeriod:
    """Close a month whose totals differ, since this test books holds that never were."""
    await prepare(bench, period)
    await sign(bench, period, note="booked by a test")
    return await seal_period(work=bench.work, ports=bench.ports, now=bench.clock.now(), period=period)


async def test_months_are_shut_in_their_order_and_only_if_their_totals_agree(bench: Bench) -> None:
    """A gap would let late items land behind a shut month; totals that differ need a word why that is accepted."""
    await a_paid_charge(bench)
    bench.clock.set(EARLY_APRIL)
    await books(bench, "april", at=EARLY_APRIL)
    bench.clock.advance(timedelta(days=40).total_seconds())
    await prepare(bench, APRIL)
    with pytest.raises(EarlierPeriodOpen):
        await sign(bench, APRIL)
    await close(bench)
    with pytest.raises(TotalsDiffer):
        await sign(bench, APRIL)
    await sign(bench, APRIL, note="a test booked a hold that never was")

    async with bench.work() as db:
        listed = await list_periods(db=db, ports=bench.ports, now=bench.clock.now())
    assert [(each.name, str(each.state)) for each in listed] == [
        ("2026-05", "open"),
        (APRIL, "signed"),
        (MARCH, "locked"),
    ]


@pytest.mark.parametrize("period", ["2026-13", "26-01", "2026-1"])
async def test_what_is_no_month_is_refused(bench: Bench, period: str) -> None:
    """A period is a calendar month and nothing else."""
    with pytest.raises(AppError):
        await prepare(bench, period)


async def test_that_a_month_be_opened_again_lapses(bench: Bench) -> None:
    """Nobody agrees in autumn to what somebody asked for in spring: it is asked for anew."""
    await a_paid_charge(bench)
    bench.clock.set(EARLY_APRIL)
    await close(bench)
    async with bench.work() as db:
        await request_reopening(db=db, now=EARLY_APRIL, period=MARCH, by="Lea", reason="wrong tax")
    late = EARLY_APRIL + bench.ports.policy.request_lifetime
    async with bench.work() as db:
        with pytest.raises(PeriodRefuses):
            await approve_reopening(db=db, ports=bench.ports, now=late, period=MARCH, by="Root")
    await reopen(bench)


async def test_what_is_frozen_is_in_the_order_of_bytes(bench: Bench) -> None:
    """A server of another language sorts text otherwise; journal and balances come out the same there."""
    asked = []

    def hear(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    await a_paid_charge(bench)
    bench.clock.set(EARLY_APRIL)
    engine = bench.work.engine.sync_engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        await close(bench)
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    read = [each for each in asked if "ORDER BY sort_at" in each or "AS opening" in each]
    assert len(read) >= 3, "the journal, the balances, DATEV's file"
    assert [each for each in read if 'COLLATE "C"' not in each.rpartition("ORDER BY")[2]] == []


async def test_a_closed_month_stays_the_same_wherever_the_issuer_moves(bench: Bench) -> None:
    """Half an hour before midnight in one zone is the next day in another: DATEV's file keeps its days."""
    bench.clock.set(LATE_MARCH.replace(hour=21, minute=45))
    await a_paid_charge(bench)
    bench.clock.set(EARLY_APRIL)
    await close(bench)
    policy = bench.ports.policy
    moved = replace(policy, issuer=replace(policy.issuer, time_zone="Asia/Tokyo"))
    assert policy.issuer.time_zone == "Europe/Berlin"
    ports = replace(bench.ports, policy=moved)
    again = await verify_period(work=bench.work, ports=ports, now=bench.clock.now(), period=MARCH)
    assert [(each.name, each.is_same) for each in again] == [
        ("datev_EUR", True),
        ("journal", True),
        ("trial_balance", True),
    ]
