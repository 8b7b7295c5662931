"""Runs: one at a time, immutable, previewed; findings that rise, close, come back, and rules that are held back."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from api.domain.errors import NotFound
from api.services.reconciliation.release import RuleNotHeldBack, release_rule
from api.services.reconciliation.run import OF_CHARGE, Wish, preview
from api.services.reconciliation.run_queries import newest_runs, rules_held_back, run_report
from tests.api.services.reconciliation.conftest import Month

NEAR = "SELECT severity, state, detail->>'band' AS band, amount_minor FROM mismatch WHERE reason = 'hold_near_expiry'"
EVENTS = "SELECT e.kind, e.detail->>'band' AS band FROM mismatch_event e JOIN mismatch m ON m.id = e.mismatch_id"


async def test_a_hold_near_its_end_is_one_finding_that_grows(month: Month) -> None:
    """At 48, 24 and 6 hours the same finding gets graver and tells it; an older one of its age gives way to it."""
    await month.build(200)
    (start,) = await month.plant(1, "hold_open_too_long")
    await month.run()
    assert await month.open() == {start}
    told = []
    for hours in (30, 20, 18, 5):  # its last moment is three days away at first
        month.clock.advance(hours * 3600)
        await month.run()
        (near,) = await month.rows(NEAR + " AND subject = $1", start[1])
        told.append((near["severity"], near["band"]))

    assert told == [("warning", "warning"), ("warning", "high"), ("breach", "critical"), ("breach", "breach")]
    assert ("hold_open_too_long", start[1]) not in await month.open()
    events = await month.rows(
        EVENTS + " WHERE m.reason = 'hold_near_expiry' AND m.subject = $1 ORDER BY e.id", start[1]
    )
    assert [(each["kind"], each["band"]) for each in events] == [
        ("opened", None),
        ("raised", "high"),
        ("raised", "critical"),
        ("raised", "breach"),
    ]


async def test_what_is_mended_closes_and_what_comes_back_opens_again(month: Month) -> None:
    """A difference that is gone is resolved by the run; if it comes back it is the same finding, open again."""
    await month.build(200)
    ((_, subject),) = await month.plant(1, "orphan_at_processor")
    await month.run()
    states = []
    for status in ("canceled", "requires_capture"):
        month.clock.advance(600)
        await month.database.execute("UPDATE processor_payment SET status = $1 WHERE id = $2", status, subject)
        await month.run()
        (row,) = await month.rows("SELECT state, resolution FROM mismatch")
        states.append((row["state"], row["resolution"]))

    assert states == [("resolved", "auto"), ("open", None)]
    events = await month.rows(EVENTS + " ORDER BY e.id")
    assert [each["kind"] for each in events] == ["opened", "resolved", "reopened"]


async def test_what_somebody_accepted_stays_accepted(month: Month) -> None:
    """An accepted difference is not told every night; when it becomes another amount, it is."""
    await month.build(200)
    ((_, subject),) = await month.plant(1, "orphan_at_processor")
    await month.run()
    accept = "UPDATE mismatch SET state = 'resolved', resolution = 'accepted', resolved_at = now()"
    await month.database.execute(accept)
    month.clock.advance(600)
    await month.run()
    assert await month.open() == set()

    await month.database.execute("UPDATE processor_payment SET capturable_minor = 4000 WHERE id = $1", subject)
    await month.run()
    assert await month.open() == {("orphan_at_processor", subject)}


async def test_a_rule_that_would_open_too_many_is_told_once(month: Month) -> None:
    """Nothing of it is opened but one finding with a sample; released, all are opened and that one closes."""
    await month.build(400)
    planted = await month.plant(5, "orphan_at_processor", "operation_without_end")
    month.believing(4)
    await month.run()

    runaways = {("rule_runaway", "orphan_at_processor"), ("rule_runaway", "operation_without_end")}
    assert await month.open() == runaways
    (told,) = await month.rows("SELECT detail->>'withheld' AS n FROM mismatch WHERE subject = 'orphan_at_processor'")
    async with month.work() as db:
        held = await rules_held_back(db=db)
    assert (told["n"], [(each.reason, each.withheld, len(each.sample)) for each in held]) == (
        "5",
        [("operation_without_end", 5, 5), ("orphan_at_processor", 5, 5)],
    )
    async with month.work() as db:
        now = month.clock.now()
        await release_rule(db=db, now=now, reason="orphan_at_processor", by="Ada", note="a true story")
    await month.database.execute("DELETE FROM payment_operation WHERE state = 'unknown'")
    month.clock.advance(600)
    await month.run(Wish("nightly"))

    assert await month.open() == {each for each in planted if each[0] == "orphan_at_processor"}
    with pytest.raises(RuleNotHeldBack):
        async with month.work() as db:
            await release_rule(db=db, now=now, reason="orphan_at_processor", by="Ada", note="again")
    (action,) = await month.rows("SELECT by, action, subject_id FROM staff_action")
    assert action == {"by": "Ada", "action": "rule_released", "subject_id": "orphan_at_processor"}


async def test_a_preview_stores_nothing(month: Month) -> None:
    """It tells what a run would open, and leaves neither finding nor run."""
    await month.build(200)
    planted = await month.plant(2)
    told = await preview(work=month.work, ports=month.ports)

    assert sum(each.opened for each in told) == len(planted)
    for table in ("mismatch", "mismatch_event", "reconciliation_run", "reconciliation_evidence", "reconciliation_rule"):
        assert await month.rows(f"SELECT 1 FROM {table}") == []  # noqa: S608 - our own names


async def test_one_charge_can_be_looked_at_alone(month: Month) -> None:
    """Its findings are opened and closed, those of others are not touched; one that there is not is refused."""
    await month.build(200)
    planted = sorted(await month.plant(2, "captured_differs"))
    (one, other) = (subject for _, subject in planted)
    await month.run(Wish(OF_CHARGE, charging_session_id=one))
    assert await month.open() == {("captured_differs", one)}

    await month.run()
    await month.database.execute("UPDATE hold h SET captured_minor = c.owed_minor FROM charging_session c WHERE"
                                 " c.id = h.charging_session_id AND c.id = ANY($1)", [one, other])  # fmt: skip
    month.clock.advance(600)
    await month.run(Wish(OF_CHARGE, charging_session_id=one))
    assert {each for each in await month.open() if each[0] == "captured_differs"} == {("captured_differs", other)}
    with pytest.raises(NotFound):
        await month.run(Wish(OF_CHARGE, charging_session_id="chs_nobody"))


async def test_runs_do_not_overlap_and_never_change(month: Month) -> None:
    """Of several at once one runs, the others are turned away; evidence and ended runs are kept by the database."""
    await month.build(200)
    ran = await asyncio.gather(*(month.run() for _ in range(3)))
    assert len([each for each in ran if each]) == 1

    async with month.work() as db:
        (newest,) = await newest_runs(db=db)
        report = await run_report(db=db, run_id=newest.id)
    assert (report.now_at, len(report.evidence), newest.requested_by) == (None, 27, "Ada")
    for statement in (
        "UPDATE reconciliation_evidence SET found = 0",
        "DELETE FROM reconciliation_run",
        "UPDATE reconciliation_run SET digest = ''",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await month.database.execute(statement)


async def test_what_was_never_copied_is_skipped_and_then_looked_at_whole(month: Month) -> None:
    """Without a copy of the processor's objects no hold is called an orphan; when there is one, nothing is left out."""
    await month.build(200)
    planted = await month.plant(1, "hold_not_at_processor")
    await month.database.execute("UPDATE mirror_progress SET complete_until = NULL")
    skipped = {each["reason"] for each in await month.evidence(await month.run()) if each["skipped"]}
    assert len(skipped) == 8
    assert await month.open() == set()

    await month.database.execute(
        "UPDATE mirror_progress SET complete_until = $1", month.clock.now() - timedelta(hours=1)
    )
    month.clock.advance(600)
    evidence = await month.evidence(await month.run(Wish("nightly")))
    assert {each["reason"] for each in evidence if each["whole"]} == skipped
    assert await month.open() == planted
