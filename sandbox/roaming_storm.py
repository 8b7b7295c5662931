"""``make storm-roaming COUNT=300``: three partners in three versions of OCPI, in calm and then in a storm.

The same charges are played twice, with the same cars at the same chargers. In the storm everything that partners send
comes twice, late, in another order, cut off or again at night, some bills are only listed and never sent, and ``kill
-9`` hits our processes. Both must end the same, charge by charge, and the proof must hold. Exit code 1 otherwise.
"""

import argparse
import asyncio
import json
import random
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from rich.console import Console

from sandbox.crowd import Visitor, sign_up, visit
from sandbox.scene import Scene, agrees
from sandbox.stack import Stack, add_cpo, make_stack, running_stack
from sandbox.weather import Weather
from sandbox.yard import yard

OPENING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SETTINGS = {
    "worker_heartbeat_seconds": 1,
    "worker_stalled_seconds": 4,
    "sweep_seconds": 2,
    "access_token_seconds": 10**6,
}
PARTIES = {"2.1.1": "VCA", "2.2.1": "VCB", "2.3.0": "VCC"}
PARKING = {"type": "PARKING_TIME", "price": 2.40, "vat": 19.0, "step_size": 60}
STORMY_FAULTS = ("duplicate_cdr", "unsent_cdr", "late_cdr", "out_of_order_patch")
"""What partners do wrong in the storm only: none of it may change how a charge ends."""
WAVE = 12
PATIENCE = 30.0
_EVSES = (
    "SELECT e.uid, c.public_id, l.party_id FROM evse e JOIN connector c ON c.evse_key = e.key"
    " JOIN location l ON l.key = e.location_key ORDER BY l.party_id, e.uid"
)
_LIVE = "SELECT count(*) FROM charging_session WHERE final_at IS NULL"
_ENDS = """
SELECT c.id, c.status, c.hold_status, c.captured_minor, c.owed_minor, c.failure_code,
  (SELECT string_agg(s.status || ' ' || trim_scale(s.kwh)::text, ', ') FROM partner_session s
   WHERE s.charging_session_id = c.id) AS session,
  (SELECT count(*) || ' ' || trim_scale(sum(b.total_cost))::text FROM cdr b WHERE b.charging_session_id = c.id) AS bills
FROM charging_session c
"""


@dataclass(frozen=True)
class Options:
    """How big, how bad, and in which versions."""

    count: int = 300
    kills: int = 12
    seed: int = 0
    versions: tuple[str, ...] = ("2.1.1", "2.2.1", "2.3.0")
    minutes: float = 15.0


