"""Steps at the desk: one version each, all of them in the log of staff, and promises that nobody moves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from api.domain.support.case import CaseStepNotPossible, Priority
from api.domain.support.desk import Slot, SlotsUnreadable
from api.services.reconciliation.audit_seal import seal_actions
from api.services.support.desk_links import NoDuplicate, link_case, links_of, merge_case
from api.services.support.desk_site import add_document, note_work, verify_work
from api.services.support.desk_steps import (
    AssigneeUnable,
    ExpectedUnreadable,
    assign_case,
    change_priority,
    log_attempt,
    set_expected,
    take_case,
    write_note,
)
from api.services.support.desk_talk import (
    CaseMerged,
    answer_customer,
    ask_customer,
    confirm_by_phone,
    customer_said,
    reopen_case,
    resolve_case,
)
from api.services.support.desk_work import CaseChanged
from api.services.support.open import Customer
from api.services.support.visits import SlotTaken, UnknownVisit, accept_slot, propose_visit, visit_of_case
from tests.api.services.reconciliation.findings_hands import a_finding
from tests.api.services.support.desk_hands import ONE, THREE, TWO, a_case, at_level, does, events, kinds, stored
from tests.bench import Bench
from tests.staff import a_member


async def test_of_two_pages_the_slower_one_is_told(bench: Bench) -> None:
    """A step names the version that its page showed; the second one changes nothing."""
    case = await a_case(bench)
    await does(bench, take_case, case.id, ONE)
    async with bench.work() as db:
        told: dict[str, Any] = {
            "db": db,
            "now": bench.clock.now(),
            "case_id": case.id,
            "version": case.version,
            "by": TWO,
        }
        with pytest.raises(CaseChanged):
            await answer_customer(**told, text="Hello")
    assert await kinds(bench, case.id) == ["opened", "taken"]


@pytest.mark.capability("CN14")
@pytest.mark.capability("CN19")
async def test_every_step_is_in_the_log_with_before_and_after(bench: Bench) -> None:
    """Who, what, when, out of what into what; what was said to people stands in the case only, notes privately."""
    case = await a_case(bench)
    steps: list[tuple[Any, dict[str, Any]]] = [
        (take_case, {}),
        (log_attempt, {"text": "tried", "remote": "other"}),
        (change_priority, {"to": Priority.HIGH, "reason": "a school bus"}),
        (set_expected, {"at": bench.clock.now() + timedelta(hours=2), "reason": "parts are here"}),
        (ask_customer, {"text": "Which post is it?"}),
        (customer_said, {"text": "The left one"}),
        (answer_customer, {"text": "Thank you"}),
        (resolve_case, {"text": "It works again"}),
        (reopen_case, {"reason": "no"}),
        (resolve_case, {"text": "Now it does"}),
        (confirm_by_phone, {}),
    ]
    for step, facts in steps:
        await does(bench, step, case.id, ONE, **facts)
    async with bench.work() as db:
        await write_note(db=db, now=bench.clock.now(), case_id=case.id, text="a secret", by=ONE)
    rows = await bench.rows('SELECT action, "by", reason, request_id, before, after FROM staff_action ORDER BY id')
    assert [row.action for row in rows] == [
        *("case_taken", "case_attempt", "case_priority", "case_expected", "case_asked_customer", "case_customer_said"),
        *("case_answered", "case_resolved", "case_reopened", "case_resolved", "case_confirmed", "case_noted"),
    ]
    assert {(row.by, row.request_id) for row in rows} == {("Lena First", "req_1")}
    assert (rows[0].before["assignee"], rows[0].after["assignee"]) == (None, "Lena First")
    assert (rows[2].before["priority"], rows[2].after["priority"], rows[2].reason) == ("normal", "high", "a school bus")
    assert (rows[7].before["state"], rows[7].after["state"]) == ("open", "resolved")
    assert "secret" not in str(rows)
    assert [each.text for each in await events(bench, case.id) if not each.public][-1] == "a secret"
    for statement in ("UPDATE staff_action SET \"by\" = 'x'", "DELETE FROM staff_action"):
        with pytest.raises(DBAPIError, match="never changed"):
            await bench.rows(statement)


async def test_what_was_promised_never_changes(bench: Bench) -> None:
    """Another priority moves the case in the list; the promise and all that is due by it stay as they were frozen."""
    case = await a_case(bench)
    now = await stored(bench, case.id)
    await does(bench, change_priority, case.id, ONE, to=Priority.URGENT, reason="she is stuck")
    after = await stored(bench, case.id)
    names = ("promise", "first_answer_due_at", "level_due_at", "solve_due_at", "sla_level")
    assert [getattr(after, each) for each in names] == [getattr(now, each) for each in names]
    assert after.priority == "urgent"
    with pytest.raises(ExpectedUnreadable):
        await does(bench, set_expected, case.id, ONE, at=bench.clock.now(), reason="now")
    with pytest.raises(ExpectedUnreadable):
        await does(bench, set_expected, case.id, ONE, at=datetime(9999, 12, 31, tzinfo=UTC), reason="a typing error")


async def test_a_case_is_given_to_whoever_works_on_its_level(bench: Bench) -> None:
    """Nobody of the first line gets a case of the second; nobody at all is possible."""
    await a_member(bench, "support_1", name=ONE.name)
    await a_member(bench, "support_2", name=TWO.name)
    case = await at_level(bench, 2)
    with pytest.raises(AssigneeUnable):
        await does(bench, assign_case, case.id, TWO, to=ONE.name)
    await does(bench, assign_case, case.id, THREE, to=TWO.name)
    assert (await stored(bench, case.id)).assignee == TWO.name
    await does(bench, assign_case, case.id, TWO, to=None)
    assert (await stored(bench, case.id)).assignee is None


@pytest.mark.capability("CN12")
async def test_slots_are_proposed_and_the_customer_accepts_one(bench: Bench) -> None:
    """The clock stands while they choose; once is enough; a new proposal takes the place of what was agreed."""
    case = await at_level(bench, 3)
    now, due = bench.clock.now(), (await stored(bench, case.id)).solve_due_at
    days = [now + timedelta(days=each) for each in (1, 2)]
    slots = [Slot(each, each + timedelta(hours=2)) for each in days]
    facts = {"slots": slots, "participants": ["Tova Third", "Lock Works", "The janitor"]}
    with pytest.raises(SlotsUnreadable):
        await does(bench, propose_visit, case.id, THREE, ports=bench.ports, **(facts | {"slots": [slots[0]] * 2}))
    visit = await does(bench, propose_visit, case.id, THREE, ports=bench.ports, **facts)
    assert (await stored(bench, case.id)).state == "waiting"
    bench.clock.advance(3600)
    for slot, refusal in ((5, UnknownVisit), (1, None), (1, None), (0, SlotTaken)):
        async with bench.work() as db:
            told = {"db": db, "now": bench.clock.now(), "case_id": case.id, "visit_id": visit.id, "slot": slot}
            if refusal is not None:
                with pytest.raises(refusal):
                    await accept_slot(**told)
            else:
                assert (await accept_slot(**told)).starts_at == days[1]
    after = await stored(bench, case.id)
    assert (after.state, after.solve_due_at) == ("open", due + timedelta(hours=1))
    assert (await kinds(bench, case.id, public=True))[-2:] == ["visit", "visit"]
    await does(bench, propose_visit, case.id, THREE, ports=bench.ports, **facts)
    async with bench.work() as db:
        newest = await visit_of_case(db=db, case_id=case.id)
        assert newest is not None
        assert (newest.id != visit.id, newest.accepted_at) == (True, None)
        with pytest.raises(UnknownVisit):
            await accept_slot(db=db, now=bench.clock.now(), case_id=case.id, visit_id=visit.id, slot=1)


async def test_a_duplicate_is_merged_into_the_case_that_goes_on(bench: Bench) -> None:
    """Of the same customer only; its words come along privately; it is closed for good."""
    first, again = await a_case(bench), await a_case(bench, description="Still dark.")
    stranger = await a_case(bench, customer=Customer(name="Bo", email="bo@example.com"))
    for number in (stranger.number, again.number):
        with pytest.raises(NoDuplicate):
            await does(bench, merge_case, again.id, ONE, into=number)
    await does(bench, merge_case, again.id, ONE, into=first.number.lower().replace("-", ""))
    closed = await stored(bench, again.id)
    assert (closed.state, closed.closed_as) == ("closed", "merged")
    last = (await events(bench, first.id))[-1]
    assert (last.kind, last.public, last.text) == ("linked", False, "Still dark.")
    with pytest.raises(CaseMerged):
        await does(bench, reopen_case, again.id, ONE, reason="x")
    with pytest.raises(CaseStepNotPossible):
        await does(bench, merge_case, again.id, ONE, into=first.number)


async def test_links_are_seen_from_both_ends_and_kept_once(bench: Bench) -> None:
    """Findings by their id, incidents, other cases by their number; the same link again adds nothing."""
    one, two = await a_case(bench), await a_case(bench)
    finding = await a_finding(bench)
    for kind, target in (("case", two.number), ("case", two.number), ("finding", finding), ("incident", "inc_1")):
        async with bench.work() as db:
            await link_case(db=db, now=bench.clock.now(), case_id=one.id, by=ONE, kind=kind, target=target)
    async with bench.work() as db:
        here, there = await links_of(db=db, case_id=one.id), await links_of(db=db, case_id=two.id)
    assert [(link.kind, case and case.id) for link, case in here] == [
        ("case", two.id),
        ("finding", None),
        ("incident", None),
    ]
    assert [case and case.id for _, case in there] == [one.id]


async def test_the_chain_over_the_log_covers_the_desk(bench: Bench) -> None:
    """What staff do with cases is sealed as what they do with money."""
    case = await at_level(bench, 3)
    await does(bench, note_work, case.id, THREE, text="new lock")
    await does(bench, verify_work, case.id, THREE, works=True, text="ten times")
    async with bench.work() as db:
        await add_document(db=db, now=bench.clock.now(), case_id=case.id, by=THREE, name="P", address="https://a.b/c")
    assert await bench.value("SELECT count(*) FROM staff_action WHERE subject_id = :id", id=case.id) == 6
    assert await seal_actions(work=bench.work, now=bench.clock.now()) == 6


@pytest.mark.capability("CN06")
async def test_a_time_told_while_the_customer_is_waited_for_moves_by_what_is_waited_after(bench: Bench) -> None:
    """Two hours of waiting, a new time, another hour: it moves by that hour, the promise by all three."""
    case = await a_case(bench)
    await does(bench, ask_customer, case.id, ONE, text="Which post is it?")
    bench.clock.advance(2 * 3600)
    at = bench.clock.now() + timedelta(hours=10)
    await does(bench, set_expected, case.id, ONE, at=at, reason="parts are late")
    bench.clock.advance(3600)
    await does(bench, customer_said, case.id, ONE, text="The left one")
    after = await stored(bench, case.id)
    assert after.expected_at == at + timedelta(hours=1)
    assert after.solve_due_at == case.solve_due_at + timedelta(hours=3)
    assert after.level_due_at == case.level_due_at + timedelta(hours=3)
