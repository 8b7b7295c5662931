"""Rules that notice trouble open cases before anybody complains, each once, and solve what is over by itself (CN24)."""

import pytest
from sqlmodel import select

from api.models.support import SupportCase
from api.services.status.incidents import close_incident, open_incident
from api.services.support.advance import locked_case
from api.services.support.from_signals import cases_of_signals
from tests.bench import Bench


async def signal(bench: Bench, subject: str, reason: str = "site_silent") -> int:
    """Let a rule find something."""
    async with bench.work() as db:
        found = await open_incident(
            db,
            kind="site",
            subject_id=subject,
            reason=reason,
            now=bench.clock.now(),
            evidence={"charges": 12},
            severity="signal",
            by="rule",
        )
    assert found.id is not None
    return found.id


async def cases(bench: Bench) -> dict[str | None, SupportCase]:
    """Return the cases by their site."""
    await cases_of_signals(work=bench.work, ports=bench.ports, now=bench.clock.now())
    async with bench.work() as db:
        return {case.location_key: case for case in await db.exec(select(SupportCase))}


@pytest.mark.capability("CN24")
async def test_a_signal_is_one_case_and_its_end_solves_it(bench: Bench) -> None:
    """Looked at again and again there is one case a signal; one that somebody took stays theirs to solve."""
    ids = {subject: await signal(bench, subject) for subject in ("here", "there")}
    assert set(await cases(bench)) == set(await cases(bench)) == {"here", "there"}
    taken = (await cases(bench))["there"]
    assert (taken.channel, taken.state, taken.link_hash) == ("rule", "open", None)
    async with bench.work() as db:
        case = await locked_case(db=db, case_id=taken.id)
        case.assignee = "Lena Holm"
        db.add(case)
        for number in ids.values():
            await close_incident(db, incident_id=number, now=bench.clock.now(), by="rule")
    assert {key: case.state for key, case in (await cases(bench)).items()} == {"here": "resolved", "there": "open"}


@pytest.mark.capability("CN24")
async def test_the_same_trouble_later_is_another_case(bench: Bench) -> None:
    """A signal that closed and came back is a new one, with a case of its own."""
    first = await signal(bench, "here")
    opened = (await cases(bench))["here"]
    async with bench.work() as db:
        await close_incident(db, incident_id=first, now=bench.clock.now(), by="rule")
    await cases(bench)
    bench.clock.advance(86_400)
    await signal(bench, "here")
    await cases(bench)
    async with bench.work() as db:
        found = {case.id for case in await db.exec(select(SupportCase))}
    assert len(found) == 2
    assert opened.id in found
