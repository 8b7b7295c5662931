"""Topping up: counted once, when our server saw the money, whatever breaks on the way (payments.md 28)."""

import asyncio
from datetime import timedelta

import pytest

from api.domain.errors import AppError
from api.domain.money import Money
from api.services.charging.inbox import handle_processor_event
from api.services.charging.look_payin import look_at_payin, sweep_payins
from api.services.charging.run_payin import run_payin
from api.services.payments.events import store_event
from api.services.wallet.top_up import TopUpOutOfBounds
from tests.bench import Bench, crashing
from tests.builders import a_driver
from tests.fakes import ACTION_CARD, SimulatedCrash
from tests.wallets import account, begin_top_up, books_balance, figures, payins, stored, top_up


async def sweep(bench: Bench, minutes: int = 11) -> None:
    """Let time pass and the sweep come by, its jobs done."""
    bench.clock.advance(minutes * 60)
    await sweep_payins(work=bench.work, ports=bench.ports)
    await bench.drain()


async def test_a_top_up_is_the_drivers_money_at_once(bench: Bench) -> None:
    """The wallet grows by what came, a liability of ours, and the processor's fee is ours to bear."""
    payin = await top_up(bench, 5000)

    assert (payin.status, payin.received_minor) == ("succeeded", 5000)
    assert await figures(bench) == (5000, 0, 5000)
    assert await account(bench, "prepaid") == -5000
    assert await account(bench, "psp_clearing") == 5000 - (payin.fee_minor or 0)
    assert await bench.messages() == ["wallet_topped_up"]
    await books_balance(bench)


async def test_a_top_up_seen_by_everyone_counts_once(bench: Bench) -> None:
    """The answer, webhooks in parallel and the sweep all see the same success: the money is booked once."""
    payin, call = await begin_top_up(bench, 5000)
    await run_payin(work=bench.work, ports=bench.ports, operation_id=call)
    intent = (await stored(bench, payin)).payment_intent_id or ""

    await asyncio.gather(
        *(look_at_payin(work=bench.work, ports=bench.ports, payment_intent_id=intent) for _ in range(8)),
        *(run_payin(work=bench.work, ports=bench.ports, operation_id=call) for _ in range(4)),
    )

    assert await figures(bench) == (5000, 0, 5000)
    assert await bench.value("SELECT count(*) FROM journal WHERE kind = 'topped_up'") == 1
    assert await bench.messages() == ["wallet_topped_up"]
    await books_balance(bench)


async def test_two_workers_at_one_call_take_the_money_once(bench: Bench) -> None:
    """The call is on disk with one key: whoever makes it, and however often, the card pays once."""
    _, call = await begin_top_up(bench, 5000)

    await asyncio.gather(*(run_payin(work=bench.work, ports=bench.ports, operation_id=call) for _ in range(6)))

    assert len(payins(bench).payins) == 1
    assert await figures(bench) == (5000, 0, 5000)


async def test_a_created_top_up_is_no_money(bench: Bench) -> None:
    """While the app has something to confirm, nothing is in the wallet; the secret is there for it."""
    payin = await top_up(bench, 5000, method="new")

    assert (payin.status, payin.client_secret is not None) == ("action_required", True)
    assert await figures(bench) == (0, 0, 0)


async def test_a_confirmed_top_up_is_found_by_its_webhook(bench: Bench) -> None:
    """3-D Secure passed in the app: the event makes us look, and the look brings the money, once for two events."""
    payin = await top_up(bench, 5000, payment_method_id=ACTION_CARD)
    intent = payin.payment_intent_id or ""
    assert payin.status == "action_required"
    payins(bench).pay_in_app(intent)

    for type_ in ("payment_intent.succeeded", "charge.succeeded"):
        payload, signature = bench.payments.signed_event(type_, intent, at=bench.clock.now())
        async with bench.work() as db:
            await store_event(db=db, ports=bench.ports, now=bench.clock.now(), payload=payload, signature=signature)
    for row in await bench.rows("SELECT id FROM processor_event"):
        await handle_processor_event(work=bench.work, ports=bench.ports, event_id=row.id)

    assert (await stored(bench, payin)).status == "succeeded"
    assert await figures(bench) == (5000, 0, 5000)
    assert await bench.value("SELECT count(*) FROM processor_event WHERE handled_at IS NULL") == 0


async def test_a_webhook_that_overtakes_the_answer_finds_its_top_up(bench: Bench) -> None:
    """The event may come before our own answer is stored: the payment's metadata names our row."""
    payin, call = await begin_top_up(bench, 5000)
    with pytest.raises(SimulatedCrash):
        await run_payin(work=bench.work, ports=crashing(bench, "payin.performed"), operation_id=call)
    intent = payins(bench).payins[0].payment_intent_id

    assert await look_at_payin(work=bench.work, ports=bench.ports, payment_intent_id=intent)

    assert (await stored(bench, payin)).status == "succeeded"
    await sweep(bench)
    assert await figures(bench) == (5000, 0, 5000)


async def test_a_confirmed_top_up_without_webhook_is_found_by_the_sweep(bench: Bench) -> None:
    """A webhook that never comes is not needed."""
    payin = await top_up(bench, 5000, method="new")
    payins(bench).pay_in_app(payin.payment_intent_id or "")

    await sweep(bench)

    assert await figures(bench) == (5000, 0, 5000)


