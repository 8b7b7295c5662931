"""Attacks on money that moves beside the hold: each was possible once, or still is where it says so."""

import pytest

from api.domain.finance.payer import Payer
from api.models.charging import ChargingSession
from api.services.charging.approvals import SamePerson, check_second_person
from api.services.charging.look_payin import look_at_payin
from api.services.charging.payers import WalletCannotPay
from api.services.charging.staff import SecondPersonNeeded, settle_by_staff
from api.services.finance.verify import verify_ledger
from api.services.wallet.payout import NotRefundable, request_refund
from tests.api.services.charging.given_back import (
    INTENT,
    a_bill,
    a_credit_cdr,
    approves,
    books,
    credit,
    euro,
    hears,
    paid,
    pause_ends,
    refunds,
    settlement,
    state,
    write_off,
)
from tests.api.services.charging.test_other_payers import a_fleet
from tests.api.services.charging.test_pay_rest import pays
from tests.api.services.charging.test_wallet_charge import charges, is_billed
from tests.bench import Bench
from tests.charges import a_quote, start
from tests.wallets import account, books_balance, figures, payins, top_up

_PAPERS = (
    "SELECT id, kind, total_minor, (document->>'vat_minor')::int AS vat, credits_id FROM receipt ORDER BY revision"
)


async def on_paper(bench: Bench) -> tuple[int, int]:
    """Return what all papers bill, and the tax inside."""
    papers = [(1 if each.kind == "receipt" else -1, each) for each in await bench.rows(_PAPERS)]
    return sum(sign * each.total_minor for sign, each in papers), sum(sign * each.vat for sign, each in papers)


async def settles(bench: Bench, charge: ChargingSession, minor: int, by: str = "Ada", also: str | None = None) -> None:
    """Let staff sign a sum."""
    async with bench.work() as db:
        now = bench.clock.now()
        await settle_by_staff(
            db=db,
            ports=bench.ports,
            now=now,
            charging_session_id=charge.id,
            owed_minor=minor,
            by=by,
            approved_by=also,
        )
    await bench.drain()


# --- wallets ----------------------------------------------------------------------------------------------------------


async def test_a_top_up_that_the_bank_took_back_starts_nothing(bench: Bench) -> None:
    """500.00 paid in and disputed: they were spendable, and could be paid out to a card."""
    payin = await top_up(bench, 50000)
    intent = str(payin.payment_intent_id)
    dispute = settlement(bench).open_dispute(intent, euro(50000))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id, intent=intent)
    assert await figures(bench) == (50000, 50000, 0)
    with pytest.raises(WalletCannotPay):
        await start(bench, await a_quote(bench), pay_with=Payer.WALLET)
    await books_of_a_wallet(bench)

    settlement(bench).end_dispute(dispute.dispute_id, won=True)
    await hears(bench, "charge.dispute.closed", "dispute", dispute.dispute_id, intent=intent)
    assert await figures(bench) == (50000, 0, 50000)
    await books_balance(bench)


async def test_a_top_up_refunded_by_hand_is_not_spent_again(bench: Bench) -> None:
    """30.00 of 50.00 went back to the card in the dashboard: 20.00 are left to spend or to have back."""
    payin = await top_up(bench, 5000)
    seen = refunds(bench).refund_by_hand(str(payin.payment_intent_id), euro(3000))
    for _ in range(2):
        await hears(bench, "refund.created", "refund", seen.processor_refund_id, intent=payin.payment_intent_id)

    assert (await figures(bench))[2] == 2000
    async with bench.work() as db:
        now = bench.clock.now()
        with pytest.raises(NotRefundable):
            await request_refund(
                db=db, ports=bench.ports, now=now, driver_id="drv_1", currency="EUR", amount=euro(5000)
            )
    await books_of_a_wallet(bench)


async def books_of_a_wallet(bench: Bench) -> None:
    """Assert that the books are right while a wallet keeps something back."""
    async with bench.work() as db:
        verdicts = await verify_ledger(db=db)
    assert [each.name for each in verdicts if each.differing and each.name != "nothing_left"] == []


async def test_a_dispute_of_a_payment_that_went_back_into_a_wallet_is_told(bench: Bench) -> None:
    """A friend paid 19.00 by the link, all was waived into the wallet, and the friend's bank takes 19.00 back too."""
    await top_up(bench, 5000)
    charge = await start(bench, await a_quote(bench), pay_with=Payer.WALLET)
    await charges(bench, charge)
    await is_billed(bench, charge, "100.00")
    payin = await pays(bench, charge, "new", "link")
    intent = payin.payment_intent_id or ""
    payins(bench).pay_in_app(intent)
    await look_at_payin(work=bench.work, ports=bench.ports, payment_intent_id=intent)
    await approves(bench, (await credit(bench, charge, None)).id)
    await bench.drain()
    dispute = settlement(bench).open_dispute(intent, euro(payin.amount_minor))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id, intent=intent)
    assert "dispute_beyond_payment" in await bench.findings()


# --- four eyes --------------------------------------------------------------------------------------------------------


async def test_one_person_cannot_settle_a_debt_away(bench: Bench) -> None:
    """178.50 billed, 128.50 owed: a write-off would need two people, and so does signing 50.00, in slices as well."""
    charge = await paid(bench, "150.00")
    with pytest.raises(SecondPersonNeeded):
        await settles(bench, charge, 5000)
    await settles(bench, charge, 14000)
    with pytest.raises(SecondPersonNeeded):
        await settles(bench, charge, 12000)
    with pytest.raises(SamePerson):
        await settles(bench, charge, 5000, also="ada")
    await settles(bench, charge, 5000, also="Grace")

    assert (await state(bench, charge)).receivable == euro(0)
    assert [row.by for row in await bench.rows("SELECT by FROM staff_action ORDER BY at, id")] == ["Ada", "Ada"]


