"""The live streams of one process: who listens to which charge, and how news reach all of them.

Each change of a charge is read once, written once for each language, and handed to every listener. A listener is one
task that waits for its phone to leave; what is sent to it is sent by tasks that end with that. A phone that is slow to
read keeps one unsent event, the newest. One clock serves all: it pings, ends streams whose access token expired, and
ends all when the server is told to stop, which waits for streams before it tells the application.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.types import Message, Send

from api.changes import Changes
from api.domain.errors import AppError
from api.routes.app.charge_answers import Answer, ChargeAnswers
from api.services.work import StatementFailed

EVENT = "charging_session"
PING_S = 15.0
AGAIN_S = 1.0
"""After so long a charge is read again that could not be."""
_SLOTS = 30
_END: Message = {"type": "http.response.body", "body": b"", "more_body": False}


def event_of(answer: Answer, now: datetime) -> Message:
    """Return an answer as an event, ready to be sent."""
    head = f"id: {answer.version}\r\nevent: {EVENT}\r\ndata: ".encode()
    return {"type": "http.response.body", "body": head + answer.body(now) + b"\r\n\r\n", "more_body": True}


class Listener:
    """A phone that follows a charge."""

    __slots__ = (
        "_ends",
        "_pending",
        "_send",
        "_sending",
        "accept_language",
        "driver_id",
        "expires_at",
        "slot",
        "version",
    )

    def __init__(self, send: Send, driver_id: str, expires_at: datetime, accept_language: str | None) -> None:
        """Take how to send, whom to, until when and in which language; nothing is sent before ``begin``."""
        self._send = send
        self.driver_id, self.expires_at, self.accept_language = driver_id, expires_at, accept_language
        self.version = 0
        """The newest version that was given to it."""
        self.slot = 0
        """When it is its turn to be pinged."""
        self._pending: Message | None = None
        self._sending, self._ends = True, False

    async def begin(self) -> None:
        """Send what is there, and from now on whatever comes."""
        await self._flush()

    def tell(self, event: Message, version: int) -> asyncio.Task[None] | None:
        """Have an event sent in place of one that was not sent yet, unless it is old; return the task that sends it."""
        if version <= self.version or self._ends:
            return None
        self.version, self._pending = version, event
        return self._go_on()

    def ping(self, message: Message) -> asyncio.Task[None] | None:
        """Have a ping sent if nothing else is."""
        if self._sending or self._ends:
            return None
        self._pending = message
        return self._go_on()

    def end(self) -> asyncio.Task[None] | None:
        """Have the stream ended after what is to be sent still."""
        if self._ends:
            return None
        self._ends = True
        return self._go_on()

    def _go_on(self) -> asyncio.Task[None] | None:
        if self._sending:
            return None
        self._sending = True
        return asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        """Send until there is nothing to send."""
        with contextlib.suppress(OSError):  # the phone is gone; its own task will see that
            while self._pending is not None:
                message, self._pending = self._pending, None
                await self._send(message)
            if self._ends:
                await self._send(_END)
                return  # still sending, for good
        self._sending = False


class _Channel:
    """The listeners of one charge."""

    __slots__ = ("_news", "again", "id", "listeners", "telling")

    def __init__(self, charging_session_id: str, news: Callable[["_Channel"], None]) -> None:
        self.id, self._news = charging_session_id, news
        self.listeners: set[Listener] = set()
        self.telling = self.again = False

    def wake(self) -> None:
        self._news(self)


class LiveStreams:
    """All streams of this process."""

    def __init__(self, answers: ChargeAnswers, changes: Changes, now: Callable[[], datetime]) -> None:
        """Nobody listens yet."""
        self._answers, self._changes, self._now = answers, changes, now
        self._channels: dict[str, _Channel] = {}
        self._wheel: list[set[Listener]] = [set() for _ in range(_SLOTS)]
        self._slot = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._clock: asyncio.Task[None] | None = None

    def full(self, driver_id: str) -> bool:
        """Say whether no more may listen, at all or for this driver; ask right before joining."""
        return self._changes.full(driver_id)

    def join(self, charging_session_id: str, listener: Listener) -> None:
        """Let somebody listen; join first and read afterwards, and nothing is missed."""
        self._changes.take_place(listener.driver_id)
        channel = self._channels.get(charging_session_id)
        if channel is None:
            channel = self._channels[charging_session_id] = _Channel(charging_session_id, self._woken)
            self._changes.follow(channel.id, channel.wake)
        channel.listeners.add(listener)
        listener.slot = self._slot
        self._wheel[listener.slot].add(listener)
        if self._clock is None or self._clock.done():
            self._clock = asyncio.create_task(self._run_clock())

    def leave(self, charging_session_id: str, listener: Listener) -> None:
        """Let nobody wait who left."""
        self._changes.leave_place(listener.driver_id)
        self._wheel[listener.slot].discard(listener)
        channel = self._channels[charging_session_id]
        channel.listeners.discard(listener)
        if not channel.listeners:
            del self._channels[charging_session_id]
            self._changes.unfollow(channel.id, channel.wake)

    # --- news ---------------------------------------------------------------------------------------------------------

    def _woken(self, channel: _Channel) -> None:
        """Have the news told; what comes while that is under way is told afterwards."""
        channel.again = True
        if not channel.telling:
            channel.telling = True
            self._keep(asyncio.create_task(self._tell(channel)))

    async def _tell(self, channel: _Channel) -> None:
        try:
            while channel.again and channel.listeners:
                channel.again = False
                if self._changes.stopping():
                    self._end(channel.listeners)
                    return
                try:
                    await self._tell_once(channel)
                except (StatementFailed, SQLAlchemyError, OSError):
                    channel.again = True
                    await asyncio.sleep(AGAIN_S)
        finally:
            channel.telling = False

    async def _tell_once(self, channel: _Channel) -> None:
        """Read the charge and send it to all who do not have it."""
        mark, driver_id = self._changes.mark(), next(iter(channel.listeners)).driver_id
        try:
            look = await self._answers.look(driver_id, channel.id)
        except AppError:  # it is no longer there, or no longer theirs
            self._end(channel.listeners)
            return
        now = self._now()
        events: dict[str | None, tuple[Answer, Message]] = {}
        for listener in tuple(channel.listeners):
            if now >= listener.expires_at or listener.driver_id != look.charge.driver_id:
                self._keep(listener.end())
                continue
            if listener.accept_language not in events:
                answer = self._answers.answer_of(look, mark, now, listener.accept_language)
                events[listener.accept_language] = answer, event_of(answer, now)
            answer, event = events[listener.accept_language]
            self._keep(listener.tell(event, answer.version))
            if answer.final:
                self._keep(listener.end())

    # --- the clock ----------------------------------------------------------------------------------------------------

    async def _run_clock(self) -> None:
        """Ping every listener in turn, for as long as there are any."""
        while self._channels:
            await asyncio.sleep(PING_S / _SLOTS)
            if self._changes.stopping() or _server_stops():
                for channel in tuple(self._channels.values()):
                    self._end(channel.listeners)
            self._slot = (self._slot + 1) % _SLOTS
            now = self._now()
            ping = b": ping - %b\r\n\r\n" % datetime.now(UTC).isoformat(timespec="seconds").encode()
            message: Mapping[str, Any] = {"type": "http.response.body", "body": ping, "more_body": True}
            for listener in tuple(self._wheel[self._slot]):
                self._keep(listener.end() if now >= listener.expires_at else listener.ping(dict(message)))

    def _end(self, listeners: set[Listener]) -> None:
        for listener in tuple(listeners):
            self._keep(listener.end())

    def _keep(self, task: asyncio.Task[Any] | None) -> None:
        """Keep a task until it is done, for nobody else does."""
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


def _server_stops() -> bool:
    """Say whether uvicorn was told to stop: it tells the application only when no answer is under way any more."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
