"""The levels: who works where, what each asks before a case moves on, and that those below keep reading."""

from datetime import timedelta

import pytest

from api.domain.support.case import CaseStepNotPossible
from api.domain.support.case_rules import AttemptMissing, ProposalMissing, WorkUnverified
from api.domain.support.desk import LevelNotYours
from api.services.support.desk_levels import escalate
from api.services.support.desk_site import add_document, ask_outside, note_work, outside_answered, verify_work
from api.services.support.desk_steps import AttemptUnreadable, log_attempt, take_case, write_note
from api.services.support.desk_talk import answer_customer, ask_customer, customer_said, reopen_case, resolve_case
from api.services.support.desk_view import case_view, feed_of
from api.services.support.desk_work import NotAtTheDesk
from tests.api.services.support.desk_hands import (
    AUDITOR,
    ONE,
    THREE,
    TWO,
    a_case,
    at_level,
    does,
    events,
    kinds,
    stored,
)
from tests.bench import Bench


@pytest.mark.capability("CN05")
async def test_the_first_line_logs_an_attempt_before_it_escalates(bench: Bench) -> None:
    """An article by its slug or a remote action of ours, exactly one; then, and not before, the second level has it."""
    case = await a_case(bench)
    with pytest.raises(AttemptMissing):
        await does(bench, escalate, case.id, ONE)
    for what in ({}, {"article": "a", "remote": "other"}, {"remote": "prayed"}, {"article": "no slug!"}):
        with pytest.raises(AttemptUnreadable):
            await does(bench, log_attempt, case.id, ONE, text="tried", **what)
    await does(bench, log_attempt, case.id, ONE, text="Did not help", article="cable-stuck")
    await does(bench, escalate, case.id, ONE, reason="two cars, same post")
    now = await stored(bench, case.id)
    assert (now.level, now.assignee) == (2, None)
    assert now.level_due_at == bench.clock.now() + timedelta(seconds=now.promise["second_level_seconds"])
    assert await kinds(bench, case.id, public=True) == ["opened", "level"]


@pytest.mark.capability("CN08")
@pytest.mark.capability("CN10")
async def test_each_line_works_on_its_levels_and_reads_all(bench: Bench) -> None:
    """After escalation the first line changes nothing but notes; it reads on, and its feed says what others did."""
    case = await at_level(bench, 2)
    for step, facts in ((take_case, {}), (answer_customer, {"text": "hello"}), (escalate, {})):
        with pytest.raises(LevelNotYours):
            await does(bench, step, case.id, ONE, **facts)
        with pytest.raises(NotAtTheDesk):
            await does(bench, step, case.id, AUDITOR, **facts)
    await does(bench, take_case, case.id, TWO)
    await does(bench, answer_customer, case.id, TWO, text="We look into the logs.")
    async with bench.work() as db:
        await write_note(db=db, now=bench.clock.now(), case_id=case.id, text="she called again", by=ONE)
        view = await case_view(db=db, case_id=case.id, by=ONE)
        mine = await feed_of(db=db, name=ONE.name)
        theirs = await feed_of(db=db, name=TWO.name)
    assert (view.works, view.works_here) == (True, False)
    assert [each.kind for each in view.public] == ["opened", "level", "to_customer"]
    assert "note" in [each.kind for each in view.private]
    assert [event.kind for event, _ in mine.entries] == ["to_customer", "taken", "opened"]
    assert theirs.entries == []  # it is theirs still


@pytest.mark.capability("CN11")
async def test_a_visit_needs_a_proposal_with_its_reason(bench: Bench) -> None:
    """Without both the case stays; with both the third level has it, and the customer reads neither."""
    case = await at_level(bench, 2)
    for facts in ({}, {"proposal": "swap the lock"}, {"reason": "it does not open"}):
        with pytest.raises(ProposalMissing):
            await does(bench, escalate, case.id, TWO, **facts)
    await does(bench, escalate, case.id, TWO, proposal="swap the lock", reason="it does not open")
    assert (await stored(bench, case.id)).level == 3
    public = [each for each in await events(bench, case.id) if each.public]
    assert "lock" not in "".join(f"{each.text}{each.detail}" for each in public)


@pytest.mark.capability("CN09")
async def test_others_are_asked_under_a_reference_and_their_answers_kept(bench: Bench) -> None:
    """When it was asked and answered; an answer belongs to a question of this case; no customer sees any of it."""
    case = await at_level(bench, 2)
    asked_at = bench.clock.now() - timedelta(hours=1)
    facts = {"party": "Lock Works", "reference": "T-77", "text": "Which firmware?", "asked_at": asked_at}
    await does(bench, ask_outside, case.id, TWO, **facts)
    async with bench.work() as db:
        (question,) = (await case_view(db=db, case_id=case.id, by=TWO)).questions
    await does(bench, outside_answered, case.id, TWO, question=question.id, text="4.2 mends it")
    async with bench.work() as db:
        view = await case_view(db=db, case_id=case.id, by=TWO)
    assert view.questions == []
    answer = view.private[-1]
    assert answer.detail["reference"] == "T-77"
    assert answer.detail["answered_at"] == bench.clock.now().isoformat()
    assert "outside" not in [each.kind for each in view.public]


@pytest.mark.capability("CN15")
async def test_the_third_level_resolves_what_is_done_verified_and_documented(bench: Bench) -> None:
    """Each of the three is asked for; work after a verification, or a case opened again, wants another one."""
    case = await at_level(bench, 3)

    async def refused(*missing: str) -> None:
        with pytest.raises(WorkUnverified) as told:
            await does(bench, resolve_case, case.id, THREE, text="mended")
        assert told.value.facts["missing"] == list(missing)

    await refused("work", "verification", "documents")
    await does(bench, note_work, case.id, THREE, text="new lock")
    await does(bench, verify_work, case.id, THREE, works=False, text="jams")
    await refused("verification", "documents")
    await does(bench, verify_work, case.id, THREE, works=True, text="ten times")
    await does(bench, note_work, case.id, THREE, text="cleaned the contacts")
    await refused("verification", "documents")
    await does(bench, verify_work, case.id, THREE, works=True, text="ten times")
    async with bench.work() as db:
        now = bench.clock.now()
        await add_document(db=db, now=now, case_id=case.id, by=THREE, name="Protocol", text="all of it")
    await does(bench, resolve_case, case.id, THREE, text="A new lock is in.")
    await does(bench, reopen_case, case.id, THREE, reason="it jams again")
    await refused("verification")


async def test_work_at_a_site_belongs_to_the_third_level(bench: Bench) -> None:
    """On a lower level nobody works at a site, whatever their role."""
    case = await at_level(bench, 2)
    with pytest.raises(CaseStepNotPossible):
        await does(bench, note_work, case.id, THREE, text="new lock")


async def test_escalating_a_case_that_waits_gives_the_next_level_its_whole_time(bench: Bench) -> None:
    """What the customer was waited for before the step is not added to the time of the level above."""
    case = await a_case(bench)
    await does(bench, log_attempt, case.id, ONE, text="tried", remote="other")
    await does(bench, ask_customer, case.id, ONE, text="Which post?")
    bench.clock.advance(3600)
    await does(bench, escalate, case.id, ONE)
    moved_at = bench.clock.now()
    bench.clock.advance(1800)
    await does(bench, customer_said, case.id, ONE, text="The left one")
    now = await stored(bench, case.id)
    span = timedelta(seconds=now.promise["second_level_seconds"])
    assert now.level_due_at == moved_at + timedelta(seconds=1800) + span
