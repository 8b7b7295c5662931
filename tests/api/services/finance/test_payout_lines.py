"""What a payout consists of: each movement is explained by one thing in our books, or waits in suspense."""

from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import Income, Posting, dispute_opened, processor_fee, refund_failed, refunded
from api.models.charging import ChargingSession
from api.services.payments.ledger import book
from tests.api.services.finance.paying_out import FEE, a_capture, accounts, euro, handle, processor_differs
from tests.bench import Bench
from tests.fakes import FakeSettlement
from tests.wallets import top_up


async def book_for(
    bench: Bench, charge: ChargingSession, kind: JournalKind, postings: tuple[Posting, ...], cause: str
) -> None:
    """Book what happened to the money of a charge afterwards, as its own use case would."""
    async with bench.work() as db:
        await book(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            kind=kind,
            cause=("planted", cause),
            postings=postings,
            charging_session_id=charge.id,
        )


async def test_refunds_and_disputes_are_matched_one_to_one(bench: Bench, balance: FakeSettlement) -> None:
    """Two refunds of the same amount take a journal each; a third has none left, and is a riddle."""
    charge = await a_capture(bench, balance)
    intent = (await bench.hold(charge)).payment_intent_id
    for cause in ("1", "2"):
        await book_for(bench, charge, JournalKind.REFUNDED, refunded(Income(100, 19, 0), "EUR"), cause)
        balance.book("refund", euro(-119), source_id=f"re_{cause}", payment_intent_id=intent)
    await book_for(bench, charge, JournalKind.REFUND_FAILED, refund_failed("drv_1", euro(119)), "2")
    balance.book("refund_failure", euro(119), source_id="re_2", payment_intent_id=intent)
    await book_for(bench, charge, JournalKind.DISPUTE_OPENED, dispute_opened(euro(400)), "3")
    await book_for(bench, charge, JournalKind.DISPUTE_FEE, processor_fee(euro(2000)), "3")
    balance.book("adjustment", euro(-400), fee=euro(2000), source_id="du_1", payment_intent_id=intent)
    balance.book("stripe_fee", euro(9000))
    payout = balance.pay_out()

    await handle(bench, payout)

    matched = await bench.rows("SELECT matched_to FROM payout_line ORDER BY id")
    assert [row[0] for row in matched] == ["hold", "refund", "refund", "refund_failure", "adjustment", "fee"]
    assert await bench.value("SELECT rest_minor FROM payout") == 0
    assert await bench.findings() == set()
    assert await processor_differs(bench) == []

    balance.book("refund", euro(-119), source_id="re_3", payment_intent_id=intent)
    await handle(bench, balance.pay_out())
    assert await bench.findings() == {"balance_entry_unknown"}


async def test_what_nothing_explains_waits_in_suspense(bench: Bench, balance: FakeSettlement) -> None:
    """The books agree with the processor all the same, and finance has the movement to look into."""
    await a_capture(bench, balance)
    unknown = balance.book("adjustment", euro(-300), source_id="adj_1")
    payout = balance.pay_out()

    await handle(bench, payout)

    assert await accounts(bench) == {"bank_transit": 928 - FEE - 300, "psp_fees": FEE, "suspense": 300}
    (finding,) = await bench.rows("SELECT reason, subject, amount_minor, detail FROM mismatch")
    assert (finding.reason, finding.subject, finding.amount_minor) == ("balance_entry_unknown", unknown.entry_id, -300)
    assert finding.detail["source"] == "adj_1"
    assert await bench.value("SELECT rest_minor FROM payout") == 0
    assert await processor_differs(bench) == []


async def test_fees_of_no_payment_are_booked_once(bench: Bench, balance: FakeSettlement) -> None:
    """What the processor takes for itself is our cost and no riddle."""
    await a_capture(bench, balance)
    balance.book("stripe_fee", euro(-250))
    payout = balance.pay_out()

    await handle(bench, payout)

    assert await accounts(bench) == {"bank_transit": 928 - FEE - 250, "psp_fees": FEE + 250}
    assert await bench.findings() == set()


async def test_a_top_up_is_matched_and_its_fee_known_late_is_booked(bench: Bench, balance: FakeSettlement) -> None:
    """Money of wallets comes through the same balance; its fee is ours and booked once."""
    payin = await top_up(bench, 10000)
    fee = euro(175 if payin.fee_minor is None else payin.fee_minor)
    balance.book("charge", euro(10000), fee=fee, source_id="ch_2", payment_intent_id=payin.payment_intent_id)

    await handle(bench, balance.pay_out())

    assert await bench.value("SELECT rest_minor FROM payout") == 0
    assert await bench.value("SELECT matched_to FROM payout_line") == "payin"
    assert await accounts(bench) == {"bank_transit": 10000 - fee.minor, "psp_fees": fee.minor}
    assert await processor_differs(bench) == []
