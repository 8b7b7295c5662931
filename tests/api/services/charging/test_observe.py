"""What partners tell, in whatever order it comes: sessions and CDRs become the one story of a charge."""

import asyncio
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.cdr import Cdr
from api.domain.roaming.session import Session, SessionPatch, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from api.models.charging import ChargingSession
from api.services.charging.observe import observe_session, observe_session_patch
from api.services.roaming.sessions import UnknownSession
from tests.bench import Bench
from tests.builders import a_cdr, a_partner, a_period, a_session, after, push_cdr, push_session
from tests.charges import IDLE_PERIODS, a_charge

S = ChargingStatus
OVER = SessionStatus.COMPLETED


async def patch_session(bench: Bench, minutes: float, **changes: object) -> None:
    """Let the partner PATCH session SES1."""
    partner = await a_partner(bench)
    async with bench.work() as db:
        await observe_session_patch(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            partner=partner,
            country_code="DE",
            party_id="CPO",
            session_id="SES1",
            patch=SessionPatch(changes, after(minutes)),
            raw="{}",
        )


def story(charge: ChargingSession) -> dict[str, Session | Cdr]:
    """Return the messages of one whole charge, by name."""
    return {
        "pending": a_session(
            charge, status=SessionStatus.PENDING, kwh=Decimal(0), charging_periods=(), last_updated=after(0)
        ),
        "active": a_session(charge, kwh=Decimal(10), last_updated=after(29)),
        "parked": a_session(charge, kwh=Decimal(20), charging_periods=IDLE_PERIODS, last_updated=after(35)),
        "completed": a_session(
            charge,
            kwh=Decimal(20),
            status=OVER,
            ended_at=after(60),
            last_updated=after(60),
            charging_periods=IDLE_PERIODS,
        ),
        "cdr": a_cdr(charge),
    }


async def push(bench: Bench, message: Session | Cdr) -> None:
    """Let the partner push a session or a CDR."""
    if isinstance(message, Cdr):
        await push_cdr(bench, message)
    else:
        await push_session(bench, message)


# --- orders of arrival ------------------------------------------------------------------------------------------------


async def end_of_story(bench: Bench, charge: ChargingSession, names: tuple[str, ...]) -> tuple[Any, ...]:
    """Push the named messages, drain the jobs between them, and return what became of the charge."""
    messages = story(charge)
    for name in names:
        await push(bench, messages[name])
        await bench.drain()
    stored, hold = await bench.charge(charge), await bench.hold(charge)
    return (stored.status, stored.owed_minor, stored.kwh, hold.status, hold.captured_minor, stored.unplugged_at)


@pytest.mark.capability("DC4")
@pytest.mark.parametrize("first", ["pending", "active", "parked", "completed", "cdr"])
async def test_every_order_of_messages_ends_in_the_same_bill(bench: Bench, first: str) -> None:
    """Messages of one charge arrive in any order: the bill, the energy and the money are the same in all of them."""
    others = [name for name in ("active", "parked", "completed", "cdr") if name != first]
    ends = set()
    for number, order in enumerate(list(permutations(others))[::5]):
        charge = await a_charge(bench, S.START_ACCEPTED, driver_id=f"drv_{number}")
        ends.add(await end_of_story(bench, charge, (first, *order)))
        await _forget_partners_objects(bench)

    assert ends == {(S.SETTLED, 928, Decimal(20), "captured", 928, after(60))}


async def _forget_partners_objects(bench: Bench) -> None:
    """Make room for the next charge's messages, which have the same ids."""
    await bench.rows("UPDATE cdr SET key = key || random() RETURNING key")
    await bench.rows("UPDATE partner_session SET key = key || random() RETURNING key")


async def test_a_completed_session_needs_no_other_push(bench: Bench) -> None:
    """When the first push is the last one, the charge has ended, and no stop is sent to what is over."""
    charge = await a_charge(bench, S.START_ACCEPTED)

    await push_session(bench, story(charge)["completed"])  # type: ignore[arg-type]  # a session by its name
    await bench.drain()

    assert (await bench.charge(charge)).status == S.ENDED
    assert bench.roaming.calls_of("send_stop") == []


@pytest.mark.capability("DC4")
async def test_a_repeated_push_changes_nothing(bench: Bench) -> None:
    """The same session twice is one session: no new version, no second reading, no second notice."""
    charge = await a_charge(bench, S.CHARGING)

    await push_session(bench, a_session(charge))

    assert (await bench.charge(charge)).version == charge.version
    assert (await bench.messages()).count("charge_started") == 1


