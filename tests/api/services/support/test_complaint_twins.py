"""Two charges billed for one session: one of them stays paid, whoever gives the other back."""

from collections.abc import Awaitable, Callable

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.domain.support.complaint import Cause
from api.models.charging import ChargingSession
from api.services.support.complaint_decide import follow_second_persons
from api.services.support.complaint_rulings import AlreadyGranted
from tests.api.services.charging.given_back import approves, credit, euro, hears, paid, settlement
from tests.bench import Bench
from tests.builders import a_cdr, a_session, after, push_cdr, push_session
from tests.charges import METERED, a_charge
from tests.complaints import complain, decide, ruling_of, stored

S = ChargingStatus


async def twins(bench: Bench) -> tuple[ChargingSession, ChargingSession]:
    """Return two settled charges of one driver at one charger with the same begin, end and energy."""
    first = await paid(bench)
    second = await a_charge(bench, S.START_ACCEPTED)
    over = a_session(
        second, id="SES2", kwh=METERED, status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60)
    )
    await push_session(bench, over)
    await push_cdr(bench, a_cdr(second, cost="20.00", id="CDR2", session_id="SES2"))
    await bench.drain()
    second = await bench.charge(second)
    assert (second.status, second.captured_minor) == (S.SETTLED, 2380)
    return first, second


async def test_the_second_of_two_is_given_back(bench: Bench) -> None:
    """With the other one paid for good the rule is sure."""
    _, second = await twins(bench)
    complaint = await complain(bench, second, Cause.CHARGED_TWICE, expected_minor=0)
    await bench.drain()
    ruling = await ruling_of(bench, complaint)
    assert ruling is not None
    assert (ruling.reason, ruling.granted_minor) == ("double_charge", 2380)


async def _at_the_bank(bench: Bench, _first: ChargingSession) -> None:
    dispute = settlement(bench).open_dispute("pi_fake1", euro(2380))
    await hears(bench, "charge.dispute.created", "dispute", dispute.dispute_id)


async def _with_a_second_person(bench: Bench, first: ChargingSession) -> None:
    await credit(bench, first, 10)


async def _never_paid(bench: Bench, first: ChargingSession) -> None:
    unpaid = "UPDATE charging_session SET state = jsonb_set(state, '{captured,minor}', '0') WHERE id = :id RETURNING id"
    await bench.rows(unpaid, id=first.id)


async def _paid_by_a_fleet(bench: Bench, first: ChargingSession) -> None:
    await bench.rows("UPDATE charging_session SET payer_type = 'fleet' WHERE id = :id RETURNING id", id=first.id)


@pytest.mark.parametrize("how", [_at_the_bank, _with_a_second_person, _never_paid, _paid_by_a_fleet])
async def test_where_the_other_one_may_not_stay_paid_a_person_decides(
    bench: Bench, how: Callable[[Bench, ChargingSession], Awaitable[None]]
) -> None:
    """A chargeback, a credit, an unpaid bill or another payer of the first: the rule gives the second not back too."""
    first, second = await twins(bench)
    await how(bench, first)
    complaint = await complain(bench, second, Cause.CHARGED_TWICE, expected_minor=0)
    await bench.drain()
    assert (await stored(bench, complaint)).state == "with_agent"
    assert await ruling_of(bench, complaint) is None


async def test_what_waits_for_a_second_person_is_granted_already(bench: Bench) -> None:
    """While one charge waits for its second person nobody grants the other; the one that waited is written down."""
    first, second = await twins(bench)
    one = await complain(bench, first, Cause.TOO_LONG, expected_minor=0)
    await decide(bench, one, "full", "duplicate", alone=0)
    waiting = await stored(bench, one)
    assert waiting.state == "approval"
    other = await complain(bench, second, Cause.CHARGED_TWICE, expected_minor=0)
    await bench.drain()
    assert (await stored(bench, other)).state == "with_agent"
    with pytest.raises(AlreadyGranted):
        await decide(bench, other, "full", "duplicate")
    await approves(bench, (waiting.pending or {})["credit_id"])
    await follow_second_persons(work=bench.work, ports=bench.ports)
    ruling = await ruling_of(bench, one)
    assert ruling is not None
    assert (ruling.by, ruling.granted_minor) == ("Ada", 2380)
