"""Reservations and unlocking: on disk first, sent once, audited, and never asked for by a driver's own request."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import grimp
import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.errors import AppError
from api.domain.roaming.command import AnswerKind, CommandAnswer, ResultKind
from api.domain.roaming.session import SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from api.models.remote import ReservationRow
from api.ports.remote_control import CommandNotInVersion
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.services.charging.approvals import PersonUnnamed
from api.services.charging.quote_place import NotStartable
from api.services.charging.reservation_run import send_reservation_cancel
from api.services.charging.reservations import (
    ASKED_AGAIN_AFTER,
    ReservationEnded,
    ReservationUnusable,
    cancel_reservation,
    list_reservations,
    reserve,
    sweep_reservations,
)
from api.services.charging.unlock import ask_unlock
from api.services.deferral import Job
from tests.api.services.charging.hands import result
from tests.bench import Bench
from tests.builders import (
    a_cdr,
    a_driver,
    a_location,
    a_partner,
    a_session,
    an_evse,
    connector_of,
    push_cdr,
    push_session,
)
from tests.charges import a_charge
from tests.fakes import FakeRemoteControl

RESERVABLE = an_evse(capabilities=frozenset({"remote_start_stop_capable", "reservable"}))
ACCEPTED = CommandAnswer(AnswerKind.ACCEPTED, 30)


def remote(bench: Bench) -> FakeRemoteControl:
    """Return the operators' remote control."""
    return cast(FakeRemoteControl, bench.ports.remote_control)


def secret(bench: Bench, method: str) -> str:
    """Return the secret at the end of the address for the result of the newest command."""
    calls = [call for call in remote(bench).calls if call.method == method]
    return str(cast(Any, calls[-1].arguments[0]).response_url).rsplit("/", 1)[-1]


async def a_reservation(bench: Bench, *, minutes: int = 30, by: str = "Kim") -> ReservationRow:
    """Let staff reserve EVSE1 for the driver."""
    await a_driver(bench)
    if not await bench.rows("SELECT 1 FROM location"):
        await a_location(bench, evses=(RESERVABLE,))
    now = bench.clock.now()
    async with bench.work() as db:
        return await reserve(
            db=db,
            ports=bench.ports,
            now=now,
            driver_id="drv_1",
            connector_public_id=connector_of(),
            expires_at=now + timedelta(minutes=minutes),
            by=by,
        )


async def stands(bench: Bench) -> tuple[str, str | None]:
    """Return where the one reservation stands, and why."""
    async with bench.work() as db:
        row = (await list_reservations(db=db))[0]
    return row.status, row.reason


async def cancel(bench: Bench, row: ReservationRow) -> None:
    """Let staff cancel it."""
    async with bench.work() as db:
        await cancel_reservation(db=db, ports=bench.ports, now=bench.clock.now(), reservation_id=row.id, by="Kim")


async def test_a_reservation_is_sent_once_and_logged(bench: Bench) -> None:
    """It names a number, a token of its own, the place and its end; a second run of the job sends nothing."""
    row = await a_reservation(bench)
    await bench.run(Job.SEND_RESERVATION)
    call = remote(bench).calls[0]
    command = cast(Any, call.arguments[0])
    assert row.id.isdecimal()
    assert int(row.id) < 2**31
    assert (command.reservation_id, command.evse_uid, command.expires_at) == (row.id, "EVSE1", row.expires_at)
    assert (command.token.uid, command.token.whitelist) == (row.token_uid, "never")
    assert "/commands/RESERVE_NOW/" in command.response_url
    assert await stands(bench) == ("asked", None)
    assert await bench.rows("SELECT by, action, subject_id FROM staff_action") == [("Kim", "reservation_asked", row.id)]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (ACCEPTED, "asked"),
        (CommandAnswer(AnswerKind.REJECTED, 0), "refused"),
        (CommandAnswer(AnswerKind.NOT_SUPPORTED, 0), "refused"),
        (PartnerUnreachable("partner_unreachable"), "unknown"),
        (PartnerAnsweredBadly("partner_answered_badly", ocpi_status=4001, http_status=200, message="x"), "refused"),
        (PartnerAnsweredBadly("partner_answered_badly", ocpi_status=4002, http_status=200, message="x"), "unknown"),
    ],
)
async def test_what_an_answer_means(bench: Bench, answer: CommandAnswer | AppError, status: str) -> None:
    """Without a clear no the charger may be reserved."""
    await a_reservation(bench)
    remote(bench).answers.append(answer)
    await bench.run(Job.SEND_RESERVATION)
    assert (await stands(bench))[0] == status


