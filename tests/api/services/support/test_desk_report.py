"""Lists and the report about cases: the most urgent first, each once, and every figure the length of a list."""

import csv
import io
import random
from datetime import timedelta
from typing import Any

import pytest

from api.domain.account_number import make_account_number
from api.domain.support.case import CaseKind, Channel, Priority
from api.services.support.desk_list import CaseFilter, count_cases, count_facets, list_cases
from api.services.support.desk_open import CallerUnknown, PhoneCase, open_by_phone
from api.services.support.desk_report import Kept, Report, sla_report
from api.services.support.desk_site import add_document, note_work, verify_work
from api.services.support.desk_table import cases_csv, table_row
from api.services.support.desk_talk import ask_customer, confirm_by_phone, resolve_case
from api.services.support.desk_view import service_card
from api.services.support.open import About, Customer
from tests.api.services.support.desk_hands import ONE, THREE, a_case, at_level, does, stored
from tests.bench import Bench
from tests.builders import a_driver, a_location

ALL = CaseFilter(state=frozenset())
PHONE = PhoneCase(
    CaseKind.DRIVER, "charging_session", "Stuck cable", "It does not let go.", name="Bo", phone="+47 1", evse_id=""
)


async def random_cases(bench: Bench, count: int = 60) -> None:
    """Store cases of all sorts in all states, opened over three months."""
    rng, now = random.Random(8), bench.clock.now()
    for _ in range(count):
        kind, name = rng.choice(list(CaseKind)), rng.choice(["Ada", "Bo", "Cy"])
        case = await a_case(
            bench,
            channel=rng.choice(list(Channel)),
            kind=kind,
            customer=Customer(name=name, email=f"{name}@example.com"),
            priority=rng.choice(list(Priority)),
        )
        state = rng.choice(["open", "waiting", "resolved", "closed"])
        opened = now - timedelta(hours=rng.choice([rng.randrange(24), rng.randrange(2000)]))
        solved = opened + timedelta(hours=rng.randrange(1, 48)) if state in {"resolved", "closed"} else None
        answered = opened + timedelta(seconds=rng.randrange(5000)) if rng.random() < 0.7 else None
        await bench.rows(
            "UPDATE support_case SET state = :state, level = :level, opened_at = :opened, resolved_at = :solved,"
            " closed_at = CAST(:closed AS timestamptz), first_answered_at = :answered, survey_score = :score,"
            " waiting_since = :waiting, solve_due_at = solve_due_at + (:opened - opened_at),"
            " first_answer_due_at = first_answer_due_at + (:opened - opened_at),"
            " close_due_at = :due, assignee = :who WHERE id = :id RETURNING 1",
            id=case.id,
            state=state,
            level=rng.randint(1, 3),
            opened=opened,
            solved=solved,
            closed=solved if state == "closed" else None,
            answered=answered,
            score=rng.randint(1, 5) if state == "closed" and rng.random() < 0.8 else None,
            waiting=opened + timedelta(hours=rng.randrange(120)) if state == "waiting" else None,
            due=now + timedelta(days=2) if state == "resolved" else None,
            who=rng.choice(["Lena First", None]),
        )


async def all_of(bench: Bench, wanted: CaseFilter) -> list[Any]:
    """Return all rows of a list, page by page."""
    found: list[Any] = []
    after = None
    while True:
        async with bench.work() as db:
            page = await list_cases(db=db, now=bench.clock.now(), wanted=wanted, after=after, limit=7)
        found += page.rows
        after = page.next
        if after is None:
            return found


async def reported(bench: Bench, wanted: CaseFilter = ALL) -> Report:
    """Return the report about some cases."""
    async with bench.work() as db:
        return await sla_report(db=db, now=bench.clock.now(), wanted=wanted)


@pytest.mark.capability("CN18")
async def test_the_report_adds_up_to_the_list(bench: Bench) -> None:
    """Every group holds every case once, and each of its figures is the length of the list behind it."""
    await random_cases(bench)
    every = await all_of(bench, ALL)
    assert len({row.id for row, _ in every}) == len(every) == 60
    report = await reported(bench)
    for groups in (report.levels, report.contracts, report.months, report.customers):
        assert sum(each.cases for each in groups) == report.total.cases == 60
        assert all(each.cases == each.met + each.broken + each.running for each in groups)
    assert min(report.total.met, report.total.broken, report.total.running) >= 5

    async def lengths(told: Kept, **group: Any) -> None:
        for outcome in ("met", "broken", "running"):
            wanted = CaseFilter(state=frozenset(), solved=frozenset({outcome}), **group)
            assert len(await all_of(bench, wanted)) == getattr(told, outcome), (group, outcome)

    for each in report.levels:
        await lengths(each, level=frozenset({int(each.name)}))
    for each in report.months:
        await lengths(each, month=each.name)
    for each in report.customers:
        await lengths(each, customer=each.name)
    for each in report.contracts:
        await lengths(each, sla_level=frozenset({each.name}))


