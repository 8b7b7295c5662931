"""Looking at an installation minute by minute, as the worker does."""

from collections.abc import Sequence

from api.services.status.probes import PROBES, Probe
from api.services.status.snapshot import publish_snapshot
from api.services.status.watch import watch
from tests.bench import Bench
from tests.builders import a_partner


async def look(bench: Bench, minutes: int = 1, *, probes: Sequence[Probe] = PROBES) -> None:
    """Look so many times, a minute apart, and publish."""
    for _ in range(minutes):
        await watch(work=bench.work, ports=bench.ports, now=bench.clock.now(), probes=probes)
        async with bench.work() as db:
            await publish_snapshot(db, ports=bench.ports, now=bench.clock.now())
        bench.clock.advance(60)


async def level(bench: Bench, component: str) -> str:
    """Return how a component does."""
    found: str = await bench.value("SELECT level FROM status_component WHERE component = :c", c=component)
    return found


async def heard(bench: Bench) -> None:
    """Let the partner's places be heard of just now."""
    await a_partner(bench)
    now = bench.clock.now()
    await bench.rows("UPDATE partner SET locations_pulled_at = :now, registered_at = :now RETURNING 1", now=now)
