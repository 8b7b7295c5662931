"""Start success: what counts and what does not, by day, network and EVSE; the same figure wherever it is shown."""

from datetime import timedelta

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.support.start_success import Starts
from api.services.console.charge_figures import partner_scores, starts_by_day
from api.services.console.hold_figures import first_day
from api.services.status import start_success
from api.services.status.signals import notice_trouble, open_signals
from api.services.status.start_success import starts_by_network, worst_evses
from tests.bench import Bench
from tests.builders import a_location, an_evse, connector_of, evse_key
from tests.charges import a_charge

S = ChargingStatus
WEEK = timedelta(days=7)

COPY = (
    "WITH made AS (SELECT c.id, c.id || '-' || :tag || n AS made FROM charging_session c, generate_series(1, :many) n"
    " WHERE c.id = :id), asked AS (INSERT INTO quote"
    " SELECT (jsonb_populate_record(q, jsonb_build_object('id', m.made))).*"
    " FROM made m JOIN charging_session c ON c.id = m.id JOIN quote q ON q.id = c.quote_id)"
    " INSERT INTO charging_session SELECT (jsonb_populate_record(c, jsonb_build_object('id', m.made,"
    " 'quote_id', m.made, 'token_uid', m.made, 'created_at', CAST(:at AS timestamptz),"
    " 'final_at', CAST(:at AS timestamptz), 'freed_at', CAST(:at AS timestamptz)) || CAST(:more AS jsonb))).*"
    " FROM made m JOIN charging_session c ON c.id = m.id RETURNING 1"
)
"""A charge and its quote, so many times over: as jsonb, with what differs laid over it."""


async def copies(bench: Bench, charge_id: str, tag: str, many: int, *, days_ago: float = 0, more: str = "{}") -> None:
    """Store so many charges like one, that are over."""
    at = bench.clock.now() - timedelta(days=days_ago)
    await bench.rows(COPY, id=charge_id, tag=tag, many=many, at=at, more=more)


@pytest.mark.capability("CN25")
async def test_what_counts_as_a_start_and_what_as_one_that_worked(bench: Bench) -> None:
    """The driver's own failures count neither way; ours count in the house and against no network."""
    await a_location(bench, evses=[an_evse(f"EVSE{each}") for each in range(1, 6)])
    for number, status in enumerate((S.CHARGING, S.START_FAILED, S.DECLINED, S.ABANDONED, S.STARTING), 1):
        await a_charge(bench, status, driver_id=f"drv_{number}", connector=connector_of(uid=f"EVSE{number}"))
    now = bench.clock.now()
    async with bench.work() as db:
        (day, *_) = reversed(await start_success.starts_by_day(db=db, first=first_day(now), days=30, now=now))
        (network,) = await starts_by_network(db=db, now=now, lately=WEEK)
    assert (day.day, day.starts) == (now.date(), Starts(asked=2, begun=1))
    assert (network.partner_id, network.starts, network.before) == ("prt_1", Starts(2, 1), Starts(0, 0))
    failed = await bench.value("SELECT id FROM charging_session WHERE status = 'start_failed'")
    for code, counts, for_network in (
        ("payment_unavailable", True, False),
        ("wrong_connector", False, False),
        ("no_result", True, True),
    ):
        await bench.rows("UPDATE charging_session SET failure_code = :c WHERE id = :id RETURNING 1", c=code, id=failed)
        async with bench.work() as db:
            house = (await start_success.starts_by_day(db=db, first=now.date(), days=1, now=now))[0].starts
            (network,) = await starts_by_network(db=db, now=now, lately=WEEK)
            shown, scores = await starts_by_day(db=db, now=now), await partner_scores(db=db, now=now)
        assert (house.asked, network.starts.asked) == (1 + counts, 1 + for_network), code
        assert (shown[-1].tried, scores[0].tried) == (house.asked, network.starts.asked), "the overview says the same"


@pytest.mark.capability("CN25")
async def test_a_start_that_the_driver_gave_up_counts_once_something_had_gone_wrong(bench: Bench) -> None:
    """Who takes a start back at once changed their mind; who gives up on a silent charger did not."""
    charge = await a_charge(bench, S.ABANDONED)
    now = bench.clock.now()
    for code, asked in ((None, 0), ("no_result", 1)):
        await bench.rows(
            "UPDATE charging_session SET failure_code = :c WHERE id = :id RETURNING 1", c=code, id=charge.id
        )
        async with bench.work() as db:
            (day,) = await start_success.starts_by_day(db=db, first=now.date(), days=1, now=now, partner_id="prt_1")
        assert day.starts.asked == asked, code


