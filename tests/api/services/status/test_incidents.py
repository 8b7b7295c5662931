"""Incidents: one per subject however many notice at once, told by staff with every step in the log."""

import asyncio

import pytest

from api.domain.errors import AppError
from api.models.status import StatusIncident
from api.services.status.incidents import close_incident, open_incident, open_incidents_for
from api.services.status.signals import notice_trouble
from api.services.status.snapshot import build_snapshot
from api.services.status.staff import open_by_staff, update_incident
from api.services.status.words import SEVERAL_FAIL
from tests.bench import Bench

SITE = "prt_1/DE/CPO/LOC1"


async def opened(bench: Bench, kind: str, subject: str, reason: str = "x", **fields: object) -> StatusIncident:
    """Open an incident in a transaction of its own."""
    async with bench.work() as db:
        return await open_incident(
            db,
            kind=kind,
            subject_id=subject,
            reason=reason,
            now=bench.clock.now(),
            evidence=fields.pop("evidence", {}),  # type: ignore[arg-type]  # a mapping
            **fields,  # type: ignore[arg-type]  # severity and by
        )


async def touching(bench: Bench, **where: str) -> list[tuple[str, str]]:
    """Return what is open and touches a place."""
    async with bench.work() as db:
        found = await open_incidents_for(db, **where, now=bench.clock.now())  # type: ignore[arg-type]  # names of places
        return [(each.kind, each.subject_id) for each in found]


async def test_a_subject_has_one_open_incident(bench: Bench) -> None:
    """Five who notice at once open one, whose evidence grows; closed, the next one is another."""
    found = await asyncio.gather(
        *(opened(bench, "site", SITE, evidence={f"evse_{each}": "failed"}) for each in range(5))
    )
    assert len({each.id for each in found}) == 1
    (number,) = {each.id for each in found}
    assert number is not None
    evidence = await bench.value("SELECT evidence FROM status_incident")
    assert set(evidence) == {f"evse_{each}" for each in range(5)}
    assert await bench.value("SELECT count(*) FROM status_update") == 1
    async with bench.work() as db:
        assert await close_incident(db, incident_id=number, now=bench.clock.now())
        assert not await close_incident(db, incident_id=number, now=bench.clock.now())
    assert (await opened(bench, "site", SITE)).id != number


async def test_a_worse_one_raises_the_severity_and_a_signal_stands_apart(bench: Bench) -> None:
    """Degraded becomes an outage, never back; a signal neither hides nor is hidden by an incident."""
    first = await opened(bench, "partner", "prt_1", severity="degraded")
    assert (await opened(bench, "partner", "prt_1", severity="outage")).severity == "outage"
    again = await opened(bench, "partner", "prt_1", severity="degraded")
    assert (again.id, again.severity) == (first.id, "outage")
    signal = await opened(bench, "partner", "prt_1", "start_success_dropped", severity="signal")
    other = await opened(bench, "partner", "prt_1", "site_silent", severity="signal")
    assert len({first.id, signal.id, other.id}) == 3
    assert (await opened(bench, "partner", "prt_1", "site_silent", severity="signal")).id == other.id


@pytest.mark.capability("CK14")
async def test_what_diagnoses_told_of_a_site_is_over_once_they_tell_it_no_more(bench: Bench) -> None:
    """Open while somebody finds it, or the operator says so; closed after an hour of silence, for readers too."""
    await opened(bench, "site", SITE, SEVERAL_FAIL)
    await opened(bench, "site", SITE, SEVERAL_FAIL, severity="signal")
    await opened(bench, "partner", "prt_1", "by_hand")
    bench.clock.advance(1800)
    await opened(bench, "site", SITE, SEVERAL_FAIL)
    bench.clock.advance(2400)
    await notice_trouble(work=bench.work, now=bench.clock.now())
    assert await touching(bench, location_id=SITE) == [("site", SITE), ("partner", "prt_1")], "seen 40 minutes ago"
    bench.clock.advance(1800)
    await bench.rows("UPDATE evse SET status = 'out_of_order' RETURNING 1")
    await bench.rows(
        'INSERT INTO evse SELECT (jsonb_populate_record(e, \'{"key": "other"}\')).* FROM evse e RETURNING 1'
    )
    await notice_trouble(work=bench.work, now=bench.clock.now())
    assert ("site", SITE) in await touching(bench, location_id=SITE), "the operator says so"
    await bench.rows("UPDATE evse SET status = 'available' RETURNING 1")
    await notice_trouble(work=bench.work, now=bench.clock.now())
    assert await touching(bench, location_id=SITE) == [("partner", "prt_1")]
    assert await bench.value("SELECT count(*) FROM status_incident WHERE closed_at IS NULL") == 1, "the signal too"
    assert await bench.value("SELECT stage FROM status_update ORDER BY id DESC LIMIT 1") == "resolved"


