"""``make demo-many``: hundreds of real sessions on a real operator's feed at full speed, and the proof over all.

Each car keeps its wall-clock time of day; the days of the file are folded into one, so that many cars charge at
once. Every tenth driver stops the charge; some cards are declined, some want 3-D Secure, some posts are taken: the
summary says how many were captured, released and refused, and why. Exit code 0 only if the proof holds.
"""

import argparse
import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.car import OWN_CAR, Car, cars_from
from sandbox.demo import TIME_ZONE, show_proof
from sandbox.phone import Phone, PhoneError
from sandbox.scene import Scene
from sandbox.stack import make_stack, running_stack
from sandbox.tell import Teller, cents

DAYS = 1
STEP, LONGEST = timedelta(minutes=9), timedelta(hours=2)
"""Steps shorter than the time after which missing meter data is called stale."""
_EVSES = (
    "SELECT e.uid, e.status, c.public_id FROM evse e JOIN connector c ON c.evse_key = e.key"
    " WHERE e.status IN ('available', 'charging') AND e.capabilities ? 'remote_start_stop_capable'"
    " ORDER BY e.key, c.key"
)
_STARTING = "SELECT count(*) > 0 FROM charging_session WHERE status IN ('awaiting_hold', 'starting', 'start_accepted')"
_OUTCOMES = (
    "SELECT status, hold_status, coalesce(failure_code, '') AS why, count(*) AS charges,"
    " coalesce(sum(captured_minor), 0) AS captured FROM charging_session GROUP BY 1, 2, 3 ORDER BY 4 DESC"
)


@dataclass
class Visit:
    """One car at one post: when it comes, who drives, how it pays."""

    car: Car
    number: int
    arrives: datetime
    card: str
    stops: bool
    evse_uid: str = ""
    connector_id: str = ""
    phone: Phone | None = None
    charge_id: str = ""
    stop_at: datetime | None = None
    refused: str = ""


def visits_of(cars: list[Car], first_day: datetime) -> list[Visit]:
    """Fold the cars' days into a few and give each its driver's habits, in order of arrival."""
    visits = []
    for number, car in enumerate(cars):
        day = first_day + timedelta(days=number % DAYS)
        local = car.local_start.replace(year=day.year, month=day.month, day=day.day)
        arrives = Car(car.name, car.energy_kwh, car.charging_seconds, car.parked_seconds, local).start_at(TIME_ZONE)
        card = {7: "pm_card_chargeCustomerFail", 13: "pm_card_authenticationRequired"}.get(number % 25, "pm_card_visa")
        visits.append(Visit(car, number, arrives, card, stops=number % 10 == 3))
    return sorted(visits, key=lambda visit: visit.arrives)


