"""How fast the map answers over HTTP, against its bare SQL in the same run: ``make bench-map``.

100,000 made-up locations with 200,000 EVSEs lie over a country of 700 by 900 km, in a fifth of the places two plugs.
The statements of ``services/finding/map_view.py`` are asked straight through the driver of the database, and then the
endpoint is, authenticated, by a server process of its own. Both one after another (the latency, and what the endpoint
adds to it) and four at once (the throughput). Rounds alternate, so that what else the machine does hits both alike.
Figures go to ``var/bench-map.json``.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg

from api.access_tokens import AccessTokens
from api.db import create_database, embedded_url
from api.domain.roaming.ways import Availability
from api.ports.policy import ServicePolicy
from api.services.finding.filters import Filters
from api.services.finding.grid import frame_of, zoom_of
from api.services.finding.map_view import PLACES_FROM, View, clusters_statement, places_statement
from api.services.roaming.find import Box
from api.settings import Settings
from api.wiring import build_ports
from bench.load import ROOT, serving
from sandbox.fresh_database import ensure_template, named

DRIVER = "drv_bench"
LANES = 4
LIFETIME = timedelta(hours=12)
SERVER = {"CHARGEHAND_ACCESS_TOKEN_SECONDS": str(int(LIFETIME.total_seconds()))}
PARTNERS = """
INSERT INTO partner (id, name, status, version, country_code, party_id, raw_token_header, roles, endpoints, created_at)
SELECT 'prt_' || n, 'P' || n, 'connected', '2.2.1', 'DE', 'P' || lpad(n::text, 2, '0'), true, '[]', '[]', now()
FROM generate_series(0, 19) n
"""
LOCATIONS = """
INSERT INTO location (key, partner_id, country_code, party_id, id, name, address, city, postal_code, country, latitude,
                      longitude, time_zone, time_zone_assumed, operator_name, publish, last_updated, raw)
SELECT 'prt_' || n % 20 || '/DE/P' || lpad((n % 20)::text, 2, '0') || '/L' || n, 'prt_' || n % 20, 'DE',
  'P' || lpad((n % 20)::text, 2, '0'), 'L' || n, 'Place ' || n, 'Street ' || n % 300, 'Town ' || n % 1000,
  lpad((n % 90000)::text, 5, '0'), 'DEU', 47.3 + 7.7 * random(), 6 + 9 * random(), 'Europe/Berlin', false,
  'Bench Charging', true, now(), repeat('x', 700)
FROM generate_series(1, $1::integer) n
"""
EVSES = """
INSERT INTO evse (key, location_key, uid, evse_id, evse_id_normal, status, capabilities, last_updated, raw)
SELECT l.key || '/E' || n, l.key, 'E' || n, 'DE*' || l.party_id || '*E' || l.id || '*' || n,
  'DE' || l.party_id || 'E' || l.id || n,
  (ARRAY['available', 'available', 'available', 'charging', 'charging', 'out_of_order', 'unknown'])[1 + (random() * 6.99)::integer % 7],
  CASE WHEN random() < 0.8 THEN '["remote_start_stop_capable", "rfid_reader"]'::jsonb ELSE '["rfid_reader"]'::jsonb END,
  now(), repeat('y', 500)
FROM location l, generate_series(1, 2) n
"""  # noqa: E501 - a list of words
CONNECTORS = """
INSERT INTO connector (key, evse_key, public_id, id, standard, format, power_type, max_electric_power_w, tariff_ids,
                       last_updated, raw)
SELECT e.key || '/' || n, e.key, 'con_' || left(md5(e.key || '/' || n), 24), n::text,
  CASE WHEN n = 2 THEN 'chademo' WHEN hashtext(e.key) % 3 = 0 THEN 'iec_62196_t2_combo' ELSE 'iec_62196_t2' END,
  'socket',
  CASE WHEN hashtext(e.key) % 3 = 0 THEN 'dc' ELSE 'ac_3_phase' END,
  CASE WHEN hashtext(e.key) % 3 = 0 THEN 150000 ELSE 22000 END, '["T1"]', now(), repeat('z', 200)
