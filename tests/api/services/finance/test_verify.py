"""The verification: nothing differs after honest charges, and each check finds the errors planted for it."""

import contextlib

from sqlalchemy import text

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.services.finance.verify import run_checks, verify_ledger
from api.services.finance.verify_checks import Verdict
from tests.bench import Bench
from tests.builders import a_cdr, a_location, a_session, after, an_evse, connector_of, push_cdr, push_session
from tests.charges import METERED, a_charge, cancel
from tests.wallets import top_up

S = ChargingStatus


class _UndoneError(Exception):
    """Rolls a planted error back, so that the next one is the only one."""


async def verdicts(bench: Bench) -> dict[str, Verdict]:
    """Return what each check finds, by its name."""
    async with bench.work() as db:
        return {each.name: each for each in await verify_ledger(db=db)}


async def differing(bench: Bench) -> set[str]:
    """Return the names of the checks that find a difference."""
    return {name for name, verdict in (await verdicts(bench)).items() if not verdict.holds_true}


async def ended(bench: Bench, number: int) -> ChargingSession:
    """Bring the charge of a driver, EVSE and session of their own to its end; the bill is still to come."""
    connector = connector_of(uid=f"EVSE{number}")
    charge = await a_charge(bench, S.START_ACCEPTED, driver_id=f"drv_{number}", connector=connector)
    over = {"kwh": METERED, "status": SessionStatus.COMPLETED, "ended_at": after(60), "last_updated": after(60)}
    await push_session(bench, a_session(charge, id=f"SES{number}"))
    await push_session(bench, a_session(charge, id=f"SES{number}", **over))
    return charge


async def billed(bench: Bench, number: int, cost: str, taxed: str | None = None) -> ChargingSession:
    """Bring a charge to its end and bill it."""
    charge = await ended(bench, number)
    await push_cdr(bench, a_cdr(charge, id=f"CDR{number}", cost=cost, taxed=taxed, session_id=f"SES{number}"))
    await bench.drain()
    return charge


async def some_charges(bench: Bench) -> None:
    """Bring charges to every kind of end: paid, above the hold, below the minimum, corrected, failed, given up."""
    await a_location(bench, evses=tuple(an_evse(f"EVSE{number}") for number in range(8)))
    for number, cost in enumerate(("7.80", "60", "0.30", "0")):
        await billed(bench, number, cost)
    await billed(bench, 4, "10.00", "11.90")
    charge = await billed(bench, 5, "20")
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-20", credit=True, credit_reference_id="CDR5"))
    await push_cdr(bench, a_cdr(charge, id="CDR9", cost="25", session_id="SES5"))
    await bench.drain()
    await top_up(bench, 10000, driver_id="drv_0")
    await bench.drain()
    for number, status in ((6, S.START_FAILED), (7, S.AWAITING_HOLD)):
        charge = await a_charge(bench, status, driver_id=f"drv_{number}", connector=connector_of(uid=f"EVSE{number}"))
        if status is S.AWAITING_HOLD:
            await cancel(bench, charge)
        await bench.drain()


async def test_honest_books_verify(bench: Bench) -> None:
    """Whatever becomes of charges, the books are what their events, bills and CDRs make of them."""
    await some_charges(bench)

    found = await verdicts(bench)

    assert {name: each.first for name, each in found.items() if not each.holds_true} == {}
    looked_at = {name: each.checked for name, each in found.items()}
    assert looked_at["hold_totals"] == looked_at["hold_journals"] == 8
    assert looked_at["cdr_costs"] == 8
    assert looked_at["journals_balance"] > 20


async def test_a_charge_under_way_verifies_but_for_its_jobs(bench: Bench) -> None:
    """A hold that stands is promised in the books, and that is right while it is open."""
    await a_charge(bench, S.CHARGING)

    assert await differing(bench) <= {"nothing_left"}


JOURNAL = (
    "INSERT INTO journal (id, kind, cause_type, cause_id, charging_session_id, occurred_at, period)"
    " SELECT 'jrn_x', {kind}, {cause_type}, {cause}, {charge}, now(), '2026-03'"
)
ENTRY = (
    "INSERT INTO ledger_entry (journal_id, account_id, layer, currency, amount_minor)"
    " VALUES ('jrn_x', '{account}', '{layer}', 'EUR', {amount})"
)


