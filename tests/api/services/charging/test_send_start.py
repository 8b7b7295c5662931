"""Starts: sent once and only while they are wanted; whatever may have been sent is never sent again."""

from dataclasses import replace

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.errors import AppError
from api.domain.roaming.command import AnswerKind, CommandAnswer, ResultKind, StartCommand
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.services.charging.commands import send_start
from api.services.charging.look import look_at_hold
from api.services.deferral import Job
from tests.api.services.charging.hands import result, secret_of
from tests.bench import Bench
from tests.builders import after
from tests.charges import a_charge, cancel
from tests.fakes import FakeCheckpoints, SimulatedCrash

S = ChargingStatus


async def test_a_start_names_the_charge_and_its_own_token(bench: Bench) -> None:
    """The partner gets a token made for this one charge, our reference, and an address that only it knows."""
    charge = await a_charge(bench, S.START_ACCEPTED)

    command = bench.roaming.calls_of("send_start")[0].arguments[0]

    assert isinstance(command, StartCommand)
    assert (command.token.uid, command.authorization_reference) == (charge.token_uid, charge.id)
    assert (command.location_id, command.evse_uid, command.connector_id) == ("LOC1", "EVSE1", None)
    assert secret_of(bench) not in str(await bench.rows("SELECT * FROM command"))


ANSWERS: list[tuple[CommandAnswer | AppError, ChargingStatus, str]] = [
    (CommandAnswer(AnswerKind.ACCEPTED, 30), S.START_ACCEPTED, "placed"),
    (CommandAnswer(AnswerKind.REJECTED, 30), S.START_FAILED, "placed"),
    (CommandAnswer(AnswerKind.NOT_SUPPORTED, 30), S.START_FAILED, "placed"),
    (CommandAnswer(AnswerKind.UNKNOWN_SESSION, 30), S.START_FAILED, "placed"),
    (PartnerUnreachable("partner_unreachable"), S.START_UNKNOWN, "placed"),
    (PartnerAnsweredBadly("bad", http_status=500, ocpi_status=None, message=""), S.START_UNKNOWN, "placed"),
    (PartnerAnsweredBadly("bad", http_status=200, ocpi_status=3000, message=""), S.START_UNKNOWN, "placed"),
    (PartnerAnsweredBadly("bad", http_status=200, ocpi_status=2003, message=""), S.START_FAILED, "placed"),
]


@pytest.mark.parametrize(("answer", "status", "hold"), ANSWERS)
@pytest.mark.capability("CK13")
async def test_what_an_answer_means(
    bench: Bench, answer: CommandAnswer | AppError, status: ChargingStatus, hold: str
) -> None:
    """A clear no releases the hold at once; whenever the car may charge all the same, the hold stays."""
    charge = await a_charge(bench, S.STARTING)
    bench.roaming.start_answers.append(answer)

    await bench.run(Job.SEND_START)

    stored = await bench.charge(charge)
    assert (stored.status, stored.hold_status) == (status, hold)


async def test_a_partner_that_was_disconnected_is_no_unknown_start(bench: Bench) -> None:
    """A start that cannot be sent to anybody has failed, so the hold goes at once."""
    charge = await a_charge(bench, S.STARTING)
    await bench.rows("UPDATE partner SET status = 'suspended' RETURNING id")

    await bench.run(Job.SEND_START)

    assert (await bench.charge(charge)).status == S.START_FAILED


async def test_a_start_is_not_sent_after_the_driver_gave_up(bench: Bench) -> None:
    """A start that was not its turn yet when the driver gave up never leaves the house, and the hold goes at once."""
    charge = await a_charge(bench, S.STARTING)
    await cancel(bench, charge)

    await bench.run(Job.SEND_START)

    stored = await bench.charge(charge)
    assert bench.roaming.calls_of("send_start") == []
    assert (stored.status, stored.hold_status) == (S.ABANDONED, HoldStatus.RELEASING)


async def test_a_start_is_not_sent_without_its_hold(bench: Bench) -> None:
    """No start without a placed hold: one that lapsed while the start waited keeps it from being sent."""
    charge = await a_charge(bench, S.STARTING)
    bench.payments.expire("pi_fake1")
    await bench.rows("UPDATE hold SET capture_before = :past RETURNING id", past=after(-5))
    await look_at_hold(work=bench.work, ports=bench.ports, payment_intent_id="pi_fake1", source="webhook")

    await bench.run(Job.SEND_START)

    assert bench.roaming.calls_of("send_start") == []
    assert (await bench.charge(charge)).status == S.START_FAILED


@pytest.mark.parametrize(
    ("point", "sent", "status"),
    [
        ("start.planned", 0, S.START_UNKNOWN),
        ("start.performed", 1, S.START_UNKNOWN),
        ("start.recorded", 1, S.START_ACCEPTED),
    ],
)
async def test_a_start_that_was_perhaps_sent_is_never_sent_again(
    bench: Bench, point: str, sent: int, status: ChargingStatus
) -> None:
    """After a crash the job runs again: what was recorded stays, everything else is unknown and awaits a session."""
    charge = await a_charge(bench, S.STARTING)
    dying = replace(bench.ports, checkpoints=FakeCheckpoints(crash_at=point))
    with pytest.raises(SimulatedCrash):
        await send_start(work=bench.work, ports=dying, charging_session_id=charge.id)

    await send_start(work=bench.work, ports=bench.ports, charging_session_id=charge.id)

    assert len(bench.roaming.calls_of("send_start")) == sent
    assert (await bench.charge(charge)).status == status


async def test_an_interrupted_start_whose_result_came_is_no_longer_unknown(bench: Bench) -> None:
    """A result that came in between proves that the start was sent: the second run leaves the charge alone."""
    charge = await a_charge(bench, S.STARTING)
    dying = replace(bench.ports, checkpoints=FakeCheckpoints(crash_at="start.performed"))
    with pytest.raises(SimulatedCrash):
        await send_start(work=bench.work, ports=dying, charging_session_id=charge.id)
    await result(bench, secret_of(bench), ResultKind.ACCEPTED)

    await send_start(work=bench.work, ports=bench.ports, charging_session_id=charge.id)

    assert (await bench.charge(charge)).status == S.START_ACCEPTED
