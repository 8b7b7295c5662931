"""A session that turns up when its charge is over is stopped, again and again, and then staff are told."""

from datetime import timedelta

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.command import AnswerKind, CommandAnswer, ResultKind
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.ports.roaming import PartnerUnreachable
from api.services.charging.late_stop import PAUSES
from tests.api.services.charging.hands import result, secret_of
from tests.bench import Bench
from tests.builders import a_session, after, push_session
from tests.charges import a_charge

S = ChargingStatus


async def late_session(bench: Bench) -> ChargingSession:
    """Return a charge that is over and whose partner begins another session for it."""
    charge = await a_charge(bench, S.ENDED)
    await push_session(bench, a_session(charge, id="SES2", starts_at=after(70), last_updated=after(71)))
    return charge


def stops(bench: Bench) -> int:
    """Return how many stops were sent."""
    return len(bench.roaming.calls_of("send_stop"))


async def later(bench: Bench, pause: timedelta) -> None:
    """Let a pause pass and the jobs that are due run."""
    bench.clock.advance(pause.total_seconds())
    await bench.drain()


async def told(bench: Bench) -> list[str]:
    """Return the sessions that staff were told could not be stopped."""
    return [row[0] for row in await bench.rows("SELECT subject FROM mismatch WHERE reason = 'stop_failed'")]


async def test_a_stop_that_fails_is_sent_again_after_a_while_and_then_told(bench: Bench) -> None:
    """One minute, five and fifteen later; after the last try it is a finding, and nothing is sent any more."""
    refused = CommandAnswer(AnswerKind.REJECTED, 30)
    bench.roaming.stop_answers.extend([PartnerUnreachable("partner_unreachable"), refused, refused, refused])
    await late_session(bench)
    await bench.drain()
    assert (stops(bench), await told(bench)) == (1, [])
    for number, pause in enumerate(PAUSES):
        await later(bench, pause - timedelta(seconds=1))
        assert stops(bench) == number + 1, "not before its time"
        await later(bench, timedelta(seconds=1))
        assert stops(bench) == number + 2
    assert await told(bench) == ["prt_1/DE/CPO/SES2"]
    await later(bench, timedelta(hours=2))
    assert stops(bench) == len(PAUSES) + 1


async def test_it_ends_with_the_session(bench: Bench) -> None:
    """Once the session is over there is nothing to stop, and nothing to tell."""
    bench.roaming.stop_answers.append(PartnerUnreachable("partner_unreachable"))
    charge = await late_session(bench)
    await bench.drain()
    over = {"status": SessionStatus.COMPLETED, "starts_at": after(70), "ended_at": after(72), "last_updated": after(72)}
    await push_session(bench, a_session(charge, id="SES2", **over))
    await later(bench, PAUSES[0])
    assert (stops(bench), await told(bench)) == (1, [])


@pytest.mark.parametrize("kind", [ResultKind.FAILED, ResultKind.TIMEOUT])
async def test_a_result_that_says_no_counts_as_well(bench: Bench, kind: ResultKind) -> None:
    """The operator took the stop, its charger did not."""
    await late_session(bench)
    await bench.drain()
    assert stops(bench) == 1
    await result(bench, secret_of(bench, "send_stop"), kind)
    await later(bench, PAUSES[0])
    assert stops(bench) == 2


async def test_a_stop_of_the_charge_itself_is_left_to_its_lifecycle(bench: Bench) -> None:
    """While the charge runs its own clock sees to that."""
    bench.roaming.stop_answers.append(CommandAnswer(AnswerKind.REJECTED, 30))
    charge = await a_charge(bench, S.STOP_REQUESTED)
    await bench.drain()
    assert (await bench.charge(charge)).status == S.CHARGING
    await later(bench, PAUSES[0])
    assert stops(bench) == 1