FROM evse e, generate_series(1, 2) n WHERE n = 1 OR hashtext(e.key) % 5 = 0
"""


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Scale:
    """One way to look at the map: how large the box is in degrees, how deep, and with which filters."""

    name: str
    width: float
    height: float
    zoom: int
    filters: Filters = NO_FILTERS
    query: str = ""

    def box(self, chance: random.Random) -> Box:
        """Return a box of this size somewhere in the country."""
        west = 6 + chance.random() * max(0.0, 9 - self.width)
        south = 47.3 + chance.random() * max(0.0, 7.7 - self.height)
        edges = (west, south, west + self.width, south + self.height)
        return Box(*(Decimal(f"{edge:.5f}") for edge in edges))


_APP = Filters(app_charging=True, availability=(Availability.AVAILABLE,))
_FAST = Filters(app_charging=True, min_power_w=50_000, standards=("iec_62196_t2_combo",))
SCALES = (
    Scale("street", 0.03, 0.02, 15),
    Scale("city", 0.3, 0.2, 13),
    Scale("city, app, free", 0.3, 0.2, 13, _APP, "&app_charging=true&availability=available"),
    Scale("region", 2, 1.5, 10),
    Scale("region, app, fast", 2, 1.5, 10, _FAST, "&app_charging=true&min_power_w=50000&standard=iec_62196_t2_combo"),
    Scale("country", 9, 7.7, 7),
    Scale("country, app, free", 9, 7.7, 7, _APP, "&app_charging=true&availability=available"),
    Scale("country, app, fast", 9, 7.7, 7, _FAST, "&app_charging=true&min_power_w=50000&standard=iec_62196_t2_combo"),
)
Ask = Callable[[Box], Awaitable[None]]


def main() -> None:
    """Measure, print the table, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000, help="locations")
    parser.add_argument("--requests", type=int, default=60, help="requests per scale, way and round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    data_dir = ROOT / "var" / "bench"
    data_dir.mkdir(parents=True, exist_ok=True)
    server = embedded_url(data_dir, "postgres")
    template = ensure_template(server, data_dir / "template.lock")
    url = named(server, "bench_map")
    asyncio.run(prepare(url, template, options.count))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEHAND_")}
    with ExitStack() as stack:
        port = stack.enter_context(serving("api.main:app", environment | SERVER | {"DATABASE_URL": url}))
        figures = asyncio.run(measure(url, port, options.requests, options.rounds))
    show(figures)
    (ROOT / "var" / "bench-map.json").write_text(json.dumps(figures, indent=2))


async def prepare(url: str, template: str, count: int) -> None:
    """Make a fresh database with a country in it."""
    await create_database(url, template=template, replace=True)
    database = await asyncpg.connect(url)
    try:
        await add_country(database, count)
        await database.execute("VACUUM ANALYZE")
    finally:
        await database.close()


async def add_country(database: asyncpg.Connection, count: int) -> None:
    """Store so many locations of twenty partners, the same ones each time."""
    await database.execute("SELECT setseed(0.5)")
    await database.execute(PARTNERS)
    await database.execute(LOCATIONS, count)
    await database.execute(EVSES)
    await database.execute(CONNECTORS)


async def measure(url: str, port: int, count: int, rounds: int) -> list[dict[str, object]]:
    """Return the figures of every scale."""
    settings = Settings()
    policy = build_ports(settings).policy
    tokens = AccessTokens(settings.secret_key.get_secret_value(), issuer=settings.public_url, lifetime=LIFETIME)
    token = tokens.issue(driver_id=DRIVER, family_id="fam_b", jti="b", now=datetime.now(UTC))
    databases = [await asyncpg.connect(url, server_settings={"jit": "off"}) for _ in range(LANES)]
    wires = [Wire(port) for _ in range(LANES)]
    told = []
    for scale in SCALES:
        bare = [_bare(each, scale, policy) for each in databases]
        ours = [_over_http(each, scale, token) for each in wires]
        await _run(bare, scale, LANES * 2, seed=0)
        await _run(ours, scale, LANES * 2, seed=0)
        told.append(await _compare(scale, bare, ours, count, rounds))
    for database in databases:
        await database.close()
    return told


async def _compare(scale: Scale, bare: list[Ask], ours: list[Ask], count: int, rounds: int) -> dict[str, object]:
    """Return latencies one after another and throughput of four at once, both ways, in alternating rounds."""
    alone: dict[str, list[float]] = {"bare": [], "ours": []}
    at_once: dict[str, list[float]] = {"bare": [], "ours": []}
    for number in range(rounds):
        for name, asks in (("bare", bare), ("ours", ours)):
            alone[name] += (await _run(asks[:1], scale, count, seed=number))[1]
            at_once[name].append((await _run(asks, scale, count, seed=number))[0])
    figures: dict[str, object] = {"scale": scale.name}
    for name, taken in alone.items():
        marks = statistics.quantiles(taken, n=20)
        figures |= {f"{name}_p50_ms": marks[9] * 1000, f"{name}_p95_ms": marks[18] * 1000}
        figures[f"{name}_per_second"] = max(at_once[name])
    figures["latency_ratio"] = statistics.median(alone["bare"]) / statistics.median(alone["ours"])
    figures["throughput_ratio"] = max(at_once["ours"]) / max(at_once["bare"])
    return figures


async def _run(asks: list[Ask], scale: Scale, count: int, *, seed: int) -> tuple[float, list[float]]:
    """Ask ``count`` times in all, over as many connections as there are; return requests a second and latencies."""
    chance = random.Random(seed)
    boxes = [scale.box(chance) for _ in range(count)]
    taken: list[float] = []

    async def lane(ask: Ask, own: list[Box]) -> None:
        for box in own:
            began = time.perf_counter()
            await ask(box)
            taken.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(lane(ask, boxes[number :: len(asks)]) for number, ask in enumerate(asks)))
    return count / (time.perf_counter() - began), taken