async def test_what_staff_told_of_is_theirs_to_end(bench: Bench) -> None:
    """Whoever said that a digger cut the cable says when it is mended."""
    found = await opened(bench, "site", SITE, SEVERAL_FAIL)
    assert found.id is not None
    async with bench.work() as db:
        await update_incident(
            db=db, now=bench.clock.now(), by="Ada", incident_id=found.id, stage="identified", texts={"en": "A digger."}
        )
    bench.clock.advance(7200)
    await notice_trouble(work=bench.work, now=bench.clock.now())
    assert await touching(bench, location_id=SITE) == [("site", SITE)]


async def test_the_public_reads_no_private_site_and_no_word_of_how_we_are_built(bench: Bench) -> None:
    """A site that its operator does not publish stays unnamed, and a reason that is ours alone is just down."""
    await opened(bench, "site", SITE)
    await opened(bench, "partner", "prt_1", "seal_broken")
    async with bench.work() as db:
        told = (await build_snapshot(db, now=bench.clock.now()))["incidents"]
    assert [(each["kind"], each["reason"]) for each in told] == [("partner", "down"), ("site", "down")]
    await bench.rows("UPDATE location SET publish = false RETURNING 1")
    async with bench.work() as db:
        document = await build_snapshot(db, now=bench.clock.now())
    assert [each["kind"] for each in document["incidents"]] == ["partner"]
    assert "LOC1" not in str(document)


async def test_a_place_is_touched_by_its_site_its_partner_and_the_platform(bench: Bench) -> None:
    """The nearest first; other sites and partners, and signals, are nothing to it."""
    await opened(bench, "platform", "payments")
    await opened(bench, "partner", "prt_1")
    await opened(bench, "partner", "prt_2")
    await opened(bench, "site", SITE)
    await opened(bench, "site", "prt_1/DE/CPO/LOC2")
    await opened(bench, "site", SITE, "site_silent", severity="signal")
    whole = [("site", SITE), ("partner", "prt_1"), ("platform", "payments")]
    assert await touching(bench, location_id=SITE) == whole
    assert await touching(bench, partner_id="prt_2") == [("partner", "prt_2"), ("platform", "payments")]
    assert await touching(bench) == [("platform", "payments")]


@pytest.mark.capability("EP06")
async def test_staff_tell_what_they_know_and_the_log_has_every_step(bench: Bench) -> None:
    """Opened, told, closed: each with name, words and stage; the public reads the words and never a signal."""
    now = bench.clock.now()
    await opened(bench, "site", SITE, "site_silent", severity="signal")
    async with bench.work() as db:
        incident = await open_by_staff(
            db=db,
            now=now,
            by="Ada",
            kind="site",
            subject_id=SITE,
            severity="degraded",
            texts={"en": "Cable cut.", "de": "Kabel ab.", "xx": "no language"},
        )
        number = incident.id
        assert number is not None
    for stage, text in (("identified", "A digger."), ("resolved", "")):
        async with bench.work() as db:
            await update_incident(db=db, now=now, by="Bob", incident_id=number, stage=stage, texts={"en": text})
    rows = await bench.rows("SELECT by, action, subject_id, reason FROM staff_action ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("Ada", "incident_opened", f"INC-{number}", "Cable cut."),
        ("Bob", "incident_told", f"INC-{number}", "A digger."),
        ("Bob", "incident_closed", f"INC-{number}", ""),
    ]
    async with bench.work() as db:
        told = (await build_snapshot(db, now=now))["incidents"]
    assert [each["id"] for each in told] == [f"INC-{number}"]
    assert [(each["stage"], each["texts"]) for each in told[0]["updates"]] == [
        ("resolved", {}),
        ("identified", {"en": "A digger."}),
        ("investigating", {"en": "Cable cut.", "de": "Kabel ab."}),
        ("investigating", {}),
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"texts": {"de": "Kabel ab."}}, "nothing_told"),
        ({"kind": "platform", "subject_id": "coffee"}, "unknown_subject"),
        ({"kind": "partner", "subject_id": "prt_9"}, "unknown_subject"),
        ({"kind": "galaxy"}, "unknown_subject"),
        ({"severity": "signal"}, "stage_unknown"),
        ({"by": "  "}, "person_unnamed"),
    ],
)
async def test_what_makes_no_sense_is_refused(bench: Bench, fields: dict[str, object], code: str) -> None:
    """Nothing is opened about nothing, by nobody, or without a word of English."""
    values = {"by": "Ada", "kind": "site", "subject_id": SITE, "severity": "outage", "texts": {"en": "x"}}
    with pytest.raises(AppError) as refused:
        async with bench.work() as db:
            await open_by_staff(db=db, now=bench.clock.now(), **(values | fields))  # type: ignore[arg-type]  # mixed
    assert refused.value.code == code
    assert await bench.rows("SELECT 1 FROM status_incident") == []
