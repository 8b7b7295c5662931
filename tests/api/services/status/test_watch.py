"""Probes against a real database and steered neighbors: what they see, and what one bad minute does not do."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import text

from api.domain.charging.state import ChargingStatus
from api.ports.payments import OutcomeUnknown
from api.ports.reach import NotReached
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.services.status.probes import Look, Probe, Scene
from api.services.status.record import forget_probes
from api.services.status.watch import watch
from api.services.status.words import Component
from tests.api.services.status.looking import heard, level, look
from tests.bench import Bench
from tests.charges import a_charge
from tests.fakes import FakeMirror, FakeReach

PARTNER = "partner:prt_1"


async def test_everything_is_looked_at_once_a_minute(bench: Bench) -> None:
    """Each component and partner has one row a minute, however many workers look, and all is well."""
    await heard(bench)
    now = bench.clock.now()
    await asyncio.gather(*(watch(work=bench.work, ports=bench.ports, now=now) for _ in range(2)))
    rows = await bench.rows("SELECT component, seen, detail FROM status_probe ORDER BY 1")
    assert {row.component for row in rows} == {*Component, PARTNER}
    assert {(row.component, row.seen, row.detail) for row in rows if row.seen != "up"} == set()
    assert await bench.value("SELECT sum(up) FROM status_day") == len(rows)
    assert cast(FakeReach, bench.ports.reach).asked[0] == bench.ports.policy.status.probe_url
    assert [call.method for call in bench.roaming.calls] == ["pull_sessions"] * 2


@pytest.mark.capability("CN22", "EP06")
async def test_one_failed_probe_is_no_outage_and_three_are_one_incident(bench: Bench) -> None:
    """The incident opens with the third failure, once, as of the first; it closes when well again, not at once."""
    await heard(bench)
    reach = cast(FakeReach, bench.ports.reach)
    await look(bench, 5)
    reach.answer = NotReached("not_reached", answer="made up")
    began = bench.clock.now()
    await look(bench, 2)
    assert (await level(bench, "app_api"), await bench.rows("SELECT 1 FROM status_incident")) == ("operational", [])
    await look(bench, 3)
    assert await level(bench, "app_api") == "down"
    (incident,) = await bench.rows("SELECT * FROM status_incident")
    assert (incident.kind, incident.subject_id, incident.reason) == ("platform", "app_api", "not_reached")
    assert (incident.opened_by, incident.opened_at, incident.closed_at) == ("probe", began, None)
    reach.answer = 200
    await look(bench, 4)
    assert await level(bench, "app_api") == "operational"
    assert await bench.value("SELECT closed_at FROM status_incident") is None, "not before its ten minutes are over"
    await look(bench, 2)
    assert await bench.value("SELECT closed_at FROM status_incident") is not None
    stages = [row[0] for row in await bench.rows("SELECT stage FROM status_update ORDER BY id")]
    assert stages == ["investigating", "resolved"]
    assert await bench.rows("SELECT up, down FROM status_day WHERE component = 'app_api'") == [(11, 5)]


async def test_what_takes_too_long_or_breaks_is_down_and_keeps_no_other_waiting(bench: Bench) -> None:
    """A probe is given its time and no more; the others are stored all the same."""

    async def hangs(scene: Scene) -> Look:
        await asyncio.sleep(60)
        raise AssertionError

    async def breaks(scene: Scene) -> Look:
        async with scene.work() as db:
            await (await db.connection()).execute(text("SELECT 1 / 0"))
        raise AssertionError

    async def fails(scene: Scene) -> Look:
        raise OutcomeUnknown("outcome_unknown")

    async def surprises(scene: Scene) -> Look:
        raise ValueError("nobody foresaw this")

    probes = [Probe("hangs", hangs, 0.05), Probe("breaks", breaks), Probe("fails", fails), Probe("odd", surprises)]
    await look(bench, probes=probes)
    rows = await bench.rows("SELECT component, seen, detail FROM status_probe ORDER BY 1")
    assert [tuple(row) for row in rows] == [
        ("breaks", "down", "unreachable"),
        ("fails", "down", "outcome_unknown"),
        ("hangs", "down", "no_answer_in_time"),
        ("odd", "down", "probe_failed"),
        (PARTNER, "up", None),
        ("starting", "up", None),
    ]


@pytest.mark.capability("EP06")
async def test_each_partner_is_a_component_of_its_own(bench: Bench) -> None:
    """One that cannot be reached has its incident; one that refuses a question is there; a leaver is forgotten."""
    bench.roaming.pull_error = PartnerAnsweredBadly("partner_answered_badly", http_status=404)
    await look(bench, probes=())
    assert await level(bench, PARTNER) == "operational"
    for error in (
        PartnerUnreachable("partner_unreachable"),
        PartnerAnsweredBadly("partner_answered_badly", http_status=502),
        PartnerUnreachable("partner_unreachable"),
    ):
        bench.roaming.pull_error = error
        await look(bench, probes=())
    assert (await level(bench, PARTNER), await level(bench, "starting")) == ("down", "down")
    opened = await bench.rows("SELECT kind, subject_id FROM status_incident ORDER BY id")
    assert {tuple(row) for row in opened} == {("partner", "prt_1"), ("platform", "starting")}
    await bench.rows("UPDATE partner SET status = 'suspended' RETURNING 1")
    await look(bench, probes=())
    assert await bench.rows("SELECT 1 FROM status_component WHERE component = :c", c=PARTNER) == []
    assert await bench.value("SELECT closed_at FROM status_incident WHERE kind = 'partner'") is not None


async def test_a_partner_that_answers_nothing_of_what_it_is_told_is_down(bench: Bench) -> None:
    """Reads work, commands do not: the rate of answers says so."""
    charge = await a_charge(bench, ChargingStatus.START_ACCEPTED)
    await bench.rows(
        "INSERT INTO command (id, kind, charging_session_id, partner_id, response_secret_hash, created_at, sent_at,"
        " answer) SELECT 'cmd_x' || n, 'stop', :charge, 'prt_1', 'x' || n, :now, :now, 'none'"
        " FROM generate_series(1, 3) n RETURNING 1",
        charge=charge.id,
        now=bench.clock.now(),
    )
    bench.clock.advance(60)
    await look(bench, probes=())
    rows = await bench.rows("SELECT seen, detail FROM status_probe WHERE component = :c", c=PARTNER)
    assert [tuple(row) for row in rows] == [("down", "commands_unanswered")]
    assert bench.roaming.calls_of("pull_sessions") == [], "it is not asked what is known"


@pytest.mark.capability("EP06")
async def test_payments_are_well_only_with_processor_and_webhooks(bench: Bench) -> None:
    """An unreachable processor is down; calls that bring no webhooks are noticed, unhandled ones too."""
    mirror = cast(FakeMirror, bench.ports.mirror)

    async def seen() -> tuple[str, str | None]:
        await look(bench)
        query = "SELECT seen, detail FROM status_probe WHERE component = 'payments' ORDER BY minute DESC LIMIT 1"
        return tuple((await bench.rows(query))[0])

    assert await seen() == ("up", None)
    mirror.break_before("payments_page")
    assert await seen() == ("down", "processor_outcome_unknown")
    charge = await a_charge(bench)
    hold = await bench.hold(charge)
    await bench.rows(
        "INSERT INTO payment_operation (id, kind, hold_id, charging_session_id, state, attempts, created_at)"
        " SELECT 'opr_x' || n, 'extend', :hold, :charge, 'done', 1, :at FROM generate_series(1, 3) n RETURNING 1",
        hold=hold.id,
        charge=charge.id,
        at=bench.clock.now() - timedelta(hours=1),
    )
    assert await seen() == ("degraded", "webhooks_missing")
    await bench.rows(
        "INSERT INTO processor_event (id, type, object_kind, payload, received_at)"
        " VALUES ('evt_1', 'x', 'payment_intent', '{}', :at) RETURNING 1",
        at=bench.clock.now() - timedelta(minutes=30),
    )
    assert await seen() == ("degraded", "webhooks_wait")
    await bench.rows("UPDATE processor_event SET handled_at = received_at RETURNING 1")
    assert await seen() == ("up", None)


async def test_waiting_jobs_notices_and_old_places_are_seen(bench: Bench) -> None:
    """The oldest due job, the latest notice, the newest word of a partner's places: each has its limits."""
    await heard(bench)

    async def seen(component: str) -> tuple[str, str | None]:
        await look(bench)
        query = "SELECT seen, detail FROM status_probe WHERE component = :c ORDER BY minute DESC LIMIT 1"
        return tuple((await bench.rows(query, c=component))[0])

    job = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, scheduled_at)"
        " VALUES (:queue, 'x', 0, '{}', 'todo', now() - make_interval(mins => :mins)) RETURNING 1"
    )
    await bench.rows(job, queue="bulk", mins=60)
    assert await seen("job_queue") == ("up", None)
    await bench.rows(job, queue="money", mins=6)
    assert await seen("job_queue") == ("degraded", "jobs_wait")
    await bench.rows(job, queue="notices", mins=16)
    assert await seen("job_queue") == ("down", "jobs_wait")
    letter = (
        "INSERT INTO letter (id, driver_id, to_address, template, language, facts, outcome, attempts, created_at,"
        " next_attempt_at) SELECT 'ltr_' || n, 'drv_1', 'a@example.com', 'x', 'en', '{}', 'waiting', :tries, :at, :at"
        " FROM generate_series(1, :many) n RETURNING 1"
    )
    await a_charge(bench)
    await bench.rows("DELETE FROM notice_delivery RETURNING 1")
    await bench.rows(letter, many=1, tries=0, at=bench.clock.now() - timedelta(minutes=11))
    assert await seen("notices") == ("degraded", "late")
    await bench.rows("DELETE FROM letter RETURNING 1")
    await bench.rows(letter, many=3, tries=2, at=bench.clock.now() + timedelta(minutes=5))
    assert await seen("notices") == ("down", "not_taken")
    bench.clock.advance(28 * 3600)
    assert await seen("map_data") == ("degraded", "places_old")
    bench.clock.advance(23 * 3600)
    assert await seen("map_data") == ("down", "places_old")


