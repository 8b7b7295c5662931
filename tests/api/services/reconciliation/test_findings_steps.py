"""The life of a finding on a real database: each step, who may take it, its history, two people at once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from api.domain.errors import AppError
from api.domain.finance.finding import Actor, RoleMissing, Severity, StepNotPossible
from api.models.finance import MismatchRow
from api.services.charging.approvals import SamePerson
from api.services.charging.findings import close_findings
from api.services.reconciliation.findings import UnknownFinding
from api.services.reconciliation.findings_accept import accept
from api.services.reconciliation.findings_requests import waiting_requests
from api.services.reconciliation.findings_steps import (
    NoteMissing,
    SnoozeUnreadable,
    acknowledge,
    assign,
    comment,
    each_of,
    reopen,
    snooze,
)
from api.services.reconciliation.findings_sweep import sweep_findings
from tests.api.services.reconciliation.findings_hands import (
    AUDITOR,
    CLERK,
    LEAD,
    OTHER_CLERK,
    SUPPORT,
    a_finding,
    kinds,
    log,
    stored,
)
from tests.bench import Bench


async def clears(bench: Bench) -> None:
    """Let what was found no longer be so."""
    async with bench.work() as db:
        await close_findings(db=db, now=bench.clock.now(), reasons=["cdr_unexplained"], subject="prt_1/DE/CPO/CDR1")


async def accepts(bench: Bench, finding_id: str, by: Actor = CLERK, note: str = "agreed by phone") -> MismatchRow:
    """Let a person accept a difference."""
    async with bench.work() as db:
        now = bench.clock.now()
        return await accept(db=db, ports=bench.ports, now=now, finding_id=finding_id, note=note, by=by)


async def test_one_problem_is_one_finding_with_one_history(bench: Bench) -> None:
    """Found again, it is the same one; its amount follows, it closes by itself and opens again, and all is told."""
    finding_id = await a_finding(bench)
    assert await a_finding(bench) == finding_id
    assert await a_finding(bench, minor=700) == finding_id
    await clears(bench)
    await clears(bench)
    closed = await stored(bench, finding_id)
    assert (closed.state, closed.resolution, closed.amount_minor, closed.partner_id) == (
        "resolved",
        "auto",
        700,
        "prt_1",
    )

    await a_finding(bench, minor=700)

    again = await stored(bench, finding_id)
    assert (again.state, again.resolution, again.resolved_at) == ("open", None, None)
    told = ["opened", "changed", "resolved", "reopened"]
    assert await kinds(bench, finding_id) == [(each, "service") for each in told]


async def test_a_person_takes_a_finding_to_its_end(bench: Bench) -> None:
    """Acknowledged is assigned; given to another, discussed, accepted with a note and the evidence of that moment."""
    finding_id = await a_finding(bench, detail={"billed": "9.00", "computed": "4.00"})
    now = bench.clock.now()
    async with bench.work() as db:
        await acknowledge(db=db, now=now, finding_id=finding_id, by=CLERK)
        await assign(db=db, now=now, finding_id=finding_id, to="Bo Clerk", by=CLERK)
        await assign(db=db, now=now, finding_id=finding_id, to=" Bo  Clerk", by=CLERK)
        await comment(db=db, now=now, finding_id=finding_id, text="called them", by=OTHER_CLERK)
    await accepts(bench, finding_id, OTHER_CLERK)

    row = await stored(bench, finding_id)
    assert (row.state, row.assignee, row.resolution, row.resolved_by) == (
        "resolved",
        "Bo Clerk",
        "accepted",
        "Bo Clerk",
    )
    assert await kinds(bench, finding_id) == [
        ("opened", "service"),
        ("acknowledged", "Ada Clerk"),
        ("assigned", "Ada Clerk"),
        ("assigned", "Ada Clerk"),
        ("commented", "Bo Clerk"),
        ("resolved", "Bo Clerk"),
    ]
    kept = await bench.value("SELECT detail->'evidence' FROM mismatch_event ORDER BY id DESC LIMIT 1")
    assert (kept["amount_minor"], kept["detail"]) == (500, {"billed": "9.00", "computed": "4.00"})
    assert await log(bench) == [("Bo Clerk", "finding_accepted", "req_2")]


async def test_an_accepted_difference_stays_accepted_until_it_changes(bench: Bench) -> None:
    """The nightly run does not bring back what a person decided, unless there is something new to decide."""
    finding_id = await a_finding(bench)
    await accepts(bench, finding_id)
    await a_finding(bench)
    assert (await stored(bench, finding_id)).state == "resolved"

    await a_finding(bench, minor=501)
    assert (await stored(bench, finding_id)).state == "open"


async def test_a_snoozed_finding_wakes_by_itself(bench: Bench) -> None:
    """It stays out of sight though found again, wakes when its time is over, or when a warning gets a breach."""
    first = await a_finding(bench)
    second = await a_finding(bench, subject="other", severity=Severity.WARNING)
    until = bench.clock.now() + timedelta(hours=1)
    async with bench.work() as db:
        for finding_id in (first, second):
            await snooze(db=db, now=bench.clock.now(), finding_id=finding_id, until=until, by=CLERK, text="tomorrow")
    await a_finding(bench)
    assert await sweep_findings(work=bench.work, ports=bench.ports) == 0
    assert (await stored(bench, first)).state == "snoozed"

    await a_finding(bench, subject="other", severity=Severity.BREACH)
    assert (await stored(bench, second)).state == "open"
    bench.clock.advance(3600)
    assert await sweep_findings(work=bench.work, ports=bench.ports) == 1
    assert (await stored(bench, first)).state == "open"
    assert (await kinds(bench, first))[-1] == ("woken", "service")


async def test_a_resolved_finding_is_reopened_by_a_decider(bench: Bench) -> None:
    """With a reason, in both logs; a second time there is nothing to reopen."""
    finding_id = await a_finding(bench)
    await accepts(bench, finding_id)
    now = bench.clock.now()
    async with bench.work() as db:
        await reopen(db=db, now=now, finding_id=finding_id, text="it was the other bill", by=LEAD)
    assert (await stored(bench, finding_id)).resolved_by is None
    assert (await log(bench))[-1] == ("Grace Lead", "finding_reopened", "req_3")
    with pytest.raises(StepNotPossible):
        async with bench.work() as db:
            await reopen(db=db, now=now, finding_id=finding_id, text="once more", by=LEAD)


async def test_roles_hold(bench: Bench) -> None:
    """An auditor only reads, and support does not decide about the books; a decision says why."""
    finding_id = await a_finding(bench)
    now = bench.clock.now()
    for person in (AUDITOR, SUPPORT):
        with pytest.raises(RoleMissing):
            async with bench.work() as db:
                await acknowledge(db=db, now=now, finding_id=finding_id, by=person)
        with pytest.raises(RoleMissing):
            await accepts(bench, finding_id, person)
    with pytest.raises(NoteMissing):
        await accepts(bench, finding_id, LEAD, note=" ")


@pytest.mark.capability("DC6")
async def test_above_the_limit_two_people_accept(bench: Bench) -> None:
    """A clerk asks; no clerk and nobody alone ends it, another lead does; both stand in the log."""
    finding_id = await a_finding(bench, minor=-20001)
    for person in (CLERK, OTHER_CLERK):
        assert (await accepts(bench, finding_id, person)).waiting_for == "acceptance"
    async with bench.work() as db:
        (asked,) = await waiting_requests(db=db, ports=bench.ports, now=bench.clock.now(), by=LEAD)
    assert (asked.request.requested_by, asked.may_decide) == ("Bo Clerk", True)
    with pytest.raises(SamePerson):
        await accepts(bench, finding_id, Actor("bo clerk", LEAD.roles))
    accepted = await accepts(bench, finding_id, LEAD)
    assert (accepted.state, accepted.resolved_by, accepted.waiting_for) == ("resolved", "Grace Lead", None)
    assert [what for _, what, _ in await log(bench)] == ["finding_acceptance_requested"] * 2 + ["finding_accepted"]


@pytest.mark.parametrize("why", ["it changed", "it is old"])
async def test_a_request_to_accept_counts_for_what_it_was_about(bench: Bench, why: str) -> None:
    """Another amount, or seven days, and the second person begins anew; a limit may be named for a role."""
    finding_id = await a_finding(bench, minor=20001)
    await accepts(bench, finding_id, CLERK)
    if why == "it changed":
        await a_finding(bench, minor=30000)
    else:
        bench.clock.advance(7 * 24 * 3600)
    await sweep_findings(work=bench.work, ports=bench.ports)
    assert (await stored(bench, finding_id)).waiting_for is None
    assert (await accepts(bench, finding_id, LEAD)).state == "open"
    bench.ports.policy.approval_by_role["finance_clerk"] = {"EUR": 30000}
    assert (await accepts(bench, finding_id, CLERK)).resolution == "accepted"


async def test_what_cannot_be_is_refused(bench: Bench) -> None:
    """A snooze into the past or for ever, an unknown finding, a step that its state does not have."""
    finding_id = await a_finding(bench)
    now = bench.clock.now()
    for late in (timedelta(0), timedelta(days=91)):
        with pytest.raises(SnoozeUnreadable):
            async with bench.work() as db:
                await snooze(db=db, now=now, finding_id=finding_id, until=now + late, by=CLERK)
    with pytest.raises(UnknownFinding):
        async with bench.work() as db:
            await acknowledge(db=db, now=now, finding_id="mis_none", by=CLERK)
    await clears(bench)
    with pytest.raises(StepNotPossible):
        async with bench.work() as db:
            await assign(db=db, now=now, finding_id=finding_id, to="Bo", by=CLERK)


async def test_many_are_acknowledged_at_once(bench: Bench) -> None:
    """Those that cannot be are named, and keep none of the others."""
    first, second = await a_finding(bench), await a_finding(bench, subject="b")
    await clears(bench)
    now = bench.clock.now()
    async with bench.work() as db:
        done, left = await each_of(
            [second, first, "mis_none"], lambda each: acknowledge(db=db, now=now, finding_id=each, by=CLERK)
        )
    assert (done, sorted(left)) == ([second], sorted([first, "mis_none"]))
    assert (await stored(bench, second)).state == "acknowledged"


async def test_two_people_resolve_at_once(bench: Bench) -> None:
    """One of them does, the other is told; there is one decision in the log."""
    finding_id = await a_finding(bench)
    answers = await asyncio.gather(
        accepts(bench, finding_id, CLERK), accepts(bench, finding_id, OTHER_CLERK), return_exceptions=True
    )
    assert sorted(isinstance(each, AppError) for each in answers) == [False, True]
    assert len(await log(bench)) == 1
    assert [kind for kind, _ in await kinds(bench, finding_id)] == ["opened", "resolved"]


async def test_many_who_find_the_same_at_once_open_it_once(bench: Bench) -> None:
    """Ten processes see the same problem: one finding, opened once."""
    ids = await asyncio.gather(*(a_finding(bench, minor=number) for number in range(10)))
    assert len(set(ids)) == 1
    assert [kind for kind, _ in await kinds(bench, ids[0])].count("opened") == 1


async def test_the_history_of_a_finding_is_never_changed(bench: Bench) -> None:
    """The database refuses it, whoever asks."""
    await a_finding(bench)
    for cheat in ("UPDATE mismatch_event SET by = 'Eve' RETURNING by", "DELETE FROM mismatch_event RETURNING by"):
        with pytest.raises(DBAPIError, match="never changed"):
            await bench.rows(cheat)
