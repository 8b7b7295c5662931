"""What somebody put out of sight comes back when it is worse; a run survives the death of its process at any moment."""

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from api.domain.finance.finding import Severity
from api.services.reconciliation.findings_accept import accept
from api.services.reconciliation.findings_steps import snooze
from api.services.reconciliation.run import Wish
from tests.api.services.reconciliation.conftest import Month
from tests.api.services.reconciliation.findings_hands import CLERK, LEAD, a_finding, stored
from tests.bench import Bench

FOUND = "SELECT reason, subject, severity, state, amount_minor FROM mismatch ORDER BY 1, 2"
TOLD = (
    "SELECT m.reason, e.kind, count(*) AS n FROM mismatch_event e JOIN mismatch m ON m.id = e.mismatch_id GROUP BY 1, 2"
)
ROOT = Path(__file__).resolve().parents[4]


async def test_an_accepted_warning_comes_back_as_a_breach(month: Month) -> None:
    """That a hold ends in 48 hours was accepted; that it ends in six is no longer what was accepted."""
    await month.build(200)
    ((_, subject),) = await month.plant(1, "hold_open_too_long")
    month.clock.advance(30 * 3600)
    await month.run()
    near = ("hold_near_expiry", subject)
    assert near in await month.open()
    async with month.work() as db:
        (finding,) = await month.rows("SELECT id FROM mismatch WHERE reason = $1 AND subject = $2", *near)
        now = month.clock.now()
        await accept(db=db, ports=month.ports, now=now, finding_id=finding["id"], note="the partner knows", by=LEAD)
    month.clock.advance(12 * 3600)
    await month.run()
    assert near not in await month.open()
    month.clock.advance(25 * 3600)
    await month.run()
    assert near in await month.open()


async def test_a_larger_amount_wakes_what_was_put_aside(month: Month) -> None:
    """A difference grows while nobody looks: it is open again; one that shrinks lets people sleep."""
    await month.build(200)
    ((_, subject),) = await month.plant(1, "orphan_at_processor")
    await month.run()
    (row,) = await month.rows("SELECT id, amount_minor FROM mismatch")
    states = []
    for change in (-100, 100):
        async with month.work() as db:
            now = month.clock.now()
            await snooze(db=db, now=now, finding_id=row["id"], until=now + timedelta(days=30), by=CLERK)
        size = row["amount_minor"] + change
        await month.database.execute(
            "UPDATE processor_payment SET capturable_minor = $1, received_minor = $1 + refunded_minor WHERE id = $2",
            size,
            subject,
        )
        month.clock.advance(600)
        await month.run()
        (after,) = await month.rows("SELECT state, amount_minor, snoozed_until IS NULL AS awake FROM mismatch")
        states.append((after["state"], after["amount_minor"] - row["amount_minor"], after["awake"]))
    assert states == [("snoozed", -100, False), ("open", 100, True)]
    kinds = await month.rows("SELECT kind FROM mismatch_event ORDER BY id")
    assert [each["kind"] for each in kinds] == ["opened", "snoozed", "snoozed", "raised"]


async def test_services_wake_what_outgrew_its_snooze(bench: Bench) -> None:
    """The same for findings that services open themselves."""
    finding_id = await a_finding(bench, severity=Severity.BREACH, minor=500)
    async with bench.work() as db:
        now = bench.clock.now()
        await snooze(db=db, now=now, finding_id=finding_id, until=now + timedelta(days=30), by=CLERK)
    for minor, state in ((400, "snoozed"), (50_000, "open")):
        await a_finding(bench, severity=Severity.BREACH, minor=minor)
        assert (await stored(bench, finding_id)).state == state


async def test_a_run_closes_what_waits_whole(month: Month) -> None:
    """What is mended by itself waits for nobody any more: no second person is asked about it."""
    await month.build(200)
    ((_, subject),) = await month.plant(1, "orphan_at_processor")
    await month.run()
    await month.database.execute("UPDATE mismatch SET waiting_for = 'acceptance', state = 'acknowledged'")
    await month.database.execute("UPDATE processor_payment SET status = 'canceled' WHERE id = $1", subject)
    month.clock.advance(600)
    await month.run()
    (row,) = await month.rows("SELECT state, waiting_for FROM mismatch")
    assert (row["state"], row["waiting_for"]) == ("resolved", None)


async def killed_in(month: Month, url: str, at: int, *, committed: bool) -> None:
    """Let a process of its own reconcile, and kill it outright in its unit of work number ``at``."""
    script = "tests.api.services.reconciliation.dying_process"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", script, url, month.clock.now().isoformat(), str(at), "after" if committed else "before",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 60) == b"here\n"
    process.kill()
    assert await process.wait() == -signal.SIGKILL


@pytest.mark.capability("DC6")
async def test_a_run_whose_process_was_killed_twice_ends_as_if_nothing_had_been(
    month: Month, database_url: str
) -> None:
    """kill -9 before a commit, then behind one: each finding is opened once, none is lost, the next process goes on."""
    await month.build(300)
    planted = await month.plant(1)
    await killed_in(month, database_url, 9, committed=False)
    first = await month.rows("SELECT reason FROM reconciliation_evidence")
    await killed_in(month, database_url, 12, committed=True)
    second = await month.rows("SELECT reason FROM reconciliation_evidence")
    assert 0 < len(first) < len(second) < 27

    month.clock.advance(600)
    run_id = await month.run(Wish("nightly"))

    (run,) = await month.rows("SELECT id, state FROM reconciliation_run")
    assert (run["id"], run["state"]) == (run_id, "done")
    assert await month.open() == planted
    found, told = await month.rows(FOUND), await month.rows(TOLD)
    assert {(each["kind"], each["n"]) for each in told} == {("opened", 1)}
    assert len(found) == len(told) == len(planted)
