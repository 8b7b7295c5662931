"""What drivers' apps and partners ask while the load profile is played, each kind as it is done in life.

A start follows its quote at once, the partner's session its start, a CDR the session's end. Polls carry what the app
was told last. Everything else takes turns over the charges, so that each gets its share.
"""

import asyncio
import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import count

import asyncpg

from api.domain.charging.state import ChargingStatus
from bench.load import request
from bench.map_view import SCALES, Scale
from bench.ocpi_world import TOKEN, bodies
from bench.polls_world import call, connector
from bench.profile_model import Kind
from bench.profile_play import Act, Due, Tally, Wires, asked, spread
from bench.profile_world import OURS, Cast

LAST = 6480
"""The number of the message that ends a charge, and so its energy in Wh: what it had before the run, and a little."""
SENT_WITHIN_S = 20.0
"""How long the partner waits for a start before this run counts its session as an error."""
_LOOKS = {"street": 40, "city": 30, "city, app, free": 15, "region": 10, "country": 5}
"""Of a hundred looks at the map, by how much of it is seen: people look where they are."""
HELP = ("/v1/help/articles?phase=during", "/v1/help/articles?q=cable+stuck", "/v1/help/codes/EVSE_OCCUPIED")
_STARTED = "SELECT token_uid FROM charging_session WHERE id = $1 AND status = $2"