async def test_an_abandoned_top_up_is_canceled(bench: Bench) -> None:
    """Nobody confirms: after its time the intent is closed, so that it cannot be paid behind our back."""
    payin = await top_up(bench, 5000, method="new")

    await sweep(bench, minutes=61)

    assert (await stored(bench, payin)).status == "canceled"
    assert payins(bench).payins[0].status == "canceled"
    assert await figures(bench) == (0, 0, 0)


async def test_a_top_up_paid_in_the_last_moment_is_not_canceled(bench: Bench) -> None:
    """Before giving up we look, and money that came counts."""
    payin = await top_up(bench, 5000, method="new")
    payins(bench).pay_in_app(payin.payment_intent_id or "")

    await sweep(bench, minutes=61)

    assert await figures(bench) == (5000, 0, 5000)


async def test_a_declined_top_up_says_why_and_leaves_nothing_open(bench: Bench) -> None:
    """The bank's no is stored, and the intent closed."""
    payin = await top_up(bench, 5000, payment_method_id="pm_card_chargeDeclined")

    assert (payin.status, payin.decline_code) == ("declined", "generic_decline")
    assert payins(bench).payins[0].status == "canceled"
    assert await figures(bench) == (0, 0, 0)


@pytest.mark.parametrize("trouble", ["lose_answer", "break_before", "fail_for_good"])
async def test_a_lost_outcome_is_found_and_the_card_pays_once(bench: Bench, trouble: str) -> None:
    """Done or not done, a stored failure or none: in the end there is one payment and one booking."""
    getattr(payins(bench), trouble)("take_payment")
    payin = await top_up(bench, 5000)
    assert payin.status == "pending"

    await sweep(bench)
    await sweep(bench)

    paid = [each for each in payins(bench).payins if each.received.minor]
    assert len(paid) == 1
    assert await figures(bench) == (5000, 0, 5000)
    await books_balance(bench)


@pytest.mark.parametrize("point", ["payin.planned", "payin.performed", "payin.recorded"])
async def test_a_crash_at_any_point_is_made_good_by_the_sweep(bench: Bench, point: str) -> None:
    """The call is on disk before it is made: whoever takes it up repeats it with its key."""
    _, call = await begin_top_up(bench, 5000)
    with pytest.raises(SimulatedCrash):
        await run_payin(work=bench.work, ports=crashing(bench, point), operation_id=call)

    await sweep(bench)

    assert len(payins(bench).payins) == 1
    assert await figures(bench) == (5000, 0, 5000)


async def test_a_second_payment_for_one_top_up_is_kept_apart(bench: Bench) -> None:
    """A stored failure that had paid after all: the second intent's money waits in suspense, and finance is told."""
    payin, call = await begin_top_up(bench, 5000)
    payins(bench).lose_answer("take_payment")
    await run_payin(work=bench.work, ports=bench.ports, operation_id=call)
    await bench.rows("UPDATE payin SET payment_intent_id = 'pi_other' RETURNING id")
    await bench.rows("UPDATE payin_operation SET replaces_id = 'opr_0' RETURNING id")

    await look_at_payin(work=bench.work, ports=bench.ports, payment_intent_id=payins(bench).payins[0].payment_intent_id)

    assert await account(bench, "suspense") == -5000
    assert await bench.findings() == {"second_payment_at_processor"}
    assert (await stored(bench, payin)).status == "pending"
    await books_balance(bench)


@pytest.mark.parametrize(
    ("minor", "currency"), [(999, "EUR"), (100_001, "EUR"), (0, "CHF"), (1799, "JPY"), (155_050, "ISK")]
)
async def test_amounts_out_of_bounds_are_refused(bench: Bench, minor: int, currency: str) -> None:
    """Too little, too much, or what the currency has no coins for; yen have no decimals."""
    with pytest.raises(TopUpOutOfBounds):
        await begin_top_up(bench, minor, currency=currency)


async def test_yen_are_whole(bench: Bench) -> None:
    """Minor units of yen are yen: 1800 is the least, about ten euro."""
    await top_up(bench, 1800, currency="JPY")
    assert await figures(bench, currency="JPY") == (1800, 0, 1800)


@pytest.mark.capability("EP14")
async def test_wallets_of_two_currencies_never_meet(bench: Bench) -> None:
    """Francs and euros are two wallets; nothing is added up across them (EP14)."""
    await top_up(bench, 5000, currency="CHF")
    await top_up(bench, 2000, currency="EUR")

    assert await figures(bench, currency="CHF") == (5000, 0, 5000)
    assert await figures(bench, currency="EUR") == (2000, 0, 2000)


async def test_a_currency_without_limits_has_no_wallet(bench: Bench) -> None:
    """Nobody said what is much in it."""
    await a_driver(bench)
    with pytest.raises(AppError, match="no_hold_for_currency"):
        await begin_top_up(bench, 5000, currency="XAF")


async def test_patience_is_of_the_installation(bench: Bench) -> None:
    """The row says when it is given up."""
    payin = await top_up(bench, 5000, method="new")
    assert payin.expires_at == bench.clock.now() + timedelta(hours=1)
    assert Money(payin.amount_minor, payin.currency) == Money(5000, "EUR")
