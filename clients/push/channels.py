"""The push services of one installation behind the one port; a platform without keys is off and says so."""

from dataclasses import dataclass
from typing import Protocol

from api.ports.push import OutgoingPush, Platform, PushTarget, PushUnavailable
from clients.push.web_push import WebPush

NO_KEYS = "no_push_keys_set"


class Sender(Protocol):
    """One push service."""

    async def send(self, target: PushTarget, push: OutgoingPush) -> None:
        """Send."""
        ...


@dataclass(frozen=True, slots=True)
class PushChannels:
    """Implements ``ports.push.Push``."""

    fcm: Sender | None = None
    apns: Sender | None = None
    web_push: WebPush | None = None

    def why_off(self, platform: Platform) -> str | None:
        """Return the reason."""
        return None if self._of(platform) is not None else NO_KEYS

    def public_key(self) -> str | None:
        """Return the key that browsers subscribe with."""
        return None if self.web_push is None else self.web_push.public_key

    async def send(self, target: PushTarget, push: OutgoingPush) -> None:
        """Send by the device's own service."""
        sender = self._of(target.platform)
        if sender is None:
            raise PushUnavailable("push_unavailable", answer=NO_KEYS, retry_after_s=None)
        await sender.send(target, push)

    def _of(self, platform: Platform) -> Sender | None:
        senders: dict[Platform, Sender | None] = {
            Platform.FCM: self.fcm,
            Platform.APNS: self.apns,
            Platform.WEB_PUSH: self.web_push,
        }
        return senders[platform]
