"""News of changed charges: what a poll, a long poll and a live stream wait for, without asking the database.

PostgreSQL tells every process on the channel ``charge_changed`` (payload ``id:version:driver_id``, sent inside the
transaction that made the change, so it arrives only when that committed). One connection per process listens. While it
is up, the process remembers the versions it has seen; when it breaks, everything is forgotten until it is back, since
news may have been lost: then polls are answered from the database, never from a stale memory.
"""

import asyncio
import contextlib
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

CHANNEL = "charge_changed"
MOST_REMEMBERED = 200_000
"""Entries per process, some 200 bytes each; the least recently used is forgotten first."""
MOST_WAITING = 20_000
"""Long polls and streams per process; each stream takes some 12 kB."""
MOST_OF_ONE_DRIVER = 20
"""Of these for one driver, who has a few devices: nobody takes the places of the others."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a process remembers under a charge's or a driver's id: whose it is, its ETag, and when to poll again."""

    driver_id: str
    etag: str
    poll_after_s: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in the stream of news; taken before a read, it tells whether that read may be remembered."""

    epoch: int
    news: int


@dataclass(slots=True)
class _Memory:
    seen: OrderedDict[str, Seen] = field(default_factory=OrderedDict)
    touched: OrderedDict[str, int] = field(default_factory=OrderedDict)


class Changes:
    """The news of one process. ``start`` and ``stop`` belong to the lifespan of the web application."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Keep the engine, whose address the listener uses; its own connection is not one of the pool's."""
        self._engine = engine
        self._memory = _Memory()
        self._epoch = 0
        self._news = 0
        self._waiting: dict[str, set[Callable[[], None]]] = {}
        self._task: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self._waiting_count = 0
        self._waiting_of: Counter[str] = Counter()
        self._stopped = False

    # --- memory -------------------------------------------------------------------------------------------------------

    def mark(self) -> Mark:
        """Return the present point in the stream of news; take it before reading what you want to remember."""
        return Mark(self._epoch, self._news)

    def remember(self, key: str, seen: Seen, mark: Mark) -> None:
        """Remember what was read after ``mark``, unless news of it, or a broken connection, came in between."""
        if not self._up.is_set() or mark.epoch != self._epoch:
            return
        if max(self._memory.touched.get(key, 0), self._memory.touched.get(seen.driver_id, 0)) > mark.news:
            return
        _put(self._memory.seen, key, seen)

    def recall(self, key: str) -> Seen | None:
        """Return what is certainly still so, or None: then ask the database. Without a listener nothing is certain."""
        found = self._memory.seen.get(key) if self._up.is_set() else None
        if found is not None:
            self._memory.seen.move_to_end(key)
        return found

    # --- waiting ------------------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Return how many requests wait for news."""
        return self._waiting_count

    def full(self, driver_id: str) -> bool:
        """Say whether no more may wait, at all or for this driver; ask right before subscribing."""
        return self._waiting_count >= MOST_WAITING or self._waiting_of[driver_id] >= MOST_OF_ONE_DRIVER

    def take_place(self, driver_id: str) -> None:
        """Count a driver's wait; whoever counts it gives the place back."""
        self._waiting_count += 1
        self._waiting_of[driver_id] += 1

    def leave_place(self, driver_id: str) -> None:
        """Stop counting a driver's wait."""
        self._waiting_count -= 1
        self._waiting_of[driver_id] -= 1
        if not self._waiting_of[driver_id]:
            del self._waiting_of[driver_id]

    def follow(self, key: str, wake: Callable[[], None]) -> None:
        """Call ``wake`` at news of a key, and where news may have been lost; follow first and read afterwards."""
        self._waiting.setdefault(key, set()).add(wake)

    def unfollow(self, key: str, wake: Callable[[], None]) -> None:
        """Leave off what ``follow`` began."""
        self._waiting[key].discard(wake)
        if not self._waiting[key]:
            del self._waiting[key]

    @contextlib.contextmanager
    def subscription(self, key: str, driver_id: str) -> Iterator["Subscription"]:
        """Subscribe a driver to news of a charge; subscribe first and read afterwards, and nothing is missed."""
        event = asyncio.Event()
        self.follow(key, event.set)
        self.take_place(driver_id)
        try:
            yield Subscription(event, self)
        finally:
            self.leave_place(driver_id)
            self.unfollow(key, event.set)

    def stopping(self) -> bool:
        """Say whether the process is going down: streams end then."""
        return self._stopped

    # --- the listener -------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen, and return once that works or after a second: a database that is down must not stop the start."""
        self._task = asyncio.create_task(self._listen_forever())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._up.wait(), 1)

    async def stop(self) -> None:
        """Wake everybody who waits and close the connection."""
        self._stopped = True
        self._forget()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _listen_forever(self) -> None:
        pause = 0.2
        while True:
            try:
                await self._listen()
                pause = 0.2
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                _log.warning("changes.lost", extra={"reason": type(error).__name__})
            self._forget()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _listen(self) -> None:
        """Listen until the connection ends."""
        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        connection = await asyncpg.connect(*arguments, **options, timeout=5)
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        try:
            await connection.add_listener(CHANNEL, self._heard)
            self._forget()
            self._up.set()
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), 15)
                if not ended.is_set():
                    # A dead peer says nothing: only a question finds out.
                    await connection.execute("SELECT 1", timeout=5)
        finally:
            self._up.clear()
            connection.terminate()

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        """Forget what a message is about, then wake those who wait for it. Other payloads are ignored."""
        parts = str(payload).split(":")
        if len(parts) != 3:
            return
        self._news += 1
        for key in (parts[0], parts[2]):
            self._memory.seen.pop(key, None)
            _put(self._memory.touched, key, self._news)
            for wake in tuple(self._waiting.get(key, ())):
                wake()

    def _forget(self) -> None:
        """Start over: what was read before now may be stale, and whoever waits must look for himself."""
        self._epoch += 1
        self._up.clear()
        self._memory = _Memory()
        for wake in [each for those in self._waiting.values() for each in those]:
            wake()


@dataclass(frozen=True, slots=True)
class Subscription:
    """The wish to hear of one key."""

    event: asyncio.Event
    changes: Changes

    async def news(self, seconds: float) -> bool:
        """Wait for news at most so long; say whether there is any (a lost connection counts as news)."""
        if self.changes.stopping():
            return False
        try:
            await asyncio.wait_for(self.event.wait(), seconds)
        except TimeoutError:
            return False
        self.event.clear()
        return not self.changes.stopping()


def _put(mapping: OrderedDict[str, Any], key: str, value: object) -> None:
    mapping[key] = value
    mapping.move_to_end(key)
    if len(mapping) > MOST_REMEMBERED:
        mapping.popitem(last=False)