def _bare(database: asyncpg.Connection, scale: Scale, policy: ServicePolicy) -> Ask:
    async def ask(box: Box) -> None:
        view = View(frame_of(box), scale.zoom, scale.filters)
        near = zoom_of(view.frame, view.zoom) >= PLACES_FROM
        statement, values = (places_statement if near else clusters_statement)(view, policy, DRIVER)
        await database.fetch(statement, *values)

    return ask


class Wire:
    """A connection that is kept alive, and made anew where the server ended it while nothing was asked."""

    def __init__(self, port: int) -> None:
        """Connect with the first question."""
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, token: str) -> None:
        """Ask and read the whole answer; raises RuntimeError when it is none."""
        if self._streams is None or self._streams[0].at_eof():
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]))
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(head.decode())


def _over_http(wire: Wire, scale: Scale, token: str) -> Ask:
    async def ask(box: Box) -> None:
        edges = f"{box.west},{box.south},{box.east},{box.north}"
        await wire.ask(f"/v1/map?bbox={edges}&zoom={scale.zoom}{scale.query}", token)

    return ask


def show(figures: list[dict[str, object]]) -> None:
    """Print the table."""
    print(f"load of the machine {os.getloadavg()[0]:.1f}; ms one after another, then answers a second of four at once")
    names: tuple[str, ...] = ("bare_p50_ms", "bare_p95_ms", "ours_p50_ms", "ours_p95_ms", "latency_ratio")
    names += ("bare_per_second", "ours_per_second", "throughput_ratio")
    print(f"{'':20}" + "".join(f"{name.replace('_', ' ').removesuffix(' ms'):>18}" for name in names))
    for each in figures:
        print(f"{each['scale']:20}" + "".join(f"{each[name]:18.2f}" for name in names))


if __name__ == "__main__":
    main()