def a_journal(kind: str, debit: str, credit: str, *, layer: str = "posted", **cause: str) -> tuple[str, ...]:
    """Return the statements that smuggle in a journal of one cent that balances."""
    values = {"cause_type": "'planted'", "cause": "'1'", "charge": "NULL"} | cause
    return (
        *(
            f"INSERT INTO ledger_account SELECT '{each}', split_part('{each}', ':', 1), split_part('{each}', ':', 2),"
            " 'EUR' ON CONFLICT DO NOTHING"
            for each in (debit, credit)
        ),
        JOURNAL.format(kind=f"'{kind}'", **values),
        ENTRY.format(account=debit, layer=layer, amount=1),
        ENTRY.format(account=credit, layer=layer, amount=-1),
    )


A_COST = "(SELECT id FROM journal WHERE kind = 'partner_cost' LIMIT 1)"
SPOILED = (
    "UPDATE ledger_entry SET amount_minor = amount_minor + 1"  # noqa: S608 - of this test
    f" WHERE journal_id = {A_COST} AND account_id = 'roaming_cost::EUR'"
)
PLANTED: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "a cent added to a journal": (
        (SPOILED,),
        {"journals_balance", "cdr_costs"},
    ),
    "a journal without entries": (
        (JOURNAL.format(kind="'suspended'", cause_type="'x'", cause="'1'", charge="NULL"),),
        {"journals_balance"},
    ),
    "an entry in a foreign currency": (
        (f"UPDATE ledger_entry SET currency = 'CHF' WHERE journal_id = {A_COST}",),  # noqa: S608 - constants
        {"entries_in_their_accounts", "cdr_costs"},
    ),
    "a hold that says it captured more": (
        ("UPDATE hold SET captured_minor = captured_minor + 1 WHERE status = 'captured'",),
        {"hold_totals"},
    ),
    "a hold that says it is open": (
        ("UPDATE hold SET status = 'placed' WHERE status = 'captured'",),
        {"hold_totals", "nothing_left_pending"},
    ),
    "an event that was struck out": (
        ("DELETE FROM hold_event WHERE kind = 'capture_succeeded'",),
        {"hold_totals", "hold_journals", "journals_have_events"},
    ),
    "an event of another amount": (
        ("UPDATE hold_event SET amount_minor = amount_minor - 1 WHERE kind = 'capture_succeeded'",),
        {"hold_totals", "hold_journals"},
    ),
    "a capture that was never booked": (
        (
            "DELETE FROM ledger_entry WHERE journal_id IN (SELECT id FROM journal WHERE kind = 'hold_captured')",
            "DELETE FROM journal WHERE kind = 'hold_captured'",
        ),
        {"hold_journals", "charges_booked", "income_is_the_bill"},
    ),
    "a fee of another amount": (
        ("UPDATE hold SET fee_minor = coalesce(fee_minor, 0) + 1 WHERE status = 'captured'",),
        {"hold_journals"},
    ),
    "a promise of nobody": (
        a_journal("hold_placed", "psp_holds::EUR", "driver_holds::EUR", layer="pending"),
        {"journals_have_events", "nothing_left_pending"},
    ),
    "a promise that never ended": (
        (
            "DELETE FROM ledger_entry WHERE journal_id IN (SELECT id FROM journal WHERE kind = 'hold_ended')",
            "DELETE FROM journal WHERE kind = 'hold_ended'",
        ),
        {"hold_journals", "nothing_left_pending"},
    ),
    "a cost of no CDR": (
        a_journal("partner_cost", "roaming_cost::EUR", "cpo_payable:prt_1:EUR"),
        {"costs_have_cdrs"},
    ),
    "a CDR that costs a cent more": (
        ("UPDATE cdr SET total_cost = total_cost + 0.01 WHERE id = 'CDR0'",),
        {"cdr_costs"},
    ),
    "a cost owed to another partner": (
        (
            "INSERT INTO ledger_account VALUES ('cpo_payable:prt_9:EUR', 'cpo_payable', 'prt_9', 'EUR')",
            "UPDATE ledger_entry SET account_id = 'cpo_payable:prt_9:EUR' WHERE account_id LIKE 'cpo_payable:%'",
        ),
        {"cdr_costs"},
    ),
    "a charge that says it captured less": (
        ("UPDATE charging_session SET state = jsonb_set(state, '{captured,minor}', '1') WHERE captured_minor = 928",),
        {"charges_booked"},
    ),
    "a receivable that no machine knows": (
        a_journal("receivable_raised", "receivable:drv_0:EUR", "revenue::EUR"),
        {"receivables"},
    ),
    "a receivable of a charge booked twice": (
        a_journal(
            "receivable_raised",
            "receivable:drv_1:EUR",
            "revenue::EUR",
            charge="(SELECT id FROM charging_session WHERE driver_id = 'drv_1')",
        ),
        {"charges_booked", "income_is_the_bill", "receivables"},
    ),
    "income of no charge of ours": (
        a_journal("receivable_raised", "receivable:drv_x:EUR", "vat::EUR", charge="'chs_x'"),
        {"charges_booked", "receivables"},
    ),
    "tax booked as revenue": (
        ("UPDATE ledger_entry SET account_id = 'revenue::EUR' WHERE account_id = 'vat::EUR'",),
        {"income_is_the_bill"},
    ),
    "a wallet that moved for no reason": (
        a_journal("partner_cost", "prepaid:drv_0:EUR", "revenue::EUR"),
        {"wallet_movements", "costs_have_cdrs"},
    ),
    "a reserve of less than nothing": (
        a_journal("prepaid_reserved", "prepaid_reserved:drv_0:EUR", "prepaid:drv_0:EUR", layer="pending"),
        {"wallet_reserves", "wallets_kept_back", "nothing_left_pending"},
    ),
    "a reserve for a pay-out that is not there": (
        a_journal(
            "prepaid_reserved",
            "prepaid:drv_0:EUR",
            "prepaid_reserved:drv_0:EUR",
            layer="pending",
            cause_type="'wallet_payout'",
        ),
        {"wallet_payouts_reserved"},
    ),
    "a dispute that nobody told of": (
        a_journal("dispute_opened", "disputes::EUR", "psp_clearing::EUR", cause_type="'dispute_event'"),
        {"disputes", "wallets_kept_back"},
    ),
    "a refund that failed and was none": (
        a_journal("refund_failed", "psp_clearing::EUR", "refunds_unpaid:drv_0:EUR", cause_type="'refund'"),
        {"refunds_unpaid"},
    ),
    "a fee of a payment that nobody took": (
        a_journal("processor_fee", "psp_fees::EUR", "psp_clearing::EUR", cause_type="'payin'"),
        {"fees"},
    ),
    "help that nobody agreed to": (
        a_journal("help_paid", "prepaid:drv_0:EUR", "revenue::EUR", cause_type="'help_offer'"),
        {"help_paid"},
    ),
    "a top-up that says it brought less": (
        ("UPDATE payin SET received_minor = received_minor - 1",),
        {"wallet_top_ups"},
    ),
    "an operation without an end": (
        ("UPDATE payment_operation SET state = 'unknown' WHERE kind = 'capture'",),
        {"nothing_left"},
    ),
    "a job that failed": (
        ("INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('money', 'settle', 'failed')",),
        {"nothing_left"},
    ),
    "an event that nobody handled": (
        ("INSERT INTO processor_event (id, type, payload, received_at) VALUES ('evt_1', 'x', '{}', now())",),
        {"nothing_left"},
    ),
}


async def test_each_planted_error_is_found(bench: Bench) -> None:
    """Whatever single thing is wrong, exactly the checks that it concerns say so, with rows that show it."""
    await some_charges(bench)
    assert await differing(bench) == set()

    found = {what: await _found_after(bench, statements) for what, (statements, _) in PLANTED.items()}

    assert found == {what: expected for what, (_, expected) in PLANTED.items()}
    assert await differing(bench) == set()


async def _found_after(bench: Bench, statements: tuple[str, ...]) -> set[str]:
    """Return what is found once ``statements`` ran with every rule of the database asleep, and undo them."""
    found: set[str] = set()
    with contextlib.suppress(_UndoneError):
        async with bench.work() as db:
            connection = await db.connection()
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                await connection.exec_driver_sql(statement)
            for each in await run_checks(db):
                if not each.holds_true:
                    assert each.first, each
                    found.add(each.name)
            raise _UndoneError
    return found


async def test_every_check_is_shown_to_fail(bench: Bench) -> None:
    """A check for which no error was ever planted may look at nothing at all."""
    planted: set[str] = set().union(*(checks for _, checks in PLANTED.values()))

    assert planted == set(await verdicts(bench)) - {"reversals_undo"}, "reversals have a test of their own"