async def test_results_move_it_and_the_operator_may_cancel_later(bench: Bench) -> None:
    """Reserved once; repeated or contradicting results change nothing, a cancellation by the operator ends it."""
    await a_reservation(bench)
    await bench.run(Job.SEND_RESERVATION)
    word = secret(bench, "send_reserve")
    for kind, status in (
        (ResultKind.ACCEPTED, "reserved"),
        (ResultKind.ACCEPTED, "reserved"),
        (ResultKind.EVSE_OCCUPIED, "reserved"),
        (ResultKind.CANCELED_RESERVATION, "canceled"),
        (ResultKind.ACCEPTED, "canceled"),
    ):
        await result(bench, word, kind)
        assert (await stands(bench))[0] == status


async def test_a_result_before_the_answer_counts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer that comes after it takes nothing back."""
    await a_reservation(bench)

    async def send_reserve(peer: object, command: Any) -> CommandAnswer:
        await result(bench, command.response_url.rsplit("/", 1)[-1], ResultKind.EVSE_OCCUPIED)
        return ACCEPTED

    monkeypatch.setattr(remote(bench), "send_reserve", send_reserve)
    await bench.run(Job.SEND_RESERVATION)
    assert await stands(bench) == ("refused", "evse_occupied")


async def test_it_is_canceled_when_the_charger_says_so(bench: Bench) -> None:
    """The partner's yes is not yet an end; asking twice sends one command until that is answered."""
    row = await a_reservation(bench)
    await bench.run(Job.SEND_RESERVATION)
    await cancel(bench, row)
    await cancel(bench, row)
    await bench.run(Job.SEND_RESERVATION_CANCEL)
    assert [call.method for call in remote(bench).calls] == ["send_reserve", "send_cancel_reservation"]
    assert (await stands(bench))[0] == "asked"
    await result(bench, secret(bench, "send_cancel_reservation"), ResultKind.ACCEPTED)
    assert (await stands(bench))[0] == "canceled"
    with pytest.raises(ReservationEnded):
        await cancel(bench, row)


async def test_2_1_1_cannot_cancel(bench: Bench) -> None:
    """That version has no such command: refused at once, nothing is planned, and it ends at its time."""
    row = await a_reservation(bench)
    await bench.rows("UPDATE partner SET version = '2.1.1' RETURNING id")
    with pytest.raises(CommandNotInVersion):
        await cancel(bench, row)
    assert await bench.rows("SELECT id FROM command WHERE kind = 'cancel_reservation'") == []


async def test_it_ends_at_its_time_whatever_was_heard(bench: Bench) -> None:
    """The clock ends it and retires its token."""
    row = await a_reservation(bench, minutes=1)
    await bench.run(Job.SEND_RESERVATION)
    assert await sweep_reservations(work=bench.work, ports=bench.ports) == 0
    bench.clock.advance(61)
    assert await sweep_reservations(work=bench.work, ports=bench.ports) == 1
    assert (await stands(bench))[0] == "expired"
    assert await bench.value("SELECT valid FROM driver_token WHERE uid = :uid", uid=row.token_uid) is False


async def test_its_session_and_bill_are_told_to_finance(bench: Bench) -> None:
    """They have no charge; the finding names the reservation and its driver, and nothing is billed to a guess."""
    row = await a_reservation(bench)
    await bench.run(Job.SEND_RESERVATION)
    charge = await a_charge(bench, driver_id="drv_2")
    token = CdrToken(row.token_uid, TokenType.APP_USER, "DE-CHH-drv_1")
    mine: dict[str, Any] = {"cdr_token": token, "authorization_reference": None}
    await push_session(bench, a_session(charge, id="RES1", status=SessionStatus.RESERVATION, **mine))
    await push_cdr(bench, replace(a_cdr(charge, id="CDRR", session_id="RES1"), **mine))
    rows = await bench.rows("SELECT detail FROM mismatch")
    assert len(rows) == 2
    assert {(each.detail["cost_of"], each.detail["reservation_id"]) for each in rows} == {("reservation", row.id)}


async def test_what_cannot_be_reserved_is_refused(bench: Bench) -> None:
    """Somebody signs; it ends within a day; the EVSE must be reservable."""
    for minutes in (0, 24 * 60 + 1):
        with pytest.raises(ReservationUnusable):
            await a_reservation(bench, minutes=minutes)
    with pytest.raises(PersonUnnamed):
        await a_reservation(bench, by=" ")
    await a_location(bench, evses=(an_evse(),))
    with pytest.raises(NotStartable) as refused:
        await a_reservation(bench)
    assert refused.value.facts["reason"] == "not_reservable"


