"""Months with known faults: a run finds all of them and nothing else, also when it dies or looks at changes only."""

from datetime import timedelta

import pytest

from api.services.finance.verify import run_checks
from api.services.reconciliation.run import ON_DEMAND, Wish
from tests.api.services.reconciliation.conftest import DyingWork, Month
from tests.fakes import SimulatedCrash

FINDINGS = (
    "SELECT id, reason, subject, severity, state, amount_minor, detail::text FROM mismatch ORDER BY reason, subject"
)
EVENTS = "SELECT kind, count(*) AS times FROM mismatch_event GROUP BY kind ORDER BY kind"


async def test_a_clean_month_has_no_finding(month: Month) -> None:
    """Honest ends of every kind, and things that only look like faults: nothing is found; the books verify too."""
    await month.build(1000)
    run_id = await month.run()

    assert await month.open() == set()
    evidence = await month.evidence(run_id)
    assert len(evidence) == 27
    assert {each["reason"] for each in evidence if each["skipped"] or each["found"]} == set()
    unchecked = {"operation_without_end", "refund_failed", "refund_denied"}
    assert {each["reason"] for each in evidence if not each["checked"]} == unchecked
    async with month.work() as db:
        assert [verdict.name for verdict in await run_checks(db) if not verdict.holds_true] == []


@pytest.mark.capability("DC6")
async def test_every_planted_fault_is_found_and_nothing_else(month: Month) -> None:
    """Faults of all classes among 3,000 holds; a second run changes nothing (DC6)."""
    await month.build(3000)
    planted = await month.plant(5)
    first = await month.evidence(await month.run())

    assert len({reason for reason, _ in planted}) == 26
    assert await month.open() == planted
    before = await month.rows(FINDINGS), await month.rows(EVENTS)
    month.clock.advance(60)
    second = await month.evidence(await month.run())
    assert (await month.rows(FINDINGS), await month.rows(EVENTS)) == before
    assert [each["digest"] for each in second] == [each["digest"] for each in first]
    assert sum(each["opened"] + each["reopened"] + each["resolved"] for each in second) == 0


@pytest.mark.parametrize("at", [5, 13, 29])
async def test_a_run_that_was_killed_is_gone_on_with(month: Month, at: int) -> None:
    """A process that dies in the middle of a rule leaves all before it done; the next run goes on to the same end."""
    await month.build(400)
    planted = await month.plant(2)
    with pytest.raises(SimulatedCrash):
        await month.run(work=DyingWork(month.work, at))
    (left,) = await month.rows("SELECT id, state, rules FROM reconciliation_run")
    done = await month.rows("SELECT reason FROM reconciliation_evidence")
    assert (left["state"], 0 < len(done) < 27) == ("running", True)

    month.clock.advance(600)
    await month.run(Wish("nightly"))

    (run,) = await month.rows("SELECT id, state, digest FROM reconciliation_run")
    assert (run["id"], run["state"], len(run["digest"])) == (left["id"], "done", 64)
    assert await month.open() == planted
    opened = await month.rows("SELECT count(*) AS n FROM mismatch_event")
    assert opened[0]["n"] == len(planted)
    assert sum(each["opened"] for each in await month.evidence(run["id"])) == len(planted)


async def test_changes_and_everything_give_the_same(month: Month) -> None:
    """After a full run, a look at what changed finds what changed, and a full run finds no more and no less."""
    await month.build(1000)
    await month.run()
    for _ in range(2):
        month.clock.advance(30 * 3600)
        until = month.clock.now() - timedelta(minutes=25)
        await month.database.execute("UPDATE mirror_progress SET complete_until = $1", until)
        await month.run(Wish(ON_DEMAND, full=False))
    await month.plant(3)
    narrow = await month.run(Wish(ON_DEMAND, full=False))

    (run,) = await month.rows("SELECT breadth FROM reconciliation_run WHERE id = $1", narrow)
    assert run["breadth"] == "changes"
    found = await month.open()
    looked_at = {each["reason"]: each["checked"] for each in await month.evidence(narrow)}
    assert looked_at["captured_differs"] < 300
    wide = await month.evidence(await month.run())
    assert {
        each["reason"]: each["opened"] + each["resolved"] for each in wide if each["opened"] + each["resolved"]
    } == {}
    assert await month.open() == found
    assert len({reason for reason, _ in found}) == 26
    assert await month.rows("SELECT * FROM reconciliation_scope") == []
