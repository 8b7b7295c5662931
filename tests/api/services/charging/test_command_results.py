"""Results and stops: believed once, in any order of answer, result and session."""

import asyncio
from itertools import permutations

import pytest
from sqlalchemy import text

from api.domain.charging.state import ChargingStatus
from api.domain.errors import AppError
from api.domain.roaming.command import AnswerKind, CommandAnswer, ResultKind, StartCommand
from api.domain.roaming.partner import Peer
from api.ports.roaming import PartnerUnreachable
from api.services.charging.advance import lock_charge
from api.services.deferral import Job
from api.services.roaming.commands import UnknownCommand
from tests.api.services.charging.hands import result, secret_of
from tests.bench import Bench
from tests.builders import a_session, push_session
from tests.charges import a_charge, stop

S = ChargingStatus

RESULTS = [
    (ResultKind.ACCEPTED, S.START_ACCEPTED),
    (ResultKind.REJECTED, S.START_FAILED),
    (ResultKind.NOT_SUPPORTED, S.START_FAILED),
    (ResultKind.EVSE_OCCUPIED, S.START_FAILED),
    (ResultKind.EVSE_INOPERATIVE, S.START_FAILED),
    (ResultKind.TIMEOUT, S.START_UNKNOWN),
    (ResultKind.FAILED, S.START_UNKNOWN),
]


@pytest.mark.parametrize(("kind", "status"), RESULTS)
@pytest.mark.capability("CK13", "P4")
async def test_what_a_result_means(bench: Bench, kind: ResultKind, status: ChargingStatus) -> None:
    """The charger's no ends the start; a timeout or a failure leaves open whether the car charges (ocpi#475)."""
    charge = await a_charge(bench, S.START_ACCEPTED)

    await result(bench, secret_of(bench), kind)

    assert (await bench.charge(charge)).status == status


async def test_a_repeated_or_changed_result_changes_nothing(bench: Bench) -> None:
    """The first word of the charger counts; a later no does not undo a start that was accepted."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    secret = secret_of(bench)

    for kind in (ResultKind.ACCEPTED, ResultKind.ACCEPTED, ResultKind.REJECTED, ResultKind.TIMEOUT):
        await result(bench, secret, kind)

    assert (await bench.charge(charge)).status == S.START_ACCEPTED


@pytest.mark.capability("DC4")
async def test_a_result_of_another_partner_is_refused(bench: Bench) -> None:
    """A secret is worth nothing in the hands of another partner, and an invented one nothing to anybody."""
    charge = await a_charge(bench, S.START_ACCEPTED)

    with pytest.raises(UnknownCommand):
        await result(bench, secret_of(bench), ResultKind.REJECTED, partner_id="prt_2")
    with pytest.raises(UnknownCommand):
        await result(bench, "invented", ResultKind.REJECTED)

    assert (await bench.charge(charge)).status == S.START_ACCEPTED


class ResultFirst:
    """A partner that posts the result before it answers the command itself."""

    def __init__(self, bench: Bench, kind: ResultKind) -> None:
        self.bench, self.kind = bench, kind

    async def __call__(self, peer: Peer, command: StartCommand) -> CommandAnswer:
        await result(self.bench, command.response_url.rsplit("/", 1)[-1], self.kind)
        return CommandAnswer(AnswerKind.ACCEPTED, 30)


@pytest.mark.parametrize(("kind", "status"), RESULTS)
async def test_a_result_may_come_before_the_answer(
    bench: Bench, kind: ResultKind, status: ChargingStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result beats the answer in either order: an accepted answer revives nothing that the charger refused."""
    charge = await a_charge(bench, S.STARTING)
    monkeypatch.setattr(bench.roaming, "send_start", ResultFirst(bench, kind))

    await bench.run(Job.SEND_START)

    assert (await bench.charge(charge)).status == status


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_result_that_comes_while_the_answer_is_recorded_blocks_nobody(bench: Bench) -> None:
    """Answer and result lock charge and command in the same order: neither is lost to a deadlock."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    async with bench.work() as db:
        await lock_charge(db=db, charging_session_id=charge.id)
        posted = asyncio.create_task(result(bench, secret_of(bench), ResultKind.REJECTED))
        while not await bench.value(WAITING):  # noqa: ASYNC110 - the database is watched, which sets no event
            await asyncio.sleep(0.01)
        connection = await db.connection()
        await connection.execute(text("UPDATE command SET answer = answer"))

    await posted

    assert (await bench.charge(charge)).status == S.START_FAILED


async def test_session_result_and_answer_meet_in_every_order(bench: Bench) -> None:
    """Whatever of them comes first, a charge whose session is seen is charging; the session beats the rest."""
    for number, order in enumerate(permutations(("session", "accepted", "timeout"), 3)):
        charge = await a_charge(bench, S.START_ACCEPTED, driver_id=f"drv_{number}")
        secret = secret_of(bench)
        for news in order:
            if news == "session":
                await push_session(bench, a_session(charge, id=f"SES{number}"))
            else:
                await result(bench, secret, ResultKind(news))
        stored = await bench.charge(charge)
        assert stored.status == S.CHARGING, order
        await bench.rows("UPDATE charging_session SET freed_at = now() WHERE id = :id RETURNING id", id=charge.id)


# --- stopping ---------------------------------------------------------------------------------------------------------


@pytest.mark.capability("CM18")
async def test_a_stop_is_sent_for_the_partners_session(bench: Bench) -> None:
    """STOP_SESSION names the partner's own session id, and an accepted stop is a promise, not yet an end."""
    charge = await a_charge(bench, S.STOP_ACCEPTED)

    command = bench.roaming.calls_of("send_stop")[0].arguments[0]

    assert command.session_id == "SES1"  # type: ignore[attr-defined]  # a StopCommand
    assert (await bench.charge(charge)).freed_at is None