@pytest.mark.capability("CN25")
async def test_the_worst_evses_come_first_with_their_usual_failure(bench: Bench) -> None:
    """By rate, then by how many; those with too few starts, or without a failure, are not among them."""
    await a_location(bench, evses=[an_evse(f"EVSE{each}") for each in range(1, 4)])
    failed = await a_charge(bench, S.START_FAILED)
    await copies(bench, failed.id, "a", 2, more='{"failure_code": "no_result"}')
    good = await a_charge(bench, S.CHARGING, driver_id="drv_2", connector=connector_of(uid="EVSE2"))
    await copies(bench, good.id, "b", 5)
    await copies(bench, failed.id, "c", 1, more=f'{{"evse_key": "{evse_key(uid="EVSE2")}"}}')
    await copies(bench, failed.id, "d", 2, more=f'{{"evse_key": "{evse_key(uid="EVSE3")}"}}')
    async with bench.work() as db:
        worst = await worst_evses(db=db, now=bench.clock.now(), lately=WEEK)
    assert [(each.evse_key, each.starts, each.common_failure) for each in worst] == [
        (evse_key(uid="EVSE1"), Starts(3, 0), "no_result"),
        (evse_key(uid="EVSE2"), Starts(7, 6), failed.failure_code),
    ]


async def signals(bench: Bench) -> list[tuple[str, str, str]]:
    """Run the rules and return what is open."""
    await notice_trouble(work=bench.work, now=bench.clock.now())
    async with bench.work() as db:
        return sorted((each.kind, each.subject_id, each.reason) for each in await open_signals(db))


@pytest.mark.capability("CN24", "CN25")
async def test_a_drop_of_success_is_a_signal_of_network_and_site_once(bench: Bench) -> None:
    """Nine of ten before, two of ten today: noticed for both, once; it closes when starts work again."""
    good = await a_charge(bench, S.CHARGING)
    await copies(bench, good.id, "before", 36, days_ago=5)
    await copies(bench, good.id, "bad", 4, days_ago=5, more='{"charging_at": null, "status": "start_failed"}')
    await copies(bench, good.id, "today", 2)
    assert await signals(bench) == []
    await copies(bench, good.id, "fails", 8, more='{"charging_at": null, "status": "start_failed"}')
    site = good.location_key
    both = [("partner", "prt_1", "start_success_dropped"), ("site", site, "start_success_dropped")]
    assert await signals(bench) == both
    assert await signals(bench) == both
    assert await bench.value("SELECT count(*) FROM status_incident") == 2
    evidence = await bench.value("SELECT evidence FROM status_incident WHERE kind = 'site'")
    assert (evidence["asked"], evidence["begun"], evidence["percent_before"]) == (11, 3, "90.0")
    await copies(bench, good.id, "well", 60)
    assert await signals(bench) == both, "not before an hour is over"
    bench.clock.advance(3600)
    assert await signals(bench) == []


@pytest.mark.capability("CN24")
async def test_an_evse_that_keeps_breaking_and_a_busy_site_that_is_silent_are_signals(bench: Bench) -> None:
    """Faults are noted as the partner tells of them; silence counts where the operator goes on talking."""
    charge = await a_charge(bench, S.CHARGING)
    for minute in range(4):
        for status in ("out_of_order", "inoperative", "available"):
            await bench.rows(
                "UPDATE evse SET status = :s, last_updated = :at WHERE key = :key RETURNING 1",
                s=status,
                at=bench.clock.now() + timedelta(minutes=minute - 30),
                key=charge.evse_key,
            )
    assert await bench.value("SELECT count(*) FROM evse_fault") == 4, "from broken to broken is no new fault"
    site = charge.location_key
    assert await signals(bench) == [("site", site, "connector_flapping")]
    await copies(bench, charge.id, "busy", 5)
    bench.clock.advance(25 * 3600)
    await bench.rows(
        "INSERT INTO partner_push (partner_id, module, last_at, pushes) VALUES ('prt_1', 'locations', :at, 1)"
        " ON CONFLICT (partner_id, module) DO UPDATE SET last_at = :at RETURNING 1",
        at=bench.clock.now(),
    )
    assert await signals(bench) == [("site", site, "site_silent")]
