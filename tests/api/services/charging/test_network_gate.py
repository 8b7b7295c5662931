"""Networks decide who may start: by agreement, by state and by pass; and what the driver read on the post is kept."""

from typing import Any

import pytest

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.domain.passes import PassStatus
from api.models.passes import DriverPass
from api.services.charging.network_gate import PassNotActivated
from api.services.charging.network_news import write_network
from api.services.charging.quote_place import NotStartable
from api.services.roaming.network_watches import watch_network
from api.services.roaming.networks import NetworkChange, NetworkInvalid
from tests.bench import Bench, a_bench
from tests.builders import a_driver, a_location, an_evse
from tests.charges import a_charge, a_quote, start


@pytest.fixture
async def bench(work: UnitOfWork) -> Bench:
    """Return an installation with a place of the network DE-CPO."""
    bench = a_bench(work)
    await a_location(bench)
    return bench


async def network(bench: Bench, **change: Any) -> int:
    """Write down a network; return how many drivers are told."""
    async with bench.work() as db:
        _, told = await write_network(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            country_code="de",
            party_id="cpo",
            change=NetworkChange(**change),
        )
    return told


async def has_pass(bench: Bench, status: PassStatus) -> None:
    """Give the driver a pass of this status."""
    now = bench.clock.now()
    await a_driver(bench)
    async with bench.work() as db:
        db.add(DriverPass(id=f"pas_{status}", driver_id="drv_1", status=status, ordered_at=now, updated_at=now))


@pytest.mark.capability("CM01", "CM27")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "planned"}, "network_not_live"),
        ({"state": "paused"}, "network_not_live"),
        ({"app_charging": False}, "network_without_app_charging"),
    ],
)
async def test_neither_quote_nor_start_where_the_agreement_says_no(
    bench: Bench, change: dict[str, Any], reason: str
) -> None:
    """Also for a quote that was given before the agreement changed; nothing is held then."""
    given = await a_quote(bench)
    await network(bench, **change)
    with pytest.raises(NotStartable) as refused:
        await a_quote(bench)
    assert refused.value.facts["reason"] == reason
    with pytest.raises(NotStartable):
        await start(bench, given)
    assert await bench.rows("SELECT 1 FROM charging_session") == []
    assert await bench.drain() == []


@pytest.mark.capability("CM02")
@pytest.mark.parametrize(
    ("status", "step"),
    [
        (None, "order_pass"),
        (PassStatus.ORDERED, "wait_for_shipping"),
        (PassStatus.SHIPPED, "confirm_receipt"),
        (PassStatus.RECEIVED, "activate"),
        (PassStatus.BLOCKED, "order_pass"),
        (PassStatus.ACTIVE, None),
    ],
)
async def test_a_network_with_passes_names_the_step_that_is_missing(
    bench: Bench, status: PassStatus | None, step: str | None
) -> None:
    """Only an active pass lets the app start; the refusal says in the driver's language what to do with which pass."""
    await a_driver(bench, language="de-CH")
    given = await a_quote(bench)
    await network(bench, pass_policy="active")
    if status is not None:
        await has_pass(bench, status)
    if step is None:
        assert (await start(bench, given)).id
        return
    for attempt in (a_quote(bench), start(bench, given)):
        with pytest.raises(PassNotActivated) as refused:
            await attempt
        facts = refused.value.facts
        assert (facts["step"], facts["network_id"]) == (step, "net_DE-CPO")
        assert facts["pass_id"] == (
            f"pas_{status}" if status in (PassStatus.ORDERED, PassStatus.SHIPPED, PassStatus.RECEIVED) else None
        )
        assert str(facts["text"]).startswith(("Bestellen", "Ihre", "Aktivieren"))


@pytest.mark.capability("CM02")
async def test_a_pass_whose_time_has_come_lets_nobody_start_before_the_sweep(bench: Bench) -> None:
    """From its last moment on it is no active pass, for a quote and for a start, whenever it is swept."""
    await network(bench, pass_policy="active")
    await has_pass(bench, PassStatus.ACTIVE)
    given = await a_quote(bench)
    await bench.rows("UPDATE driver_pass SET valid_until = :at RETURNING id", at=bench.clock.now())
    for attempt in (a_quote(bench), start(bench, given)):
        with pytest.raises(PassNotActivated) as refused:
            await attempt
        assert (refused.value.facts["step"], refused.value.facts["pass_id"]) == ("order_pass", None)
    assert await bench.value("SELECT status FROM driver_pass") == "active", "not swept yet"


@pytest.mark.capability("CM27")
async def test_who_waits_for_a_planned_network_is_told_once(bench: Bench) -> None:
    """Not while it is planned, not before the agreement allows it, and not again."""
    await a_driver(bench)
    await network(bench, name="Harbor", state="planned")
    async with bench.work() as db:
        row = (
            await write_network(
                db=db,
                ports=bench.ports,
                now=bench.clock.now(),
                country_code="DE",
                party_id="CPO",
                change=NetworkChange(),
            )
        )[0]
        for _ in range(2):
            await watch_network(db=db, now=bench.clock.now(), driver_id="drv_1", network=row)
    assert await network(bench, state="live", app_charging=False) == 0
    assert await network(bench, app_charging=True) == 1
    assert await network(bench, app_charging=True) == 0
    assert await bench.rows("SELECT driver_id, message, detail FROM notice") == [
        ("drv_1", "network_live", {"network_id": "net_DE-CPO", "name": "Harbor"})
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"state": "gone"},
        {"pass_policy": "maybe"},
        {"start_sequence": "backwards"},
        {"name": " "},
        {"website": "http://plain.example"},
        {"visual_id_hints": {"xx": "words"}},
    ],
)
async def test_what_cannot_be_written_down_is_refused(bench: Bench, change: dict[str, Any]) -> None:
    """With the field that is wrong; nothing is stored."""
    with pytest.raises(NetworkInvalid) as refused:
        await network(bench, **change)
    assert refused.value.facts["field"] == next(iter(change))
    assert await bench.rows("SELECT 1 FROM network") == []


@pytest.mark.capability("CM07")
async def test_a_charge_keeps_what_the_driver_read_on_the_post(bench: Bench) -> None:
    """Letter by letter as typed, however the operator numbers its posts afterwards."""
    charge = await a_charge(bench, ChargingStatus.CHARGING)
    await a_location(bench, evses=(an_evse(physical_reference="99"),))
    kept = await bench.charge(charge)
    assert (kept.visual_id, kept.visual_id_source) == ("DE*CPO*EVSE1", "typed")
    assert kept.place["visual_id"] == "DE*CPO*EVSE1"
