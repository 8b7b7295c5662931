"""Charging profiles: on disk before they are sent, their results bound to partner and charge."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.domain.ids import PartyId
from api.domain.roaming.smart import (
    ActiveChargingProfile,
    ProfileAnswer,
    ProfileAnswerKind,
    ProfilePeriod,
    ProfileResult,
    ProfileResultKind,
    RateUnit,
    profile_of,
)
from api.models.charging import ChargingSession
from api.models.smart import ProfileRequestRow
from api.ports.roaming import PartnerUnreachable
from api.ports.smart_charging import SmartChargingNotOffered
from api.services.charging.advance import UnknownCharge
from api.services.charging.profiles import (
    UnknownProfileRequest,
    UnknownProfileSession,
    active_profile,
    observe_active_profile,
    observe_profile_result,
    profile_requests,
    request_profile,
)
from api.services.charging.smart import NotCharging
from tests.api.services.charging.smart_hands import operator_of
from tests.bench import Bench
from tests.builders import a_partner
from tests.charges import a_charge
from tests.fakes import SimulatedCrash

AT = datetime(2026, 3, 2, 9, 20, tzinfo=UTC)
LIMITS = profile_of(RateUnit.WATT, [ProfilePeriod(0, Decimal(11000)), ProfilePeriod(900, Decimal("3700.5"))])
STORED = {
    "unit": "W",
    "starts_at": None,
    "duration_seconds": None,
    "min_rate": None,
    "periods": [[0, "11000"], [900, "3700.5"]],
}


async def ask(bench: Bench, charge: ChargingSession, **wanted: Any) -> ProfileRequestRow:
    """Let staff ask for something."""
    return await request_profile(work=bench.work, ports=bench.ports, charging_session_id=charge.id, by="kim", **wanted)


def secret_of(bench: Bench) -> str:
    """Return the secret at the end of the newest address for a result."""
    return str(operator_of(bench).calls[-1].arguments[-1]).rsplit("/", 1)[-1]


async def result(bench: Bench, secret: str, result: ProfileResult, *, partner_id: str = "prt_1") -> None:
    """Let a partner post a charger's word."""
    partner = await a_partner(bench, partner_id=partner_id, party=PartyId("DE", partner_id[-3:]))
    async with bench.work() as db:
        await observe_profile_result(
            db=db, now=bench.clock.now(), partner=partner, secret=secret, result=result, raw="{}"
        )


async def push(bench: Bench, session_id: str = "SES1", *, minutes: int = 0, watts: int = 5000, **fields: Any) -> None:
    """Let the partner push what a charger plans."""
    plan = ActiveChargingProfile(
        AT + timedelta(minutes=minutes), profile_of(RateUnit.WATT, [ProfilePeriod(0, Decimal(watts))])
    )
    partner = await a_partner(bench, partner_id=fields.pop("partner_id", "prt_1"), party=PartyId("DE", "OTH"))
    values = {"party": None, "active": plan, "raw": "{}"} | fields
    async with bench.work() as db:
        await observe_active_profile(db=db, now=bench.clock.now(), partner=partner, session_id=session_id, **values)


async def planned(bench: Bench, charge: ChargingSession) -> list[Any] | None:
    """Return the periods that the charger plans, as stored."""
    async with bench.work() as db:
        row = await active_profile(db, charge.id)
    return row.profile["periods"] if row else None


async def test_a_profile_is_set_and_its_result_kept(bench: Bench) -> None:
    """Who asked for which limits, the operator's word, the charger's; only the digest of the secret is stored."""
    charge = await a_charge(bench)
    row = await ask(bench, charge, profile=LIMITS)
    (call,) = operator_of(bench).calls
    assert (call.method, call.session_id, call.arguments[0]) == ("set_profile", "SES1", LIMITS)
    assert str(call.arguments[1]).startswith("http://chargehand.test/ocpi/2.2.1/emsp/chargingprofiles/result/")
    assert (row.kind, row.requested_by, row.profile, row.answer) == ("set", "kim", STORED, "accepted")
    await result(bench, secret_of(bench), ProfileResult(ProfileResultKind.REJECTED))
    await result(bench, secret_of(bench), ProfileResult(ProfileResultKind.ACCEPTED))
    async with bench.work() as db:
        (stored,) = await profile_requests(db, charge.id)
    assert (stored.result, stored.result_at) == ("rejected", bench.clock.now()), "the first one counts"
    assert secret_of(bench) not in str(await bench.rows("SELECT * FROM charging_profile_request"))


