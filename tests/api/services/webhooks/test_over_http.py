"""Webhooks over real HTTP to a back end that checks them as docs/notices.md says: tampered, replayed, reordered."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

import httpx
import pytest

from api.domain.notices.webhook_signature import HEADER, SignatureRefused, verify
from api.services.deferral import Job
from api.services.webhooks.endpoints import add_endpoint
from api.services.webhooks.send import sweep_webhooks
from clients.url_guard import UrlGuard
from clients.webhooks.sender import HttpWebhookPosts
from tests.api.services.notices.devices import tell
from tests.bench import Bench
from tests.clients.push.standing_in import Asked, Recorder
from tests.fakes import FakeClock
from tests.serving import serve


@dataclass
class BackEnd(Recorder):
    """An app's back end: takes what is signed and not old, once an id, and reads the object instead of the event."""

    clock: FakeClock = field(default_factory=FakeClock)
    secret: str = ""
    seen: list[str] = field(default_factory=list)
    objects: dict[str, str] = field(default_factory=dict)
    down: int = 0

    def take(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        """Check, note, answer."""
        self.asked.append(asked)
        try:
            verify(asked.headers.get(HEADER.lower()), [self.secret], now=self.clock.now(), body=asked.body)
        except SignatureRefused:
            return 401, b"", {}
        if self.down:
            self.down -= 1
            return 503, b"", {}
        event = json.loads(asked.body)
        if event["id"] not in self.seen:
            self.seen.append(event["id"])
            self.objects[event["object_id"]] = "read from the API"
        return 204, b"", {}


@pytest.fixture
def back_end(bench: Bench) -> Iterator[tuple[BackEnd, str]]:
    """Serve a back end on the bench's clock."""
    stand_in = BackEnd(clock=bench.clock)
    with serve(stand_in) as url:
        yield stand_in, f"{url}/hooks"


async def connect(bench: Bench, back_end: BackEnd, url: str) -> Bench:
    """Return the bench with real posts, and its endpoint added."""
    real = replace(bench.ports, webhook_posts=HttpWebhookPosts(UrlGuard(allow_loopback=True), timeout_seconds=5))
    connected = replace(bench, ports=real)
    async with bench.work() as db:
        _, back_end.secret = await add_endpoint(db=db, ports=real, now=bench.clock.now(), url=url)
    return connected


async def again(url: str, asked: Asked, body: bytes | None = None) -> int:
    """Send a recorded webhook once more, as a thief would; return the status."""
    headers = {HEADER: asked.headers[HEADER.lower()], "Content-Type": "application/json"}
    async with httpx.AsyncClient() as thief:
        return (await thief.post(url, content=asked.body if body is None else body, headers=headers)).status_code


@pytest.mark.capability("A29")
async def test_tampered_and_replayed(bench: Bench, back_end: tuple[BackEnd, str]) -> None:
    """A changed body is refused at once; the same one is known by its id, and refused after five minutes."""
    stand_in, url = back_end
    bench = await connect(bench, stand_in, url)
    await tell(bench, "wallet_low")
    await bench.run(Job.SEND_WEBHOOK)
    (asked,) = stand_in.asked

    assert await again(url, asked, asked.body.replace(b"notice", b"Notice")) == 401
    assert await again(url, asked) == 204
    assert len(stand_in.seen) == 1
    bench.clock.advance(301)
    assert await again(url, asked) == 401


@pytest.mark.capability("A29")
async def test_reordered(bench: Bench, back_end: tuple[BackEnd, str]) -> None:
    """The first is not taken and comes after the second: both arrive, and the objects are all read."""
    stand_in, url = back_end
    bench = await connect(bench, stand_in, url)
    stand_in.down = 1
    first = await tell(bench, "wallet_low")
    await bench.run(Job.SEND_WEBHOOK)
    second = await tell(bench, "wallet_topped_up")
    await bench.run(Job.SEND_WEBHOOK)
    assert first is not None
    assert second is not None
    assert list(stand_in.objects) == [second.id]

    bench.clock.advance(60)
    await sweep_webhooks(work=bench.work, ports=bench.ports)
    await bench.run(Job.SEND_WEBHOOK)
    created = [datetime.fromisoformat(json.loads(each.body)["created_at"]) for each in stand_in.asked]
    assert list(stand_in.objects) == [second.id, first.id]
    assert created[-1] <= created[1]


async def test_a_back_end_that_refuses_is_asked_again(bench: Bench, back_end: tuple[BackEnd, str]) -> None:
    """A wrong secret over there is theirs to mend: the event waits, with their words."""
    stand_in, url = back_end
    bench = await connect(bench, stand_in, url)
    stand_in.secret = "another"  # it answers 401 to everything now
    await tell(bench, "wallet_low")
    await bench.run(Job.SEND_WEBHOOK)
    assert await bench.value("SELECT outcome FROM webhook_delivery") == "waiting"
    assert str(await bench.value("SELECT detail FROM webhook_delivery")).startswith("401")
