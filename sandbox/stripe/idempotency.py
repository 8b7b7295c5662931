"""Idempotency keys. Answers to https://docs.stripe.com/api/idempotent_requests.

The first answer of a key is kept with its status, 402 and 500 included, and replayed for 24 virtual hours. Not kept:
401, 429, parameter-validation 400, 409.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from sandbox.stripe.errors import StripeFailure

_LONGEST_KEY = 255


@dataclass(frozen=True)
class StoredAnswer:
    """What a key answers from now on."""

    status: int
    body: bytes
    request_id: str


@dataclass
class _Entry:
    fingerprint: Hashable
    at: float
    answer: StoredAnswer | None = None


class IdempotencyKeys:
    """The keys of one account."""

    def __init__(self, keep_seconds: float) -> None:
        self._keep_seconds = keep_seconds
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def begin(self, key: str, fingerprint: Hashable, now: float) -> StoredAnswer | None:
        """Claim ``key``: return None when the request is to be carried out, or the answer to replay.

        Raises ``StripeFailure``: 409 while the first request still runs, 400 when it was another request.
        """
        self._prune(now)
        if len(key) > _LONGEST_KEY:
            raise StripeFailure(400, "Idempotency keys have at most 255 characters.", recorded=False)
        entry = self._entries.get(key)
        if entry is None:
            self._entries[key] = _Entry(fingerprint, now)
            return None
        if entry.fingerprint != fingerprint:
            raise StripeFailure(
                400, f"The key {key!r} was used for another request.", type_="idempotency_error", recorded=False
            )
        if entry.answer is None:
            raise in_use(key)
        return entry.answer

    def keep(self, key: str, answer: StoredAnswer) -> None:
        """Keep the first answer of ``key``, unless the key grew old meanwhile."""
        if key in self._entries:
            self._entries[key].answer = answer

    def forget(self, key: str) -> None:
        """Free ``key``: its request was refused before it was carried out."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Free every key."""
        self._entries.clear()

    def _prune(self, now: float) -> None:
        while self._entries:
            key, entry = next(iter(self._entries.items()))
            if entry.at + self._keep_seconds > now:
                return
            del self._entries[key]


def in_use(key: str | None) -> StripeFailure:
    """Return the 409 for a key whose first request still runs."""
    return StripeFailure(
        409,
        f"A request with the key {key!r} is still being carried out.",
        type_="idempotency_error",
        code="idempotency_key_in_use",
        recorded=False,
    )