async def test_clearing_and_asking_are_requests_of_their_own(bench: Bench) -> None:
    """Each has a secret of its own; what was asked for comes with the result."""
    charge = await a_charge(bench)
    await ask(bench, charge)
    first = secret_of(bench)
    await ask(bench, charge, duration_seconds=600)
    assert secret_of(bench) != first
    assert [call.method for call in operator_of(bench).calls] == ["clear_profile", "ask_profile"]
    assert await planned(bench, charge) is None
    await result(bench, secret_of(bench), ProfileResult(ProfileResultKind.ACCEPTED, ActiveChargingProfile(AT, LIMITS)))
    assert await planned(bench, charge) == STORED["periods"]


async def test_what_the_operator_answers_is_kept(bench: Bench) -> None:
    """A no is an answer; silence is told as such, and the request stays on disk."""
    charge = await a_charge(bench)
    operator_of(bench).profile_answers.extend(
        [ProfileAnswer(ProfileAnswerKind.TOO_OFTEN, 5), PartnerUnreachable("partner_unreachable")]
    )
    assert (await ask(bench, charge, profile=LIMITS)).answer == "too_often"
    assert (await ask(bench, charge, profile=LIMITS)).answer == "partner_unreachable"
    await result(bench, secret_of(bench), ProfileResult(ProfileResultKind.ACCEPTED))
    async with bench.work() as db:
        assert [row.result for row in await profile_requests(db, charge.id)] == [None, "accepted"]


async def test_a_request_is_on_disk_before_it_is_sent(bench: Bench) -> None:
    """A result that comes at once, or after a crash of ours, finds its request."""
    charge = await a_charge(bench)
    operator_of(bench).profile_answers.append(SimulatedCrash("call.performed"))
    with pytest.raises(SimulatedCrash):
        await ask(bench, charge, profile=LIMITS)
    await result(bench, secret_of(bench), ProfileResult(ProfileResultKind.ACCEPTED))
    async with bench.work() as db:
        assert [(row.answer, row.result) for row in await profile_requests(db, charge.id)] == [(None, "accepted")]


async def test_a_secret_is_of_use_to_its_partner_alone(bench: Bench) -> None:
    """Another partner that learned it, and a guess, both find nothing."""
    charge = await a_charge(bench)
    await ask(bench, charge, profile=LIMITS)
    accepted = ProfileResult(ProfileResultKind.ACCEPTED)
    for secret, partner_id in ((secret_of(bench), "prt_2xx"), ("guess", "prt_1")):
        with pytest.raises(UnknownProfileRequest):
            await result(bench, secret, accepted, partner_id=partner_id)


async def test_what_cannot_be_asked_leaves_nothing_behind(bench: Bench) -> None:
    """No such charge, one that does not run, an operator whose OCPI has no such thing."""
    charge = await a_charge(bench)
    await bench.rows("UPDATE partner SET version = '2.1.1' RETURNING id")
    with pytest.raises(SmartChargingNotOffered):
        await ask(bench, charge, profile=LIMITS)
    await bench.rows("UPDATE partner_session SET status = 'completed' RETURNING id")
    with pytest.raises(NotCharging):
        await ask(bench, charge)
    with pytest.raises(UnknownCharge):
        await request_profile(work=bench.work, ports=bench.ports, charging_session_id="chs_none", by="kim")
    assert await bench.rows("SELECT id FROM charging_profile_request") == []


async def test_a_pushed_plan_is_kept_the_newest_by_its_own_time(bench: Bench) -> None:
    """Messages overtake each other: an older plan never replaces a newer one; ids are compared without case."""
    charge = await a_charge(bench)
    await ask(bench, charge, profile=LIMITS)
    await push(bench, minutes=5, watts=5000)
    await push(bench, "ses1", minutes=9, watts=9000)
    await push(bench, minutes=7, watts=7000)
    assert await planned(bench, charge) == [[0, "9000"]]


async def test_plans_of_foreign_or_unasked_sessions_are_refused(bench: Bench) -> None:
    """Only the charge's own partner may tell of it, and only of one whose profile we ever asked about."""
    charge = await a_charge(bench)
    with pytest.raises(UnknownProfileSession):
        await push(bench)
    await ask(bench, charge, profile=LIMITS)
    for session_id, partner_id in (("SES1", "prt_2xx"), ("SES2", "prt_1")):
        with pytest.raises(UnknownProfileSession):
            await push(bench, session_id, partner_id=partner_id)
    assert await planned(bench, charge) is None
