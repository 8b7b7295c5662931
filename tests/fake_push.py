"""In-memory push services and back ends of apps, imported from ``tests/fakes.py``."""

from collections import deque
from collections.abc import Mapping

from api.ports.push import OutgoingPush, Platform, PushTarget
from api.ports.webhook_posts import WebhookUrlRefused


class FakePush:
    """Keeps what was pushed; answers as programmed: a queued error is raised instead."""

    def __init__(self) -> None:
        """Push to every platform."""
        self.sent: list[tuple[PushTarget, OutgoingPush]] = []
        self.tried: list[tuple[PushTarget, OutgoingPush]] = []
        self.answers: deque[BaseException | None] = deque()
        self.off: dict[Platform, str] = {}

    def why_off(self, platform: Platform) -> str | None:
        """Return why a platform is off."""
        return self.off.get(platform)

    def public_key(self) -> str | None:
        """Return a key that browsers could subscribe with."""
        return None if Platform.WEB_PUSH in self.off else "BPublicKey"

    async def send(self, target: PushTarget, push: OutgoingPush) -> None:
        """Take a push, or raise what is queued."""
        self.tried.append((target, push))
        answer = self.answers.popleft() if self.answers else None
        if answer is not None:
            raise answer
        self.sent.append((target, push))

    @property
    def kinds(self) -> list[str]:
        """Return the kinds of what was pushed, in order."""
        return [push.kind for _, push in self.sent]


class FakeWebhookPosts:
    """Keeps what was posted; answers as programmed: a queued error is raised instead."""

    def __init__(self) -> None:
        """Take everything."""
        self.posted: list[tuple[str, bytes, dict[str, str]]] = []
        self.answers: deque[BaseException | None] = deque()

    def check(self, url: str) -> None:
        """Refuse what is not https."""
        if not url.startswith("https://"):
            raise WebhookUrlRefused("webhook_url_refused", host=url, message="not https")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Take a webhook, or raise what is queued."""
        answer = self.answers.popleft() if self.answers else None
        if answer is not None:
            raise answer
        self.posted.append((url, body, dict(headers)))
