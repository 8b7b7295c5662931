"""Planned work hides start exactly while it runs, with its own reason and its end, in lists, filters and refusals."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from api.domain.errors import AppError
from api.services.charging.quote_place import NotStartable
from api.services.finding.filters import Filters
from api.services.finding.places import locations_in_box
from api.services.roaming.find import Box
from api.services.status.maintenance import end_maintenance, plan_maintenance
from tests.api.services.status.looking import look
from tests.bench import Bench
from tests.charges import a_quote, start

SITE = "prt_1/DE/CPO/LOC1"
EVERYWHERE = Box(Decimal(-180), Decimal(-85), Decimal(180), Decimal(85))


async def planned(bench: Bench, kind: str = "site", subject: str = SITE, *, hours: int = 2) -> int:
    """Plan two hours of work that begin in an hour."""
    at = bench.clock.now() + timedelta(hours=1)
    async with bench.work() as db:
        row = await plan_maintenance(
            db=db,
            now=bench.clock.now(),
            by="Ada",
            kind=kind,
            subject_id=subject,
            starts_at=at,
            ends_at=at + timedelta(hours=hours),
            texts={"en": "New cables."},
        )
    assert row.id is not None
    return row.id


async def listed(bench: Bench, *, only_startable: bool) -> list[tuple[str, ...]]:
    """Return why the app cannot start at each connector of the list."""
    async with bench.work() as db:
        places, _ = await locations_in_box(
            db=db,
            policy=bench.ports.policy,
            now=bench.clock.now(),
            box=EVERYWHERE,
            filters=Filters(app_charging=only_startable),
            limit=10,
        )
    return [each.refusals for place in places for each in place.connectors]


@pytest.mark.capability("CN24")
@pytest.mark.parametrize(("kind", "subject"), [("site", SITE), ("partner", "prt_1")])
async def test_nothing_starts_where_planned_work_runs(bench: Bench, kind: str, subject: str) -> None:
    """Before and after it all is as ever; meanwhile lists give the reason, and a quote is refused with its end."""
    number = await planned(bench, kind, subject)
    quote = await a_quote(bench)
    assert await listed(bench, only_startable=False) == [()]
    bench.clock.advance(3600 - 60)
    await look(bench, 2, probes=())
    assert await listed(bench, only_startable=False) == [("planned_maintenance",)]
    assert await listed(bench, only_startable=True) == []
    with pytest.raises(NotStartable) as refused:
        await a_quote(bench)
    facts = refused.value.facts
    assert (facts["reason"], facts["maintenance_id"]) == ("planned_maintenance", f"MNT-{number}")
    assert (facts["until"], refused.value.location_key) == (bench.clock.now() + timedelta(hours=2, minutes=-1), SITE)
    bench.clock.advance(2 * 3600)
    await look(bench, probes=())
    assert await listed(bench, only_startable=True) == [()]
    assert (await a_quote(bench)).id != quote.id


@pytest.mark.capability("CN24")
async def test_a_quote_from_before_the_work_starts_nothing_during_it(bench: Bench) -> None:
    """The price stays promised, but no car is plugged into a charger that is taken apart."""
    await planned(bench)
    bench.clock.advance(3600 - 60)
    quote = await a_quote(bench)
    bench.clock.advance(60)
    with pytest.raises(NotStartable):
        await start(bench, quote)
    assert await bench.rows("SELECT 1 FROM charging_session") == []


async def test_work_is_called_off_or_ends_early_and_the_log_says_who(bench: Bench) -> None:
    """What has not begun is canceled, what runs ends now; what is over is left alone."""
    first, second = await planned(bench), await planned(bench, "partner", "prt_1")
    async with bench.work() as db:
        await end_maintenance(db=db, now=bench.clock.now(), by="Bob", maintenance_id=first)
    bench.clock.advance(3600)
    assert await listed(bench, only_startable=False) == [("planned_maintenance",)]
    async with bench.work() as db:
        await end_maintenance(db=db, now=bench.clock.now(), by="Bob", maintenance_id=second)
    assert await listed(bench, only_startable=False) == [()]
    for number in (first, second, 99):
        with pytest.raises(AppError):
            async with bench.work() as db:
                await end_maintenance(db=db, now=bench.clock.now(), by="Bob", maintenance_id=number)
    rows = await bench.rows("SELECT by, action FROM staff_action ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("Ada", "maintenance_planned"),
        ("Ada", "maintenance_planned"),
        ("Bob", "maintenance_canceled"),
        ("Bob", "maintenance_ended"),
    ]


@pytest.mark.parametrize("hours", [0, -1, 15 * 24])
async def test_a_window_without_sense_is_refused(bench: Bench, hours: int) -> None:
    """It ends after it begins, and within two weeks."""
    with pytest.raises(AppError, match="maintenance_window_unusable"):
        await planned(bench, hours=hours)


async def test_a_window_at_the_end_of_time_is_refused(bench: Bench) -> None:
    """Who mistypes a year is told so, though nothing can be added to that moment."""
    last = datetime(9999, 12, 30, tzinfo=UTC)
    window = {"starts_at": last, "ends_at": last + timedelta(hours=1), "texts": {"en": "x"}}
    about = {"kind": "platform", "subject_id": "payments"}
    with pytest.raises(AppError, match="maintenance_window_unusable"):
        async with bench.work() as db:
            await plan_maintenance(db=db, now=bench.clock.now(), by="Ada", **about, **window)  # type: ignore[arg-type]  # mixed