async def test_what_a_clock_that_ran_ahead_saw_does_not_hide_what_is_seen_now(bench: Bench) -> None:
    """A worker whose clock was a day ahead left good probes in the future: they decide nothing until then."""
    await heard(bench)
    bench.clock.advance(86_400)
    await look(bench, 5)
    bench.clock.advance(-86_400 - 5 * 60)
    cast(FakeReach, bench.ports.reach).answer = NotReached("not_reached")
    await look(bench, 3)
    assert await level(bench, "app_api") == "down"


async def test_probes_are_forgotten_and_their_days_stay(bench: Bench) -> None:
    """Rows of minutes are kept for two weeks, what they counted for over a year."""
    await look(bench)
    bench.clock.advance(15 * 86_400)
    rules = bench.ports.policy.status
    for days, left in ((0, True), (400, False)):
        async with bench.work() as db:
            await forget_probes(db, now=bench.clock.now() + timedelta(days=days), rules=rules)
        assert await bench.rows("SELECT 1 FROM status_probe") == []
        assert bool(await bench.rows("SELECT 1 FROM status_day")) is left


async def test_a_component_under_planned_work_opens_no_incident(bench: Bench) -> None:
    """What was announced is no surprise; its minutes count as down all the same."""
    now = bench.clock.now()
    await bench.rows(
        "INSERT INTO status_maintenance (kind, subject_id, starts_at, ends_at, texts, planned_by, planned_at)"
        " VALUES ('platform', 'app_api', :now, :end, '{}', 'Ada', :now) RETURNING 1",
        now=now,
        end=now + timedelta(hours=1),
    )
    reach = FakeReach()
    reach.answer = 503
    bench.ports = replace(bench.ports, reach=reach)
    await look(bench, 5)
    assert await level(bench, "app_api") == "down"
    assert await bench.rows("SELECT 1 FROM status_incident") == []
    assert await bench.value("SELECT down FROM status_day WHERE component = 'app_api'") == 5