class Mix:
    """The requests of one run, and what became of them."""

    def __init__(self, port: int, database: asyncpg.Pool, cast: Cast, chance: random.Random) -> None:
        """Ask at a port; the database is only looked at, for what a partner would have been sent."""
        self.tallies: dict[Kind, Tally] = {kind: Tally() for kind in Kind}
        self.pushed_to_streams = 0
        self.started: dict[str, float] = {}
        """When drivers tapped, by the charge that came of it."""
        self._wires, self._database, self._cast, self._chance = Wires(port), database, cast, chance
        self._say = bodies()
        self._seen: dict[int, str] = {}
        self._told: defaultdict[int, int] = defaultdict(int)
        self._turns = {kind: count() for kind in Kind}
        others = range(1, cast.live - cast.ending)
        self._going_on = [0, *chance.sample(others, len(others))]  # somebody listens to 0: the least run has an event
        scales = {each.name: each for each in SCALES}
        self._scales: Sequence[Scale] = [scales[name] for name in _LOOKS]

    def plan(self, counts: dict[Kind, int], seconds: float) -> list[Due]:
        """Return what is done when."""
        acts: dict[Kind, Act] = {
            Kind.QUOTE: self.start,
            Kind.POLL: self.poll,
            Kind.STREAM_OPENED: self.open_stream,
            Kind.MAP: self.look_at_map,
            Kind.HELP: self.look_up_help,
            Kind.SESSION: self.push_session,
            Kind.STATUS: self.push_status,
            Kind.ENDED: self.end,
        }
        return [each for kind, act in acts.items() for each in spread(counts[kind], seconds, act, self._chance)]

    def forget(self) -> None:
        """Count from here on."""
        self.tallies = {kind: Tally() for kind in Kind}
        self.started, self.pushed_to_streams = {}, 0

    def close(self) -> None:
        """Hang up."""
        self._wires.close()

    async def start(self, due: float) -> None:
        """Let the next driver ask for a quote and accept it, and the partner tell its session once the start came."""
        number = self._turn(Kind.QUOTE)
        who, body = f"drv_s{number}", json.dumps({"connector_id": connector(number)}).encode()
        quoted = await self._ask(Kind.QUOTE, due, call("POST", "/v1/quotes", who, body))
        if quoted is None:
            return self._skip(Kind.START, Kind.BEGUN)
        quote, tapped = json.loads(quoted[1]), time.monotonic()
        body = json.dumps({"quote_id": quote["id"], "consent": quote["hold"]}).encode()
        tap = call("POST", "/v1/charging-sessions", who, body, headers={"Idempotency-Key": f"key-{number}"})
        begun = await self._ask(Kind.START, tapped, tap)
        if begun is None:
            return self._skip(Kind.BEGUN)
        charge = str(json.loads(begun[1])["id"])
        self.started[charge] = tapped
        await self._begin(charge, number)
        return None

    async def poll(self, due: float) -> None:
        """Let the next app that polls ask about its charge."""
        number = self._cast.streams + self._turn(Kind.POLL) % self._cast.polled
        headers = {"If-None-Match": self._seen[number]} if number in self._seen else {}
        path = f"/v1/charging-sessions/chs_{number}"
        answer = await self._ask(Kind.POLL, due, call("GET", path, f"drv_{number}", headers=headers))
        if answer and b"\r\netag: " in answer[0]:
            tag = answer[0].partition(b"\r\netag: ")[2].split(b"\r\n", 1)[0]
            self._seen[number] = tag.decode().replace("w/", "W/")

    async def open_stream(self, due: float) -> None:
        """Let a phone that lost its stream open it again, and lose it once it knows where it is."""
        number = self._turn(Kind.STREAM_OPENED) % self._cast.streams
        message = call("GET", f"/v1/charging-sessions/chs_{number}/events", f"drv_{number}")

        async def first() -> tuple[bytes, bytes]:
            return await self._wires.first_event(message), b""

        await asked(self.tallies[Kind.STREAM_OPENED], due, first())

    async def look_at_map(self, due: float) -> None:
        """Let a driver look at a place."""
        scale = self._chance.choices(self._scales, list(_LOOKS.values()))[0]
        box, who = scale.box(self._chance), f"drv_p{self._turn(Kind.MAP) % self._cast.others}"
        path = f"/v1/map?bbox={box.west},{box.south},{box.east},{box.north}&zoom={scale.zoom}{scale.query}"
        await self._ask(Kind.MAP, due, call("GET", path, who))

    async def look_up_help(self, due: float) -> None:
        """Let a driver read what helps."""
        turn = self._turn(Kind.HELP)
        await self._ask(Kind.HELP, due, call("GET", HELP[turn % len(HELP)], f"drv_p{turn % self._cast.others}"))

    async def push_session(self, due: float) -> None:
        """Let the partner tell that a charge goes on."""
        number = self._going_on[self._turn(Kind.SESSION) % len(self._going_on)]
        self._told[number] += 1
        self.pushed_to_streams += number < self._cast.streams
        body = self._say.session_patch(number, self._told[number])
        await self._push(Kind.SESSION, due, "PATCH", self._say.session_path(number), body)

    async def push_status(self, due: float) -> None:
        """Let the partner tell that a post was taken, or is free again."""
        turn = self._turn(Kind.STATUS)
        number, times = turn % self._cast.live, turn // self._cast.live + 1
        await self._push(Kind.STATUS, due, "PATCH", self._say.evse_path(number), self._say.evse_patch(times))

    async def end(self, due: float) -> None:
        """Let the partner tell that a charge is over, and send its bill."""
        number = self._cast.live - 1 - self._turn(Kind.ENDED)
        path = self._say.session_path(number)
        if not await self._push(Kind.ENDED, due, "PUT", path, self._say.ended(number, LAST)):
            return self._skip(Kind.CDR)
        await self._push(Kind.CDR, time.monotonic(), "POST", "/cdrs", self._say.cdr(number, 0, last=LAST))
        return None

    async def _begin(self, charge: str, number: int) -> None:
        """Wait until the partner took the start, then let it tell the session."""
        uid = None
        deadline = time.monotonic() + SENT_WITHIN_S
        while uid is None and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
            uid = await self._database.fetchval(_STARTED, charge, ChargingStatus.START_ACCEPTED.value)
        if uid is None:
            return self._skip(Kind.BEGUN, why=f"the start of {charge} was never sent")
        place = {"location_id": "LS", "evse_uid": f"S{number}", "connector_id": "1"}
        body = self._say.begun(charge, uid, place)
        await self._push(Kind.BEGUN, time.monotonic(), "PUT", f"/sessions/DE/CPO/S-{charge}", body)
        return None

    async def _push(self, kind: Kind, due: float, method: str, path: str, body: bytes) -> bool:
        return await self._ask(kind, due, request(method, OURS + path, TOKEN, body)) is not None

    async def _ask(self, kind: Kind, due: float, message: bytes) -> tuple[bytes, bytes] | None:
        return await asked(self.tallies[kind], due, self._wires.ask(message))

    def _skip(self, *kinds: Kind, why: str = "what it needs failed before") -> None:
        """Count as failed what could not even be asked."""
        for kind in kinds:
            self.tallies[kind].asked += 1
            self.tallies[kind].bad(why)

    def _turn(self, kind: Kind) -> int:
        return next(self._turns[kind])
