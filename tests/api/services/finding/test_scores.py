"""Last success: what counts as a start, what as a good one, and what is forgotten."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import select

from api.db import UnitOfWork
from api.models.finding import EvseScore
from api.services.finding.scores import count_scores
from tests.api.services.roaming.builders import a_charge, a_partner, at
from tests.fakes import START

GOOD: dict[str, Any] = {"status": "settled", "charging_at": at(1), "energy_ended_at": at(40), "kwh": Decimal(20)}
FAILED: dict[str, Any] = {"status": "start_failed"}


async def charges(work: UnitOfWork, *stories: dict[str, Any], evse_key: str = "p/E1", first: int = 0) -> None:
    """Store a charge for each story at one EVSE; they are over, so that all may be there at once."""
    async with work() as db:
        partner = await a_partner(db) if not first else await a_partner(db, partner_id="prt_2", token="x" * 40)
        for number, story in enumerate(stories, first):
            more = {"freed_at": START, "final_at": START} | story
            await a_charge(db, partner, charge_id=f"chs_{number}", token_uid=f"U{number}", evse_key=evse_key, **more)


async def scores(work: UnitOfWork, now: datetime = START) -> dict[str, tuple[int, int, datetime | None]]:
    """Count, and return starts, good ones and the last success by EVSE."""
    await count_scores(work=work, now=now)
    async with work() as db:
        return {row.evse_key: (row.starts, row.worked, row.last_good_at) for row in await db.exec(select(EvseScore))}


async def test_a_score_is_the_share_of_decided_starts(work: UnitOfWork) -> None:
    """Energy that flowed is a success, a failed start is none; the driver's or the bank's end counts for neither."""
    undecided: list[dict[str, Any]] = [
        {"status": each} for each in ("abandoned", "declined", "starting", "start_accepted", "awaiting_hold")
    ]
    empty = {"status": "settled", "charging_at": at(1)}
    last = GOOD | {"energy_ended_at": at(90)}
    await charges(work, GOOD, FAILED, last, empty, *undecided)
    assert await scores(work, at(120)) == {"p/E1": (3, 2, at(90))}


async def test_a_charge_that_runs_is_a_success_of_now(work: UnitOfWork) -> None:
    """Nobody has to wait for the bill to see that it works; a meter ahead of our clock is no success of the future."""
    running = {"status": "charging", "charging_at": at(1), "metered_at": at(30), "kwh": Decimal(1)}
    await charges(work, running)
    assert await scores(work, at(20)) == {"p/E1": (1, 1, at(20))}


async def test_only_evses_of_late_are_counted_anew_and_old_evidence_goes(work: UnitOfWork) -> None:
    """What happened over 90 days ago is no evidence; where nobody starts any more the score is forgotten."""
    old = {"created_at": START - timedelta(days=100)}
    await charges(work, GOOD | old, FAILED, GOOD)
    await charges(work, FAILED | {"created_at": START - timedelta(days=5)}, evse_key="p/E2", first=10)
    assert await scores(work) == {"p/E1": (2, 1, START)}
    assert await scores(work, START + timedelta(days=80)) == {"p/E1": (2, 1, START)}
    assert await scores(work, START + timedelta(days=91)) == {}