class Crowd:
    """Plays all visits in one scene."""

    def __init__(self, scene: Scene, teller: Teller, visits: list[Visit]) -> None:
        """Play ``visits`` in order of arrival."""
        self.scene, self.teller, self.waiting = scene, teller, visits
        self.all = list(visits)
        self.taken: dict[str, str] = {}

    async def play(self) -> None:
        """Let everybody come, charge and go."""
        self.evses = [dict(row) for row in await self.scene.connection.fetch(_EVSES)]
        while True:
            await self._arrivals()
            await self._stops()
            live = await self.scene.connection.fetchval("SELECT count(*) FROM charging_session WHERE final_at IS NULL")
            if not live and not self.waiting:
                return
            await self._travel()

    async def _travel(self) -> None:
        """Go to the next arrival, stop or event, whichever is first, in steps of some minutes."""
        now = self.scene.stack.clock.now()
        moments = [visit.arrives for visit in self.waiting[:1]]
        moments += [visit.stop_at for visit in self.all if visit.stop_at]
        ahead = min((moment - now for moment in moments), default=LONGEST)
        most = max(timedelta(seconds=1), min(LONGEST, ahead))
        await self.scene.quiet.travel(at_least=min(STEP, most), at_most=most)

    async def _arrivals(self) -> None:
        """Start the charges of everybody who is here by now, together."""
        now = self.scene.stack.clock.now()
        here = [visit for visit in self.waiting if visit.arrives <= now]
        self.waiting = [visit for visit in self.waiting if visit.arrives > now]
        if not here:
            return
        for visit in here:
            self._park(visit)
        await asyncio.gather(*(self._start(visit) for visit in here))
        while await self.scene.connection.fetchval(_STARTING):  # let the chargers answer before time leaps
            await self.scene.quiet.travel(at_least=timedelta(milliseconds=500), at_most=timedelta(seconds=10))

    def _park(self, visit: Visit) -> None:
        """Choose a post: every twentieth driver tries one that is shown as taken."""
        wanted = "charging" if visit.number % 20 == 11 else "available"
        posts = [evse for evse in self.evses if evse["status"] == wanted] or self.evses
        evse = posts[visit.number % len(posts)]
        visit.evse_uid, visit.connector_id = evse["uid"], evse["public_id"]

    async def _start(self, visit: Visit) -> None:
        """Sign in, quote and start; what the API refuses is counted."""
        visit.phone = await self.scene.driver(f"Driver {visit.number}", card=visit.card)
        await self.scene.plan(visit.evse_uid, visit.car.plan(update_every_s=500))
        try:
            started = await visit.phone.start(await visit.phone.quote(visit.connector_id))
        except PhoneError as refused:
            visit.refused = str(refused.problem.get("code"))
            return
        visit.charge_id = started["id"]
        shown = await visit.phone.wait_for(
            visit.charge_id, "awaiting_driver", "charging", "start_accepted", "start_failed", "declined", seconds=60
        )
        if shown["status"] == "awaiting_driver":
            await self._confirm_with_bank(shown)
        if visit.stops:
            visit.stop_at = self.scene.stack.clock.now() + timedelta(seconds=visit.car.charging_seconds * 0.8)

    async def _confirm_with_bank(self, shown: dict[str, Any]) -> None:
        """Pass 3-D Secure at the stand-in's bank, as the driver would on the phone."""
        intent = shown["hold"]["client_secret"].split("_secret", 1)[0]
        url = f"{self.scene.stack.stripe_url}/_sandbox/payment_intents/{intent}/authenticate"
        (await self.scene.client.post(url, json={"outcome": "pass"})).raise_for_status()

    async def _stops(self) -> None:
        """Stop the charges whose drivers want to leave now."""
        now = self.scene.stack.clock.now()
        for visit in self.all:
            if visit.stop_at is None or visit.stop_at > now or visit.phone is None:
                continue
            visit.stop_at = None
            if (await visit.phone.poll(visit.charge_id))["can_stop"]:
                await visit.phone.stop(visit.charge_id, confirm=True)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--feed", help="an operator's locations file")
    parser.add_argument("--sessions", help="a file of real charging sessions")
    options = parser.parse_args()
    options.cars = (cars_from(Path(options.sessions)) if options.sessions else [OWN_CAR] * options.count)[
        : options.count
    ]
    options.feed = str(Path(options.feed).resolve()) if options.feed else None
    return options


async def play(options: argparse.Namespace) -> bool:
    """Play everything; return whether the promise held for all."""
    began = time.monotonic()
    first_day = options.cars[0].local_start
    visits = visits_of(options.cars, first_day)
    stack = make_stack("many", start_at=visits[0].arrives - timedelta(minutes=2))
    teller = Teller(TIME_ZONE)
    teller.title(f"Chargehand · {len(visits)} sessions at full speed", options.feed or "on the sandbox's own feed")
    async with running_stack(stack, feed=options.feed):
        scene = await Scene.open(stack)
        try:
            known = await scene.register()
            places = f"{known['evses']} EVSEs, {known['tariffs']} tariffs"
            teller.say(stack.clock.now(), "partner", f"{known['party']}: {places}")
            crowd = Crowd(scene, teller, visits)
            await crowd.play()
            held = await show_proof(scene, teller)
            await summarize(scene, teller, crowd)
        finally:
            await scene.close()
    teller.console.print(f"[dim]{len(visits)} sessions in {time.monotonic() - began:.1f} s.[/dim]")
    return held


async def summarize(scene: Scene, teller: Teller, crowd: Crowd) -> None:
    """Print how the charges ended and why, what finance must look at, and how the bills compared."""
    rows = [
        (
            f"{row['status']} · hold {row['hold_status']} {row['why']}".strip(),
            f"{row['charges']} · {cents(int(row['captured']), 'EUR')}",
        )
        for row in await scene.connection.fetch(_OUTCOMES)
    ]
    refused = Counter(visit.refused for visit in crowd.all if visit.refused)
    rows += [(f"refused before a hold: {why}", str(count)) for why, count in refused.items()]
    teller.table("How the charges ended", rows)
    verdicts = await scene.connection.fetch("SELECT audit->>'verdict' AS verdict, count(*) FROM cdr GROUP BY 1")
    findings = await scene.connection.fetch("SELECT reason, count(*) FROM mismatch GROUP BY 1 ORDER BY 1")
    teller.table("Bills against our own computation", [(str(row[0]), str(row[1])) for row in verdicts])
    if findings:
        teller.table("Findings for finance", [(row[0], str(row[1])) for row in findings])


if __name__ == "__main__":
    raise SystemExit(0 if asyncio.run(play(arguments())) else 1)