async def test_an_older_push_changes_nothing(bench: Bench) -> None:
    """A push that was overtaken by a newer one is dropped."""
    charge = await a_charge(bench, S.IDLE)

    await push_session(bench, a_session(charge, kwh=Decimal(1), last_updated=after(0.5)))

    stored = await bench.charge(charge)
    assert (stored.status, stored.kwh) == (S.IDLE, charge.kwh)


async def test_patches_tell_like_whole_sessions(bench: Bench) -> None:
    """Energy, idleness and the end may come as changes: each is merged and told."""
    charge = await a_charge(bench, S.CHARGING)

    await patch_session(bench, 20, kwh=Decimal(7))
    assert (await bench.charge(charge)).kwh == 7
    await patch_session(bench, 35, charging_periods=(a_period(30, idle="0.1"),))
    assert (await bench.charge(charge)).status == S.IDLE
    await patch_session(bench, 50, status=OVER, ended_at=after(49))

    stored = await bench.charge(charge)
    assert (stored.status, stored.unplugged_at) == (S.ENDED, after(49))


async def test_a_patch_before_its_session_is_refused(bench: Bench) -> None:
    """A change of what we do not hold says nothing: the partner is told, and the face asks for a pull."""
    await a_charge(bench, S.START_ACCEPTED)

    with pytest.raises(UnknownSession):
        await patch_session(bench, 20, kwh=Decimal(7))


@pytest.mark.capability("DC4")
async def test_a_session_of_an_unknown_token_is_kept_and_told_to_finance(bench: Bench) -> None:
    """What matches no charge is never billed to a guess, and never lost."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    stranger = a_session(charge, cdr_token=CdrToken("X1", TokenType.RFID, "X"), authorization_reference=None)

    await push_session(bench, stranger)

    assert (await bench.charge(charge)).status == S.START_ACCEPTED
    assert await bench.findings() == {"session_of_no_charge"}


async def test_a_token_is_known_in_any_spelling_and_by_our_reference(bench: Bench) -> None:
    """Partners change the case of uids, and some send only our reference back."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    spelled = CdrToken(charge.token_uid.lower(), TokenType.APP_USER, "X")
    await push_session(bench, a_session(charge, cdr_token=spelled, authorization_reference=None))
    assert (await bench.charge(charge)).status == S.CHARGING

    unknown = CdrToken("SOMETHING", TokenType.APP_USER, "X")
    over = a_session(charge, cdr_token=unknown, status=OVER, ended_at=after(60), last_updated=after(60))
    await push_session(bench, over)
    assert (await bench.charge(charge)).status == S.ENDED


@pytest.mark.capability("DC4")
async def test_the_session_of_another_partner_moves_nothing(bench: Bench) -> None:
    """A partner that names another partner's token or our reference of it is not believed."""
    charge = await a_charge(bench, S.START_ACCEPTED)
    thief = await a_partner(bench, partner_id="prt_2")
    async with bench.work() as db:
        now = bench.clock.now()
        await observe_session(db=db, ports=bench.ports, now=now, partner=thief, session=a_session(charge), raw="{}")

    assert (await bench.charge(charge)).status == S.START_ACCEPTED


async def test_two_first_sessions_of_one_charge_at_once_block_nobody(bench: Bench) -> None:
    """A partner may open two sessions for one start: both pushes are taken, whatever they lock."""
    charge = await a_charge(bench, S.START_ACCEPTED)

    await asyncio.gather(*(push_session(bench, a_session(charge, id=f"SES{number}")) for number in range(6)))

    assert await bench.value("SELECT count(*) FROM partner_session WHERE charging_session_id IS NOT NULL") == 6
    assert (await bench.charge(charge)).status == S.CHARGING


async def test_many_pushes_of_one_session_at_once_keep_the_newest(bench: Bench) -> None:
    """Pushes that arrive together end with the newest, whichever was taken first."""
    charge = await a_charge(bench, S.CHARGING)
    pushes = [a_session(charge, kwh=Decimal(minute), last_updated=after(minute)) for minute in range(2, 12)]

    await asyncio.gather(*(push_session(bench, each) for each in pushes))

    stored = await bench.charge(charge)
    assert (stored.status, stored.kwh) == (S.CHARGING, Decimal(11))
