"""``make storm COUNT=500 KILLS=20``: parallel charges while our processes are killed and everybody else misbehaves.

The real stack as processes: web, two workers, the virtual CPO and the Stripe stand-in. While the drivers come, ``kill
-9`` hits the web process or a worker at random moments, and both sandboxes fail at random. Then the weather clears,
time goes on until every charge is over, and the proof is asked for: exit code 1 on any difference. Prints its seed.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
from rich.console import Console

from api.services.calls import LONGEST_PAUSE
from api.services.finance.proof import Proof
from sandbox.crowd import CARDS, HABITS, Visitor, refusals, sign_up, visit
from sandbox.scene import Scene, agrees
from sandbox.stack import ROOT, Stack, make_stack, running_stack
from sandbox.weather import Weather
from sandbox.yard import yard

OPENING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SETTINGS = {
    "worker_heartbeat_seconds": 1,
    "worker_stalled_seconds": 4,
    "sweep_seconds": 2,
    "access_token_seconds": 10**6,
}
LONGEST, LEAST_STEP, RETRY_STEP = timedelta(hours=2), timedelta(seconds=30), timedelta(seconds=45)
AT_ONCE = 24  # requests of phones in flight
PATIENCE = 5.0
"""Real seconds in which a moment should come to rest; if it does not, time goes on all the same."""
_EVSES = "SELECT e.uid, c.public_id FROM evse e JOIN connector c ON c.evse_key = e.key ORDER BY e.uid"
_LIVE = "SELECT count(*) FROM charging_session WHERE final_at IS NULL AND status <> 'needs_finance'"
_BACKLOG = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()"
_UNFINISHED = "SELECT count(*) FROM payment_operation WHERE state IN ('pending', 'sent', 'unknown')"
_ENDS = "SELECT status || ' / ' || hold_status AS ending, count(*) FROM charging_session GROUP BY 1 ORDER BY 2 DESC"
_UNDECIDED = "SELECT id, coalesce(owed_minor, 0)::text AS owed FROM charging_session WHERE status = 'needs_finance'"


@dataclass
class Options:
    """How big a storm."""

    count: int = 500
    kills: int = 20
    seed: int = 0
    minutes: float = 20.0
    """When to give up waiting for the end."""


@dataclass
class Result:
    """What came of a storm."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


def storm_stack(name: str = "storm", **more: Any) -> Stack:
    """Return a stack for a storm, not running yet; its workers notice within seconds that another one died."""
    return make_stack(name, start_at=OPENING, **(SETTINGS | more))


async def storm(options: Options, stack: Stack) -> Result:
    """Play one storm to its end."""
    feed = stack.logs / "feed.json"
    feed.write_text(json.dumps(yard(options.count)))
    deadline = time.monotonic() + options.minutes * 60
    async with running_stack(stack, feed=str(feed), workers=2):
        scene = await Scene.open(stack)
        try:
            await scene.register()
            return await _Storm(options, scene, deadline).play()
        finally:
            await scene.close()