async def test_one_person_cannot_settle_money_into_a_wallet(bench: Bench) -> None:
    """A refund into a wallet waits for nobody, so what leads to it must."""
    await top_up(bench, 20000)
    charge = await start(bench, await a_quote(bench), pay_with=Payer.WALLET)
    await charges(bench, charge)
    await is_billed(bench, charge, "60.00")
    with pytest.raises(SecondPersonNeeded):
        await settles(bench, charge, 0)
    assert (await figures(bench))[0] == 20000 - 7140


@pytest.mark.parametrize(("by", "asked"), [("Zo\u00e9", "Zoe\u0301"), ("Ada\u200b", "Ada"), ("\uff21da", "Ada")])
def test_one_person_in_two_spellings_is_one_person(by: str, asked: str) -> None:
    """Names that look the same are the same."""
    with pytest.raises(SamePerson):
        check_second_person(by=by, requested_by=asked)


# --- papers and tax ---------------------------------------------------------------------------------------------------


async def test_a_fleet_gets_the_bill_of_a_driver_who_left_meanwhile(bench: Bench) -> None:
    """It answered at the start and its account says it owes: the paper must reach its invoice."""
    await a_fleet(bench)
    charge = await start(bench, await a_quote(bench), pay_with=Payer.FLEET)
    await charges(bench, charge)
    await bench.rows("DELETE FROM fleet_member RETURNING 1")
    await is_billed(bench, charge, "7.80")

    assert await account(bench, "fleet_receivable") == 928
    assert await bench.value("SELECT fleet_account_id FROM receipt") == "flt_1"


async def test_a_refund_by_hand_has_a_credit_note(bench: Bench) -> None:
    """5.00 of 23.80 waived in the dashboard: books said 18.80 with 3.00 tax, papers 23.80 with 3.80."""
    charge = await paid(bench)
    seen = refunds(bench).refund_by_hand(INTENT, euro(500))
    for _ in range(2):
        await hears(bench, "refund.created", "refund", seen.processor_refund_id)

    assert await on_paper(bench) == (1880, 300)
    assert (await books(bench, charge))["vat"] == -300


async def test_what_was_given_up_and_is_paid_after_all_is_taxed_once(bench: Bench) -> None:
    """The link was open when staff wrote 21.40 off: they were booked as income a second time, 3.42 of tax inside."""
    charge = await paid(bench, "60.00")
    payin = await pays(bench, charge, "new", "link")
    await write_off(bench, charge, None)
    payins(bench).pay_in_app(payin.payment_intent_id or "")
    await look_at_payin(work=bench.work, ports=bench.ports, payment_intent_id=payin.payment_intent_id or "")

    assert await books(bench, charge) == {"psp_clearing": 7140, "revenue": -6000, "vat": -1140}
    await books_balance(bench)


async def test_a_bill_that_falls_takes_back_what_was_given_up(bench: Bench) -> None:
    """71.40, 21.40 of it written off, become 47.60: nothing is lost any more, and tax is owed on 40.00 only."""
    charge = await paid(bench, "60.00")
    await write_off(bench, charge, None)
    await a_credit_cdr(bench, charge, 1, "60.00")
    await a_bill(bench, charge, 2, "40.00")
    await bench.drain()
    await pause_ends(bench, charge)

    assert await books(bench, charge) == {"psp_clearing": 4760, "revenue": -4000, "vat": -760}
    assert await on_paper(bench) == (4760, 760)
    await books_balance(bench)


async def test_a_credit_takes_back_what_was_given_up(bench: Bench) -> None:
    """Waiving 10.00 of what was lost anyway is a smaller loss, and less tax."""
    charge = await paid(bench, "60.00")
    await write_off(bench, charge, None)
    await credit(bench, charge, 1000)
    await bench.drain()

    found = await books(bench, charge)
    assert (found["write_off"], found["revenue"] + found["vat"], found["psp_clearing"]) == (1140, -6140, 5000)
    await books_balance(bench)


async def test_no_receipt_is_credited_above_its_total(bench: Bench) -> None:
    """10.00 of 23.80 waived, then the bill rises: notes of 33.80 on 23.80, and a receipt that asks 10.00 too much."""
    charge = await paid(bench)
    await credit(bench, charge, 1000)
    await bench.drain()
    await a_credit_cdr(bench, charge, 1, "20.00")
    await a_bill(bench, charge, 2, "30.00")
    await bench.drain()

    rows = await bench.rows(_PAPERS)
    for receipt in (each for each in rows if each.kind == "receipt"):
        assert sum(each.total_minor for each in rows if each.credits_id == receipt.id) <= receipt.total_minor


async def test_a_sum_that_staff_sign_below_the_bill_has_a_credit_note(bench: Bench) -> None:
    """10.00 signed for 23.80: 13.80 go back, and the only paper still bills 23.80."""
    charge = await paid(bench)
    await settles(bench, charge, 1000)
    await pause_ends(bench, charge)

    assert (await books(bench, charge))["psp_clearing"] == 1000
    assert (await on_paper(bench))[0] == 1000
