"""A post office gone wrong: what the CPO sends may come twice, late, in another order, cut off, or again at night.

What a message says is never changed, and each comes whole at least once, so that a receiver that minds the rules ends
where it would have ended in calm. Fates are drawn from a seed, message by message in the order in which they are sent.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.cpo.disguise import disguised
from sandbox.cpo.faults import FaultBook
from sandbox.cpo.outbox import Outbox, Parcel

Later = Callable[[float, Callable[[], None]], None]
"""Does something after so many virtual seconds."""

JITTER_S = 0.4
"""Real seconds by which messages of one moment overtake each other."""
HELD_S = {"session": (400, 1500), "cdr": (3600, 20_000)}
"""Virtual seconds by which messages are held back, where that changes no story: not the first word of a session."""
REPLAYED_S = (600, 9000)


class Mischief(Outbox):
    """An outbox that minds neither order nor number."""

    def __init__(
        self, party: tuple[str, str], faults: FaultBook, patience: tuple[float, ...], *, seed: int, later: Later
    ) -> None:
        """Draw every fate from ``seed``."""
        super().__init__(party, faults, patience)
        self._seed, self._later, self._count, self._loose = seed, later, 0, 0
        self.done = {"held_back": 0, "twice": 0, "cut_off": 0, "replayed": 0, "sent": 0}

    def put(self, queue: str, parcel: Parcel) -> None:  # noqa: ARG002 - an outbox is given one
        """Send ``parcel`` in as many ways as fate has it; ``queue`` promises no order any more."""
        parcel.body = disguised(self._faults, parcel.body)
        self._count += 1
        self.done["sent"] += 1
        chance = random.Random(f"{self._seed}:{parcel.label}:{self._count}")
        copy = replace(parcel, on_done=None, on_refused=None)
        if chance.random() < 0.2 and parcel.body is not None:
            self._soon(replace(copy, cut_at=chance.uniform(0.1, 0.9)), 0.0, "cut_off")
        held = self._held_back(parcel, chance)
        if held:
            self.done["held_back"] += 1
            self._later(held, lambda: self._soon(parcel, 0.0))
        else:
            self._soon(parcel, chance.uniform(0, JITTER_S))
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            self._soon(copy, chance.uniform(0, JITTER_S), "twice")
        if chance.random() < 0.3:
            self._later(chance.uniform(*REPLAYED_S), lambda: self._soon(copy, 0.0, "replayed"))

    def _held_back(self, parcel: Parcel, chance: random.Random) -> float:
        """Return for how many virtual seconds a message is kept, 0 for most."""
        whole = parcel.method == "PUT" and not _has_ended(parcel.body)
        if parcel.label not in HELD_S or whole or chance.random() > 0.3:
            return 0.0
        return chance.uniform(*HELD_S[parcel.label])

    def _soon(self, parcel: Parcel, seconds: float, why: str | None = None) -> None:
        if why is not None:
            self.done[why] += 1
        self._loose += 1
        queue = f"loose {self._loose}"

        async def jittered() -> None:
            await asyncio.sleep(seconds)
            await self._work(queue)

        self._queues[queue] = deque([parcel])
        self._workers[queue] = asyncio.create_task(jittered())


def _has_ended(body: Any) -> bool:
    return isinstance(body, dict) and body.get("status") in ("COMPLETED", "INVALID")