@pytest.mark.parametrize("answer", [CommandAnswer(AnswerKind.REJECTED, 30), PartnerUnreachable("partner_unreachable")])
async def test_a_stop_that_failed_is_told_and_the_charge_goes_on(
    bench: Bench, answer: CommandAnswer | AppError
) -> None:
    """The driver must know that the car still charges, and may stop again."""
    charge = await a_charge(bench, S.STOP_REQUESTED)
    bench.roaming.stop_answers.append(answer)

    await bench.run(Job.SEND_STOP)

    assert (await bench.charge(charge)).status == S.CHARGING
    assert "stop_failed" in await bench.messages()
    assert (await stop(bench, charge)).status == S.STOP_REQUESTED


async def test_the_late_result_of_an_earlier_stop_does_not_fail_the_next(bench: Bench) -> None:
    """A repeated no to the first stop says nothing about the second."""
    charge = await a_charge(bench, S.STOP_ACCEPTED)
    first = secret_of(bench, "send_stop")
    await result(bench, first, ResultKind.REJECTED)
    await stop(bench, charge)

    await result(bench, first, ResultKind.REJECTED)

    assert (await bench.charge(charge)).status == S.STOP_REQUESTED


async def test_a_stop_without_a_session_sends_nothing(bench: Bench) -> None:
    """OCPI stops sessions, not starts: with no session there is nothing to name."""
    await a_charge(bench, S.START_UNKNOWN)

    await bench.run(Job.SEND_STOP)

    assert bench.roaming.calls_of("send_stop") == []


async def test_a_late_session_that_was_adopted_is_not_stopped_by_an_old_order(bench: Bench) -> None:
    """A stop ordered while the start was unknown does not hit the session that turned up after it."""
    charge = await a_charge(bench, S.START_UNKNOWN)
    await push_session(bench, a_session(charge))

    await bench.run(Job.SEND_STOP)

    assert bench.roaming.calls_of("send_stop") == []
    assert (await bench.charge(charge)).status == S.CHARGING
