"""Behavior 1: the result of a start comes before its answer, twice or never, and the session before both.

The command is on disk before it is sent, so each of them finds it: the session beats the result, which beats the
answer.
"""

from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.errors import AppError
from api.domain.roaming.command import AnswerKind, CommandAnswer, ResultKind
from api.ports.roaming import PartnerUnreachable
from api.services.deferral import Job
from tests.api.services.charging.hands import result, secret_of
from tests.bench import Bench
from tests.builders import a_cdr, a_session, push_cdr, push_session
from tests.charges import a_charge
from tests.interop.stage import PAID_IN_FULL, Stage

S = ChargingStatus


def before_the_answer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, *news: Any, then: CommandAnswer | AppError
) -> None:
    """Let everything in ``news`` happen while START_SESSION is on its way, and answer it with ``then``."""

    async def send_start(peer: Any, command: Any) -> CommandAnswer:
        for each in news:
            await each(command.response_url.rsplit("/", 1)[-1])
        if isinstance(then, AppError):
            raise then
        return then

    monkeypatch.setattr(bench.roaming, "send_start", send_start)


ACCEPTED = CommandAnswer(AnswerKind.ACCEPTED, 30)
NO = CommandAnswer(AnswerKind.REJECTED, 30)
LOST = PartnerUnreachable("partner_unreachable")


@pytest.mark.parametrize("answer", [ACCEPTED, NO, LOST])
async def test_a_session_before_the_answer_is_a_charge_whatever_the_answer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, answer: CommandAnswer | AppError
) -> None:
    """A car that charges is charging, even where the partner then says no or nothing; its hold stands for the bill."""
    charge = await a_charge(bench, S.STARTING)

    async def session(secret: str) -> None:
        await push_session(bench, a_session(charge))

    before_the_answer(bench, monkeypatch, session, then=answer)
    await bench.run(Job.SEND_START)

    stored = await bench.charge(charge)
    assert (stored.status, stored.hold_status) == (S.CHARGING, HoldStatus.PLACED)


@pytest.mark.parametrize("answer", [ACCEPTED, LOST])
async def test_a_refusing_result_before_the_answer_ends_the_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, answer: CommandAnswer | AppError
) -> None:
    """The charger's no counts, and an answer that comes after it revives nothing."""
    charge = await a_charge(bench, S.STARTING)

    async def refuse(secret: str) -> None:
        await result(bench, secret, ResultKind.EVSE_OCCUPIED)

    before_the_answer(bench, monkeypatch, refuse, refuse, then=answer)
    await bench.run(Job.SEND_START)

    assert (await bench.charge(charge)).status == S.START_FAILED


async def test_a_result_that_comes_twice_counts_once(bench: Bench) -> None:
    """Twice accepted is accepted; a contradiction after it is not believed, and no second start is sent."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    secret = secret_of(bench)

    for kind in (ResultKind.ACCEPTED, ResultKind.ACCEPTED, ResultKind.REJECTED):
        await result(bench, secret, kind)
    await bench.drain()

    assert (await bench.charge(charge)).status == S.START_ACCEPTED
    assert len(bench.roaming.calls_of("send_start")) == 1
    assert await bench.value("SELECT result FROM command") == "accepted"


async def test_a_result_after_the_bill_changes_nothing(bench: Bench) -> None:
    """However late the result comes, a charge that is paid stays paid, once."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    secret = secret_of(bench)
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()
    paid = (await bench.charge(charge)).captured_minor

    await result(bench, secret, ResultKind.FAILED)
    await bench.drain()

    stored = await bench.charge(charge)
    assert (stored.status, stored.captured_minor) == (S.SETTLED, paid)
    assert paid == 928


async def test_a_result_that_never_comes_keeps_nobody_waiting(bench: Bench) -> None:
    """Our own clock ends the wait: the driver is told, and the hold waits for a late session only a while longer."""
    charge = await a_charge(bench, S.START_ACCEPTED)

    bench.clock.advance(601)
    await bench.drain()

    stored = await bench.charge(charge)
    assert (stored.status, stored.hold_status) == (S.START_UNKNOWN, HoldStatus.PLACED)

    for _ in range(2):  # the grace for a late session, then the moment for another try
        bench.clock.advance(601)
        await bench.drain()

    stored = await bench.charge(charge)
    assert (stored.status, stored.hold_status) == (S.START_FAILED, HoldStatus.RELEASED)


@pytest.mark.parametrize("fault", ["result_before_response", "session_before_response", "result_twice", "no_result"])
async def test_in_whatever_order_an_operator_answers_one_start_is_one_charge(twofold: Stage, fault: str) -> None:
    """Played by an operator: one START_SESSION, one session, one capture of the one bill."""
    await twofold.fault(fault)
    charge = await twofold.taps()

    await twofold.passes(hours=2)

    assert len(twofold.commands("START_SESSION")) == 1
    assert await twofold.now(charge) == PAID_IN_FULL
    assert await twofold.open_findings() == []


async def test_an_operator_that_falls_silent_blocks_nobodys_money(twofold: Stage) -> None:
    """It accepted and then said nothing, ever: the hold is let go, and the next start at the same charger works."""
    await twofold.fault("silent_after_start", times=1)
    charge = await twofold.taps()
    await twofold.passes(minutes=15)
    assert await twofold.now(charge) == (S.START_FAILED, HoldStatus.RELEASED, 0)

    other = await twofold.taps(driver_id="drv_2")
    await twofold.passes(hours=2)

    assert await twofold.now(other) == PAID_IN_FULL