@pytest.mark.capability("CN20")
@pytest.mark.capability("CN21")
async def test_answers_by_channel_and_the_survey_are_those_of_the_list(bench: Bench) -> None:
    """Worked out by hand from the rows: average and median time to the first answer, score, share of satisfied."""
    await random_cases(bench)
    report, every = await reported(bench), [row for row, _ in await all_of(bench, ALL)]
    for told in report.answers:
        rows = [row for row in every if row.channel == told.channel]
        took = sorted((row.first_answered_at - row.opened_at).total_seconds() for row in rows if row.first_answered_at)
        assert (told.cases, told.answered) == (len(rows), len(took))
        assert abs((told.average_seconds or 0) - sum(took) / len(took)) <= 0.5
        assert told.median_seconds == took[(len(took) - 1) // 2]
        for outcome in ("met", "broken"):
            wanted = CaseFilter(state=frozenset(), channel=frozenset({told.channel}), answered=frozenset({outcome}))
            assert len(await all_of(bench, wanted)) == getattr(told, outcome)
    scores = [row.survey_score for row in every if row.survey_score]
    assert report.survey.answers == len(scores)
    assert abs(float(report.survey.average or 0) - sum(scores) / len(scores)) < 0.01
    assert report.survey.satisfied == len([each for each in scores if each >= 4])


async def test_the_most_urgent_comes_first_and_facets_count_what_would_be_shown(bench: Bench) -> None:
    """Open cases by what is due next, then those that wait, then solved, then closed; every facet's count is true."""
    await random_cases(bench)
    every, states = await all_of(bench, ALL), ["open", "waiting", "resolved", "closed"]
    places = [(states.index(row.state), due) for row, due in every]
    assert places == sorted(places)
    async with bench.work() as db:
        facets = await count_facets(db=db, now=bench.clock.now(), wanted=CaseFilter())
        for level, count in facets["level"].items():
            wanted = CaseFilter(level=frozenset({int(level)}))
            assert await count_cases(db=db, now=bench.clock.now(), wanted=wanted) == count
    assert sum(facets["state"].values()) == 60
    nobody = await all_of(bench, CaseFilter(state=frozenset(), assignee=frozenset({""}), text="ADA"))
    assert {(row.assignee, row.customer_name) for row, _ in nobody} == {(None, "Ada")}


async def test_while_the_customer_is_waited_for_a_promise_neither_ends_nor_breaks(bench: Bench) -> None:
    """Years later a case that waits is still running, and so is its answer; unasked it is broken."""
    waits, other = await a_case(bench), await a_case(bench)
    await does(bench, ask_customer, waits.id, ONE, text="Which post?")
    bench.clock.advance(60 * 60 * 24 * 365)
    report = await reported(bench)
    assert (report.total.running, report.total.broken) == (1, 1)
    (row, _), *_ = await all_of(bench, CaseFilter(solved=frozenset({"broken"})))
    assert row.id == other.id


async def test_the_file_is_the_screen(bench: Bench) -> None:
    """Same rows, same order, same words, over all pages."""
    await random_cases(bench, 20)
    wanted = CaseFilter(kind=frozenset({"driver", "owner"}))
    parts = [each async for each in cases_csv(work=bench.work, now=bench.clock.now(), wanted=wanted)]
    lines = list(csv.DictReader(io.StringIO("".join(parts))))
    screen = [table_row(row, due) for row, due in await all_of(bench, wanted)]
    assert lines == [{name: str(value) for name, value in row.items()} for row in screen]
    assert lines


@pytest.mark.capability("CN02")
async def test_an_agent_opens_a_case_for_a_caller(bench: Bench) -> None:
    """By account number or by name; the wait on the phone is the time to the first answer; a form counts once."""
    await a_driver(bench, driver_id="drv_1")
    number = make_account_number(123456789)
    await bench.rows("UPDATE driver SET account_number = :number RETURNING 1", number=number)
    await a_location(bench)
    told = {"account_number": number.replace("-", " "), "evse_id": "de-cpo-evse1", "waited": timedelta(seconds=40)}

    async def call(by: Any, **facts: Any) -> Any:
        values = {name: getattr(PHONE, name) for name in PHONE.__slots__} | facts
        async with bench.work() as db:
            now = bench.clock.now()
            return await open_by_phone(db=db, ports=bench.ports, now=now, told=PhoneCase(**values), by=by)

    case = await call(ONE, **told)
    assert (case.driver_id, case.account_number, case.channel) == ("drv_1", number, "phone")
    assert case.location_key is not None
    now = await stored(bench, case.id)
    assert now.first_answered_at is not None
    assert (now.first_answered_at - now.opened_at, now.assignee) == (timedelta(seconds=40), ONE.name)
    assert (await call(ONE, **told)).id == case.id
    with pytest.raises(CallerUnknown):
        await call(ONE, name="", account_number="")
    report = await reported(bench)
    assert [(each.channel, each.average_seconds) for each in report.answers] == [("phone", 40)]


@pytest.mark.capability("CN17")
async def test_the_service_card_holds_what_was_done_at_a_site(bench: Bench) -> None:
    """Of closed cases there, and of no other place; what is open is named."""
    await a_location(bench)
    key = await bench.value("SELECT key FROM location LIMIT 1")
    case = await at_level(bench, 3, about=About(location_key=key))
    elsewhere = await at_level(bench, 3, about=About(location_key="other"))
    for each in (case, elsewhere):
        await does(bench, note_work, each.id, THREE, text="new lock")
        await does(bench, verify_work, each.id, THREE, works=True, text="ten times")
        async with bench.work() as db:
            await add_document(db=db, now=bench.clock.now(), case_id=each.id, by=THREE, name="Protocol", text="x")
        await does(bench, resolve_case, each.id, THREE, text="done")
    async with bench.work() as db:
        card = await service_card(db=db, location_key=key)
    assert (card.closed, [each.id for each in card.open]) == ([], [case.id])
    await does(bench, confirm_by_phone, case.id, ONE)
    async with bench.work() as db:
        card = await service_card(db=db, location_key=key)
    (entry,) = card.closed
    kinds = ["attempt", "proposal", "work", "verified", "document", "resolved"]
    assert (entry.case.id, [each.kind for each in entry.actions]) == (case.id, kinds)
    assert card.location is not None