@dataclass
class Played:
    """How the charges of one run ended, by the number of their driver."""

    endings: dict[int, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def storm_stack(name: str, **more: Any) -> Stack:
    """Return a stack for one run, not running yet."""
    return make_stack(name, start_at=OPENING, **(SETTINGS | more))


async def play(options: Options, stack: Stack, *, stormy: bool) -> Played:
    """Play all charges once, in calm or in a storm."""
    first, *others = [_cpo_options(options, stack, version, stormy=stormy) for version in options.versions]
    async with running_stack(stack, workers=2, cpo_options=first):
        urls = [stack.cpo_url]
        for version, cpo_options in zip(options.versions[1:], others, strict=True):
            urls.append(await add_cpo(stack, f"cpo-{version}", *cpo_options))
        scene = await Scene.open(stack)
        try:
            return await _Run(options, scene, urls, stormy=stormy).play()
        finally:
            await scene.close()


def _cpo_options(options: Options, stack: Stack, version: str, *, stormy: bool) -> tuple[str, ...]:
    """Return the command line of the partner of one version, with a yard of its own."""
    feed = stack.logs / f"feed-{version}.json"
    share = -(-options.count // len(options.versions))
    feed.write_text(json.dumps(yard(share, PARTIES[version], PARKING)))
    mischief = ("--mischief", str(options.seed)) if stormy else ()
    return ("--version", version, "--feed", str(feed), *mischief)


class _Run:
    """One run over one scene."""

    def __init__(self, options: Options, scene: Scene, urls: list[str], *, stormy: bool) -> None:
        self.options, self.scene, self.stormy = options, scene, stormy
        self.urls = dict(zip((PARTIES[version] for version in options.versions), urls, strict=True))
        self.chance = random.Random(options.seed)
        self.kills_left = options.kills if stormy else 0
        self.weather = Weather(scene.stack, scene.client, options.seed)
        self.phones = httpx.AsyncClient(timeout=httpx.Timeout(30, pool=None))
        self.visitors: list[Visitor] = []
        self.played = Played()
        self.deadline = time.monotonic() + options.minutes * 60

    async def play(self) -> Played:
        """Register, let everybody come in waves, wait for the end, and look."""
        for version in self.options.versions:
            known = await self.scene.register(f"Partner {version}", self.urls[PARTIES[version]])
            if known["version"] != version:
                self.played.problems.append(f"registered in {known['version']} instead of {version}")
        try:
            await self._gather_visitors()
            for start in range(0, len(self.visitors), WAVE):
                await self._wave(self.visitors[start : start + WAVE])
            await self._until_all_is_over()
            await self._pull_everything()
            await self._look()
        finally:
            await self.phones.aclose()
        return self.played

    async def _gather_visitors(self) -> None:
        """Sign everybody up and plan their cars; what partners do wrong is ordered charger by charger."""
        evses = await self.scene.connection.fetch(_EVSES)
        for number, evse in enumerate(evses[: self.options.count]):
            url = self.urls[evse["party_id"]]
            visitor = Visitor(number, evse["uid"], evse["public_id"], "pm_card_visa", "stays", 0.0)
            self.visitors.append(visitor)
            plan = visitor.plan(random.Random(f"{self.options.seed}:{number}")) | {"update_every_s": 400}
            await self.scene.plan(visitor.evse_uid, plan, url)
            if self.stormy and self.chance.random() < 0.6:
                fault = {"name": self.chance.choice(STORMY_FAULTS), "evse_uid": visitor.evse_uid, "times": 1}
                (await self.scene.client.post(f"{url}/_sandbox/faults", json=fault)).raise_for_status()
        for start in range(0, len(self.visitors), 8):
            await asyncio.gather(*(sign_up(self.scene, each, self.phones) for each in self.visitors[start : start + 8]))

    async def _wave(self, visitors: list[Visitor]) -> None:
        """Let some drivers come at once; time goes on in small steps until each of them charges."""
        tasks = [asyncio.create_task(visit(self.scene, each, random.Random(each.number))) for each in visitors]
        while not all(task.done() for task in tasks):
            await self._strike_sometimes()
            await self.scene.quiet.travel(at_least=timedelta(seconds=1), at_most=timedelta(seconds=15))
            await asyncio.sleep(0.1)
        for task in tasks:
            task.result()

    async def _until_all_is_over(self) -> None:
        """Let time pass from event to event until every charge came to its end, and all that was held back came."""
        while time.monotonic() < self.deadline:
            await self._strike_sometimes()
            for name in await self.weather.nobody_is_dead():
                self.played.problems.append(f"{name} died by itself")
            await self.scene.quiet.wait(limit_seconds=PATIENCE)
            live = await self.scene.connection.fetchval(_LIVE)
            if not live and not self.kills_left and await self.scene.quiet.next_event() is None:
                return
            await self.scene.quiet.travel(at_least=timedelta(seconds=30), at_most=timedelta(hours=2))
        self.played.problems.append("not every charge came to an end in time")

    async def _strike_sometimes(self) -> None:
        """Kill one of our processes outright, now and then."""
        if self.kills_left and self.chance.random() < 0.25:
            self.kills_left -= 1
            await self.weather.strike()

    async def _pull_everything(self) -> None:
        """Pull what partners only list, as happens every night."""
        for partner in await self.scene.connection.fetch("SELECT id FROM partner"):
            for job in ("pull_sessions", "pull_cdrs"):
                await self.scene.connection.execute(
                    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('roaming', $1, 0, NULL, NULL,"
                    " jsonb_build_object('partner_id', $2::text), NULL)::procrastinate_job_to_defer_v1])",
                    job,
                    partner["id"],
                )
        await self.scene.quiet.wait(limit_seconds=PATIENCE)
        await self._until_all_is_over()

    async def _look(self) -> None:
        """Note how each charge ended and whether the proof holds."""
        rows = {row["id"]: dict(row) for row in await self.scene.connection.fetch(_ENDS)}
        for visitor in self.visitors:
            found = rows.get(visitor.charge_id, {"status": f"never: {visitor.refused or visitor.lost}"})
            self.played.endings[visitor.number] = {name: value for name, value in found.items() if name != "id"}
        proofs, totals = await self.scene.prove()
        self.played.problems += [f"{each.currency}: the proof does not hold" for each in proofs if not each.holds_true]
        self.played.problems += [
            f"{each.currency}: stand-in and books differ" for each in proofs if not agrees(each, totals)
        ]
        if len(rows) != len(self.visitors):
            self.played.problems.append(f"{len(rows)} charges for {len(self.visitors)} drivers")
        self.played.facts = {
            "captured": {each.currency: each.captured for each in proofs},
            "killed": dict(self.weather.kills),
            "findings": dict(await self.scene.connection.fetch("SELECT reason, count(*) FROM mismatch GROUP BY 1")),
            "mail": await self._mischief_done(),
        }

    async def _mischief_done(self) -> dict[str, int]:
        """Return what the partners' post offices did, all together."""
        total: dict[str, int] = {}
        for url in self.scene.stack.cpo_urls():
            for name, count in (await self.scene.client.get(f"{url}/_sandbox")).json().get("mischief", {}).items():
                total[name] = total.get(name, 0) + count
        return total


def differences(calm: Played, storm: Played) -> list[str]:
    """Return every charge that ended otherwise in the storm, and every problem of both runs."""
    found = [f"calm: {problem}" for problem in calm.problems] + [f"storm: {problem}" for problem in storm.problems]
    for number, ending in calm.endings.items():
        other = storm.endings.get(number)
        if other != ending:
            found.append(f"driver {number}: calm {ending}, storm {other}")
    return found


async def both(options: Options, names: tuple[str, str] = ("calm", "storm"), **more: Any) -> tuple[Played, Played]:
    """Play the calm run, then the storm."""
    calm = await play(options, storm_stack(f"roaming_{names[0]}", **more), stormy=False)
    return calm, await play(options, storm_stack(f"roaming_{names[1]}", **more), stormy=True)


def main() -> int:
    """Play both, print what happened and every difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--minutes", type=float, default=60.0, help="the longest either run may take")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    options = Options(count=given.count, kills=given.kills, seed=seed, minutes=given.minutes)
    console = Console(highlight=False)
    console.print(f"Three partners, {options.count} charges, seed {seed}: {asdict(options)}")
    began = time.monotonic()
    calm, storm = asyncio.run(both(options))
    for name, played in (("calm", calm), ("storm", storm)):
        console.print(f"{name}: {played.facts}")
    found = differences(calm, storm)
    for line in found[:50]:
        console.print(f"DIFFERENT {line}")
    same = sum(storm.endings.get(number) == ending for number, ending in calm.endings.items())
    console.print(f"{same} of {len(calm.endings)} charges ended the same; {time.monotonic() - began:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
