"""Payouts as a page reads them: lists that are filtered and paged, and lines that lead to our books."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import Income, dispute_opened, processor_fee, refunded
from api.models.afterwards import DisputeEvent, DisputeRow
from api.models.charging import ChargingSession
from api.services.finance.ledger_reverse import reverse_journal
from api.services.finance.payout_matches import LineFilter, MatchedLine, lines_of_charge, payout_lines_page
from api.services.finance.payout_pages import (
    Matching,
    PayoutFilter,
    payout_currencies,
    payout_item,
    payouts_page,
)
from api.services.finance.payout_queries import UnknownPayout
from api.services.payments.ledger import book
from tests.api.services.finance.paying_out import FEE, a_capture, euro, handle
from tests.bench import Bench
from tests.fakes import FakeSettlement
from tests.wallets import top_up


async def ids_of(bench: Bench, *, limit: int = 50, **wanted: object) -> list[str]:
    """Return the payouts that a filter finds, all its pages together."""
    found: list[str] = []
    after = None
    async with bench.work() as db:
        while True:
            chosen = replace(PayoutFilter(), **wanted)  # type: ignore[arg-type]  # the callers name real fields
            page = await payouts_page(db=db, wanted=chosen, after=after, limit=limit)
            assert len(page.items) <= limit
            found += [each.payout_id for each in page.items]
            after = page.after
            if after is None:
                return found


async def lines_of(bench: Bench, payout_id: str, wanted: LineFilter | None = None) -> list[MatchedLine]:
    """Return the lines of a payout, two a page."""
    found: list[MatchedLine] = []
    after = None
    async with bench.work() as db:
        while True:
            page = await payout_lines_page(db=db, payout_id=payout_id, wanted=wanted, after=after, limit=2)
            found += page.lines
            after = page.after
            if after is None:
                return found


async def test_payouts_are_listed_by_what_is_left_of_them(bench: Bench, balance: FakeSettlement) -> None:
    """Whole, with a rest, waiting, with a riddle, by word, currency and day: each filter finds its own."""
    await a_capture(bench, balance)
    whole = balance.pay_out()
    await handle(bench, whole)
    bench.clock.advance(86_400)
    balance.book("adjustment", euro(300))
    riddle = balance.pay_out()
    await handle(bench, riddle)
    bench.clock.advance(86_400)
    balance.book("charge", euro(100))
    waiting = balance.pay_out(reconciled=False)
    await handle(bench, waiting)
    await bench.rows("UPDATE payout SET rest_minor = 7 WHERE id = :id RETURNING 1", id=riddle.payout_id)

    one, two, three = whole.payout_id, riddle.payout_id, waiting.payout_id
    assert await ids_of(bench) == await ids_of(bench, limit=1) == [three, two, one]
    assert await ids_of(bench, matching=Matching.WHOLE) == [one]
    assert await ids_of(bench, matching=Matching.REST) == [two]
    assert await ids_of(bench, matching=Matching.WAITING) == [three]
    assert await ids_of(bench, suspense=True) == [two]
    assert (await ids_of(bench, currency="CHF"), await ids_of(bench, processor_status="paid")) == ([], [])
    day = bench.clock.now() - timedelta(days=1)
    assert await ids_of(bench, seen_from=day, seen_until=bench.clock.now()) == [two]
    async with bench.work() as db:
        item = await payout_item(db=db, payout_id=two)
        assert await payout_currencies(db=db) == ["EUR"]
    assert (item.amount, item.explained, item.rest) == (euro(300), euro(300), euro(7))
    assert (item.lines, item.suspended) == (1, 1)


async def refund_and_dispute(bench: Bench, charge: ChargingSession, intent: str) -> None:
    """Book a refund of 1.19 and a dispute of 4.00 with its fee, as their own use cases would."""
    now = bench.clock.now()
    async with bench.work() as db:
        seen: dict[str, Any] = {"status": "needs_response", "withdrawn_minor": 400, "fee_minor": 2000}
        about: dict[str, Any] = {"processor_dispute_id": "du_1", "payment_intent_id": intent, "amount_minor": 400}
        db.add(DisputeRow(id="dsp_1", currency="EUR", **about, **seen, reason="x", opened_at=now, looked_at=now))
        await db.flush()
        event = DisputeEvent(dispute_id="dsp_1", at=now, source="sweep", **seen)
        db.add(event)
        await db.flush()
        of_dispute = ("dispute_event", str(event.id))
        for kind, cause, postings in (
            (JournalKind.REFUNDED, ("refund", "rfd_1"), refunded(Income(100, 19, 0), "EUR")),
            (JournalKind.DISPUTE_OPENED, of_dispute, dispute_opened(euro(400))),
            (JournalKind.DISPUTE_FEE, of_dispute, processor_fee(euro(2000))),
        ):
            booked = {"kind": kind, "cause": cause, "postings": postings, "charging_session_id": charge.id}
            await book(db=db, ports=bench.ports, now=now, **booked)  # type: ignore[arg-type]  # as told above


async def a_payout_of_everything(bench: Bench, balance: FakeSettlement, charge: ChargingSession) -> str:
    """Pay out a capture, a refund, a dispute, a top-up, a fee and a riddle; return the payout."""
    intent = str((await bench.hold(charge)).payment_intent_id)
    await refund_and_dispute(bench, charge, intent)
    topped_up = (await top_up(bench, 10000)).payment_intent_id
    balance.book("refund", euro(-119), source_id="re_1", payment_intent_id=intent)
    balance.book("adjustment", euro(-400), fee=euro(2000), source_id="du_1", payment_intent_id=intent)
    balance.book("charge", euro(10000), fee=euro(175), source_id="ch_2", payment_intent_id=topped_up)
    balance.book("stripe_fee", euro(-250))
    balance.book("adjustment", euro(-1))
    payout = balance.pay_out()
    await handle(bench, payout)
    return payout.payout_id


async def test_each_line_leads_to_our_books(bench: Bench, balance: FakeSettlement) -> None:
    """Capture, refund, dispute, top-up, fee and riddle name what they are of, and journals that sum to them."""
    charge = await a_capture(bench, balance)
    payout_id = await a_payout_of_everything(bench, balance, charge)
    lines = await lines_of(bench, payout_id)
    assert [line.matched_to for line in lines] == ["hold", "refund", "adjustment", "payin", "fee", "suspense"]
    for line in lines:
        assert (line.rest.minor, line.moved) == (0, False)
        assert sum(each.amount.minor for each in line.journals) == line.net.minor
    hold, refund, dispute, payin, _, riddle = lines
    assert (hold.hold_id, hold.charging_session_id) == ((await bench.hold(charge)).id, charge.id)
    assert [each.kind for each in hold.journals] == ["hold_captured", "processor_fee"]
    assert (refund.refund_id, refund.hold_id, refund.dispute_id) == ("rfd_1", None, None)
    assert (dispute.dispute_id, dispute.refund_id) == ("dsp_1", None)
    assert sorted(each.amount.minor for each in dispute.journals) == [-2000, -400]
    assert payin.payin_id == await bench.value("SELECT id FROM payin")
    assert [each.kind for each in riddle.journals] == ["suspended"]
    only = await lines_of(bench, payout_id, LineFilter(kind="adjustment", matched_to="suspense"))
    assert [line.line_id for line in only] == [riddle.line_id]
    async with bench.work() as db:
        of_charge = await lines_of_charge(db=db, charging_session_id=charge.id)
    assert [line.line_id for line in of_charge] == [hold.line_id, refund.line_id, dispute.line_id]


async def test_a_line_whose_journal_was_undone_shows(bench: Bench, balance: FakeSettlement) -> None:
    """What was matched once is followed to the books as they are: a reversal is among its journals and shows."""
    await a_capture(bench, balance)
    payout = balance.pay_out()
    await handle(bench, payout)
    journal = await bench.value("SELECT id FROM journal WHERE kind = 'hold_captured'")
    async with bench.work() as db:
        await reverse_journal(
            db=db, ports=bench.ports, now=bench.clock.now(), journal_id=journal, reason="wrong", by="a clerk"
        )
    (line,) = await lines_of(bench, payout.payout_id)
    assert line.moved
    assert sorted((each.kind, each.amount.minor) for each in line.journals) == [
        ("hold_captured", 928),
        ("processor_fee", -FEE),
        ("reversed", -928),
    ]


async def test_what_is_unknown_is_told(bench: Bench, balance: FakeSettlement) -> None:
    """A payout or a place to go on from that is not there is an error and no empty page."""
    await a_capture(bench, balance)
    payout = balance.pay_out()
    await handle(bench, payout)
    async with bench.work() as db:
        for call in (
            payouts_page(db=db, wanted=PayoutFilter(), after="po_none"),
            payout_item(db=db, payout_id="po_none"),
            payout_lines_page(db=db, payout_id="po_none"),
            payout_lines_page(db=db, payout_id=payout.payout_id, after="txn_none"),
        ):
            with pytest.raises(UnknownPayout):
                await call