async def test_the_help_desk_unlocks_and_is_logged(bench: Bench) -> None:
    """One command for each time it is asked, with who asked; its result is kept and moves no charge."""
    charge = await a_charge(bench, ChargingStatus.IDLE)
    async with bench.work() as db:
        await ask_unlock(
            db=db, ports=bench.ports, now=bench.clock.now(), charging_session_id=charge.id, by="Kim", reason="stuck"
        )
    await bench.run(Job.SEND_UNLOCK)
    call = remote(bench).calls[0]
    command = cast(Any, call.arguments[0])
    assert (call.method, command.evse_uid, command.connector_id) == ("send_unlock", "EVSE1", "1")
    await result(bench, secret(bench, "send_unlock"), ResultKind.ACCEPTED)
    stored = await bench.rows("SELECT answer, result FROM command WHERE kind = 'unlock'")
    assert stored == [("accepted", "accepted")]
    logged = await bench.rows("SELECT by, action, reason, charging_session_id FROM staff_action")
    assert logged == [("Kim", "connector_unlock_asked", "stuck", charge.id)]
    assert (await bench.charge(charge)).status == ChargingStatus.IDLE
    with pytest.raises(PersonUnnamed):
        async with bench.work() as db:
            await ask_unlock(db=db, ports=bench.ports, now=bench.clock.now(), charging_session_id=charge.id, by="")


async def test_a_result_from_another_partner_is_unknown(bench: Bench) -> None:
    """The secret of a reservation is worth nothing in other hands."""
    await a_reservation(bench)
    await bench.run(Job.SEND_RESERVATION)
    await a_partner(bench, partner_id="prt_2")
    with pytest.raises(AppError) as refused:
        await result(bench, secret(bench, "send_reserve"), ResultKind.ACCEPTED, partner_id="prt_2")
    assert refused.value.code == "command_unknown"


@pytest.mark.capability("CK19")
def test_no_request_of_a_driver_leads_to_unlocking() -> None:
    """None of the faces reaches the module, by however many imports, but for the pages of agents; only a job sends."""
    graph = grimp.build_graph("api", cache_dir=None)
    unlock, agents = "api.services.charging.unlock", "api.routes.console"
    assert graph.find_shortest_chain("api.cli.charge", unlock) is not None
    of_agents = graph.find_descendants(agents) | {agents}
    for face in sorted(graph.find_descendants("api.routes") - of_agents):
        assert graph.find_shortest_chain(face, unlock) is None, face


async def test_a_cancellation_that_a_crash_left_without_an_answer_can_be_asked_again(bench: Bench) -> None:
    """A process died between sending and recording: staff ask again, and the same command goes out once more."""
    row = await a_reservation(bench)
    await bench.run(Job.SEND_RESERVATION)
    await cancel(bench, row)
    sent_at = bench.clock.now()
    await bench.rows("UPDATE command SET sent_at = :at WHERE kind = 'cancel_reservation' RETURNING id", at=sent_at)
    await bench.rows("DELETE FROM procrastinate_jobs RETURNING id")
    await cancel(bench, row)
    await bench.drain()
    assert [call.method for call in remote(bench).calls] == ["send_reserve"], "perhaps it is on its way just now"

    bench.clock.advance(ASKED_AGAIN_AFTER.total_seconds())
    await cancel(bench, row)
    await bench.drain()

    assert [call.method for call in remote(bench).calls] == ["send_reserve", "send_cancel_reservation"]
    assert await bench.value("SELECT count(*) FROM command WHERE kind = 'cancel_reservation'") == 1
    await result(bench, secret(bench, "send_cancel_reservation"), ResultKind.ACCEPTED)
    assert (await stands(bench))[0] == "canceled"


async def test_a_job_that_died_over_a_cancellation_sends_it_when_it_is_run_again(bench: Bench) -> None:
    """Canceling twice does no harm; once it was answered nothing more is sent."""
    row = await a_reservation(bench)
    await bench.run(Job.SEND_RESERVATION)
    await cancel(bench, row)
    await bench.rows("UPDATE command SET sent_at = created_at WHERE kind = 'cancel_reservation' RETURNING id")
    command_id = await bench.value("SELECT id FROM command WHERE kind = 'cancel_reservation'")
    for _ in range(2):
        await send_reservation_cancel(work=bench.work, ports=bench.ports, command_id=command_id)
    assert [call.method for call in remote(bench).calls] == ["send_reserve", "send_cancel_reservation"]