class _Storm:
    """One storm over one scene."""

    def __init__(self, options: Options, scene: Scene, deadline: float) -> None:
        self.options, self.scene, self.deadline = options, scene, deadline
        self.chance = random.Random(options.seed)
        self.weather = Weather(scene.stack, scene.client, options.seed + 1)
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        self.phones = httpx.AsyncClient(timeout=httpx.Timeout(30, pool=None), limits=limits)
        self.visitors: list[Visitor] = []
        self.result = Result()
        self.died: list[str] = []
        self.kills_left = options.kills

    async def play(self) -> Result:
        """Let everybody come, let it storm meanwhile, wait for the end, and count."""
        began = time.monotonic()
        await self._gather_visitors()
        ready = time.monotonic()
        watch = await self.scene.stack.connect()
        tasks = [
            asyncio.create_task(visit(self.scene, each, random.Random(f"{self.options.seed}:{each.number}")))
            for each in self.visitors
        ]
        time_goes_on = asyncio.create_task(self._time_goes_on(watch))
        try:
            await self._storms()
            await asyncio.gather(*tasks)
        finally:
            for task in (*tasks, time_goes_on):
                task.cancel()
            await asyncio.gather(*tasks, time_goes_on, return_exceptions=True)
            await watch.close()
            await self.phones.aclose()
        over = time.monotonic()
        await self._ends()
        await self._count()
        spent = (
            f"{ready - began:.0f} s preparing, {over - ready:.0f} s storm, {time.monotonic() - over:.0f} s to the end"
        )
        self.result.lines.append(("time", spent))
        return self.result

    async def _gather_visitors(self) -> None:
        """Sign everybody up, and tell the partner what their cars will do and what will go wrong there."""
        evses = await self.scene.connection.fetch(_EVSES)
        spread = max(4.0, self.options.count / 12)
        for number, evse in enumerate(evses[: self.options.count]):
            card, habit = self.chance.choice(CARDS), self.chance.choice(HABITS)
            visitor = Visitor(number, evse["uid"], evse["public_id"], card, habit, spread)
            self.visitors.append(visitor)
            await self.scene.plan(visitor.evse_uid, visitor.plan(self.chance))
            await self.weather.cloud_over(visitor.evse_uid)
        for start in range(0, len(self.visitors), 8):
            await asyncio.gather(*(sign_up(self.scene, each, self.phones) for each in self.visitors[start : start + 8]))

    async def _storms(self) -> None:
        """Kill two thirds of the times while drivers come; whoever was struck lives as long as it took to come back."""
        pause = max(1.5, self.options.count / 12 / max(1, self.options.kills))
        took = 0.0
        while self.kills_left * 3 > self.options.kills:
            await asyncio.sleep(max(took, self.chance.uniform(0.3, 1.0) * pause))
            took = await self._one_blow()

    async def _one_blow(self) -> float:
        """Order some faults and kill one process; return how long it was away."""
        began = time.monotonic()
        self.kills_left -= 1
        for _ in range(max(2, self.options.count // (2 * max(1, self.options.kills)))):
            await self.weather.lightning()
        await self.weather.wind()
        await self.weather.strike()
        self.died += await self.weather.nobody_is_dead()
        return time.monotonic() - began

    async def _time_goes_on(self, watch: asyncpg.Connection) -> None:
        """Let the clock run on by minutes, more slowly while work is waiting."""
        while True:
            await asyncio.sleep(1.0)
            waited = 0
            while waited < 8 and await watch.fetchval(_BACKLOG) > 20:
                waited += 1
                await asyncio.sleep(1.0)
            await self.scene.stack.clock.jump(self.chance.randrange(5, 120), watch)

    async def _ends(self) -> None:
        """Let time pass from event to event until every charge is over; staff decides what rules cannot."""
        quiet = self.scene.quiet
        while time.monotonic() < self.deadline:
            self.died += await self.weather.nobody_is_dead()
            await quiet.wait(limit_seconds=PATIENCE)
            await self._decide()
            if not await self.scene.connection.fetchval(_LIVE):
                break
            if self.kills_left:  # the rest of them, while bills come and holds end
                await asyncio.gather(self._travel(), self._one_blow())
            else:
                await self.weather.clear_up()
                await self._travel()
        else:
            self.result.violations.append("not every charge came to an end in time")
        await self.weather.clear_up()
        for _ in range(3):  # what rests longest is asked for again, in rounds of the sweeper
            await self.scene.stack.clock.jump(LONGEST_PAUSE.total_seconds() + 60, self.scene.connection)
            await asyncio.sleep(3)
            await quiet.wait(limit_seconds=3 * PATIENCE)

    async def _travel(self) -> None:
        """Go to the next event; while a call to the processor waits to be repeated, only a little."""
        clock, connection = self.scene.stack.clock, self.scene.connection
        upcoming = await self.scene.quiet.next_event()
        ahead = upcoming - clock.now() if upcoming else LONGEST
        most = RETRY_STEP if await connection.fetchval(_UNFINISHED) else LONGEST
        await clock.jump(min(max(ahead, LEAST_STEP), most).total_seconds(), connection)
        await self.scene.quiet.wait(limit_seconds=PATIENCE)

    async def _decide(self) -> None:
        """Settle what needs a person at what the bill says."""
        for row in await self.scene.connection.fetch(_UNDECIDED):
            await asyncio.to_thread(self._command, "charge", "settle", *row.values(), "--by=storm", "--approved-by=eye")

    def _command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one ``chargehand`` command against the stack's database."""
        return subprocess.run(  # noqa: S603 - our own command line, on this machine
            [sys.executable, "-m", "api.cli", *words], cwd=ROOT, env=self.scene.stack.environment, text=True,
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip

    # --- counting -----------------------------------------------------------------------------------------------------

    async def _count(self) -> None:
        """Compare our sums with the stand-in's, ask the command line for the proof, and say what is wrong."""
        wrong = self.result.violations.append
        await self._say_what_happened()
        proofs, totals = await self.scene.prove()
        for proof in proofs:
            self._compare(proof, totals.get(proof.currency.lower(), {}))
            if not agrees(proof, totals):
                wrong(f"the stand-in counted otherwise: {totals}")
        if not proofs:
            wrong("there is nothing to prove")
        for words in (("proof",), ("ledger", "verify")):
            await self._ask(words)
        lost = [each.lost for each in self.visitors if each.lost]
        if lost:
            wrong(f"{len(lost)} phones were not answered for good: {lost[0]}")
        if self.died:
            wrong(f"processes died that nobody killed: {self.died}")

    async def _say_what_happened(self) -> None:
        """Say who came, who was killed, what failed, and how the charges ended."""
        say, kills, faults = self.result.lines.append, self.weather.kills, self.weather.faults
        whom = ", ".join(f"{name} {count}" for name, count in sorted(kills.items()))
        say(("seed", str(self.options.seed)))
        say(("drivers", str(len(self.visitors))))
        say(("charges", str(await self.scene.connection.fetchval("SELECT count(*) FROM charging_session"))))
        say(("killed -9", f"{sum(kills.values())}: {whom}"))
        say(("faults", f"{sum(faults.values())} of {len(faults)} kinds"))
        refused = refusals(self.visitors)
        say(("starts refused", ", ".join(f"{why} {refused.count(why)}" for why in sorted(set(refused))) or "none"))
        for row in await self.scene.connection.fetch(_ENDS):
            say((f"ended {row[0]}", str(row[1])))

    def _compare(self, proof: Proof, theirs: dict[str, Any]) -> None:
        """Say our sums of one currency beside the stand-in's."""
        say = self.result.lines.append
        let_go = theirs.get("released", 0) + theirs.get("expired", 0)
        sums = (
            ("authorized", proof.authorized, theirs.get("authorized")),
            ("captured", proof.captured, theirs.get("captured")),
            ("released", proof.released, let_go),
            ("holds open", proof.open_holds, theirs.get("open_hold_count")),
        )
        for name, ours, seen in sums:
            say((name, f"{ours} ours, {seen} at Stripe's stand-in"))
        say((f"owed, receivable, waived, {proof.currency}", f"{proof.owed}, {proof.receivable}, {proof.waived}"))
        if not proof.holds_true:
            self.result.violations.append(f"the proof does not hold: {proof}")
        if theirs.get("open_holds"):
            self.result.violations.append(f"the stand-in still holds {theirs['open_holds']}")

    async def _ask(self, words: tuple[str, ...]) -> None:
        """Ask the command line; a command that does not exist yet is not asked."""
        if (await asyncio.to_thread(self._command, *words, "--help")).returncode:
            return
        done = await asyncio.to_thread(self._command, *words)
        name = f"chargehand {' '.join(words)}"
        self.result.lines.append((name, "holds" if done.returncode == 0 else "FAILS"))
        if done.returncode:
            self.result.violations.append(f"{name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def main() -> int:
    """Read the command line, play, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--minutes", type=float, default=20.0, help="when to give up waiting for the end")
    options = Options(**vars(parser.parse_args()))
    console = Console(highlight=False)
    console.print(f"{options.count} drivers, {options.kills} kills, seed {options.seed}")
    result = asyncio.run(storm(options, storm_stack()))
    for name, value in result.lines:
        console.print(f"  {name:<36} {value}", soft_wrap=True)
    for violation in result.violations:
        console.print(f"[red]VIOLATION[/red] {violation}", soft_wrap=True, markup=True)
    console.print("difference 0, holds open 0" if not result.violations else f"{len(result.violations)} violations")
    return 1 if result.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
