"""Pushing: one notice to one device, and what may become of it. A push says which notice and of which kind, no more.

Names, amounts and places stay here: who reads a push on its way, or over a shoulder, learns nothing of a person. Does
not live here: whom to tell when, and trying again (``services/notices``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from api.domain.errors import NotFound, Refused, Upstream


class Platform(StrEnum):
    """Whose push service a device is reached by."""

    FCM = "fcm"
    """Firebase Cloud Messaging: Android."""
    APNS = "apns"
    """Apple Push Notification service: iOS."""
    WEB_PUSH = "web_push"
    """A browser, by whatever service its maker has (RFC 8030)."""


class DeviceUnregistered(NotFound):
    """The service knows this device no longer, or never did: it is not to be tried again. Fact: ``answer``."""


class PushRefused(Refused):
    """The service will never take this push as it is. Fact: ``answer``."""


class PushUnavailable(Upstream):
    """Nobody answered, or the service is busy. Facts: ``answer``, ``retry_after_s`` where the service said so."""


@dataclass(frozen=True, slots=True)
class PushTarget:
    """A device as its service knows it; ``keys`` has ``p256dh`` and ``auth`` of a browser's subscription."""

    platform: Platform
    token: str
    keys: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class OutgoingPush:
    """What is pushed. ``id`` is the same however often one push is sent; of two with one ``collapse_key`` the newer
    replaces the older on the device. ``text_key`` names the words that the app has for it."""

    id: str
    notice_id: str
    kind: str
    text_key: str
    collapse_key: str
    urgent: bool
    expires_at: datetime

    @property
    def data(self) -> dict[str, str]:
        """Return all that a device is told."""
        return {"id": self.notice_id, "kind": self.kind}

    def words(self, part: str) -> str:
        """Return the name that an app has the ``title`` or the ``text`` under."""
        return f"notice_{self.text_key.replace('.', '_')}_{part}"


class Push(Protocol):
    """Pushes to devices."""

    def why_off(self, platform: Platform) -> str | None:
        """Return why this installation pushes nothing to a platform, as a code; None: it does."""
        ...

    def public_key(self) -> str | None:
        """Return the key that browsers subscribe with (VAPID, RFC 8292); None where Web Push is off."""
        ...

    async def send(self, target: PushTarget, push: OutgoingPush) -> None:
        """Hand a push to the device's service; it has taken it when this returns.

        Raises DeviceUnregistered, PushRefused, PushUnavailable.
        """
        ...
