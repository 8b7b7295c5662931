"""The guest closes the page, at each step there is: nothing stays reserved, and what was charged is paid."""

from collections.abc import Awaitable, Callable

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.command import AnswerKind, CommandAnswer
from api.ports.payments import ProcessorStatus
from api.services.charging.sweep import sweep_operations, sweep_timers
from tests.bench import Bench
from tests.builders import a_cdr, a_session, push_cdr, push_session
from tests.fakes import ACTION_CARD
from tests.guests import GUEST, Guest

_OVER = {
    ProcessorStatus.CANCELED,
    ProcessorStatus.EXPIRED,
    ProcessorStatus.CAPTURED,
    ProcessorStatus.NEEDS_PAYMENT_METHOD,
}


async def sweep(bench: Bench, minutes: int) -> None:
    """Let time pass as the sweeper sees it."""
    for _ in range(minutes):
        bench.clock.advance(60)
        await sweep_timers(work=bench.work, ports=bench.ports)
        await sweep_operations(work=bench.work, ports=bench.ports)
        await bench.drain()


async def _only_looked(bench: Bench, guest: Guest) -> None:
    await guest.scan()


async def _waiting_for_the_hold(bench: Bench, guest: Guest) -> None:
    await guest.scan()
    await guest.start()


async def waiting_for_the_bank(bench: Bench, guest: Guest) -> None:
    """Come to where the bank asks."""
    await guest.scan()
    await guest.start(ACTION_CARD)
    await bench.drain()
    assert (await guest.charge()).status == ChargingStatus.AWAITING_DRIVER


async def _no_at_the_bank(bench: Bench, guest: Guest) -> None:
    await waiting_for_the_bank(bench, guest)
    bench.payments.fail_action(bench.payments.holds[0].payment_intent_id)


async def _yes_at_the_bank_after_giving_up(bench: Bench, guest: Guest) -> None:
    await waiting_for_the_bank(bench, guest)
    await guest.post("cancel")
    bench.payments.pass_action(bench.payments.holds[0].payment_intent_id)


async def _answer_of_the_hold_lost(bench: Bench, guest: Guest) -> None:
    await guest.scan()
    bench.payments.lose_answer("place_hold")
    await guest.start()


async def _processor_away(bench: Bench, guest: Guest) -> None:
    await guest.scan()
    for _ in range(40):
        bench.payments.break_before("place_hold")
    await guest.start()


async def charger_refuses(bench: Bench, guest: Guest) -> None:
    """Come to where the charger said no."""
    bench.roaming.start_answers.append(CommandAnswer(AnswerKind.REJECTED, 30))
    await guest.scan()
    await guest.start()
    await bench.drain()


async def _no_car_ever_comes(bench: Bench, guest: Guest) -> None:
    await guest.scan()
    await guest.start()
    await bench.drain()
    assert (await guest.charge()).status == ChargingStatus.START_ACCEPTED


async def _given_up_while_starting(bench: Bench, guest: Guest) -> None:
    await _no_car_ever_comes(bench, guest)
    await guest.post("cancel")


_STEPS = [
    _only_looked,
    _waiting_for_the_hold,
    waiting_for_the_bank,
    _no_at_the_bank,
    _yes_at_the_bank_after_giving_up,
    _answer_of_the_hold_lost,
    _processor_away,
    charger_refuses,
    _no_car_ever_comes,
    _given_up_while_starting,
]


@pytest.mark.capability("CK28", "L4", "L5")
@pytest.mark.parametrize("step", _STEPS, ids=lambda step: step.__name__.strip("_"))
async def test_no_hold_is_left_behind_a_closed_page(
    stand: Bench, guest: Guest, step: Callable[[Bench, Guest], Awaitable[None]]
) -> None:
    """Whatever the guest closes when: within an hour nothing is reserved, nothing taken, and the post is free."""
    await step(stand, guest)
    await sweep(stand, 60)
    assert [hold.status for hold in stand.payments.holds if hold.status not in _OVER] == []
    assert [hold.captured.minor for hold in stand.payments.holds if hold.captured.minor] == []
    assert await stand.value("SELECT count(*) FROM charging_session WHERE freed_at IS NULL") == 0
    assert (await guest.scan()).text.count("data-quote=") == 1


@pytest.mark.capability("CK28")
async def test_a_guest_who_leaves_while_charging_pays_what_it_cost(stand: Bench, guest: Guest) -> None:
    """The page is closed, the charge goes on, the bill comes: captured once, the rest is free, the receipt mailed."""
    await guest.scan()
    await guest.start()
    await stand.drain()
    charge = await guest.charge()
    await push_session(stand, a_session(charge))
    await push_cdr(stand, a_cdr(charge))
    await stand.drain()
    assert [(hold.status, hold.captured.minor) for hold in stand.payments.holds] == [(ProcessorStatus.CAPTURED, 928)]
    assert [tuple(row) for row in await stand.rows("SELECT to_address, outcome FROM mail_outbox")] == [(GUEST, "sent")]
