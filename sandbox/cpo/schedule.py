"""The schedule of virtual time: what happens next, fired in order, each step told its own due time.

A jump of the clock fires everything that became due, including steps that other steps add on the way.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

Step = Callable[[float], None]


@dataclass(order=True, slots=True)
class Due:
    """One planned step; `cancel` takes it out without searching the heap."""

    at: float
    order: int
    step: Step = field(compare=False)
    live: bool = field(default=True, compare=False)

    def cancel(self) -> None:
        """Make sure that the step never fires."""
        self.live = False


class Schedule:
    """A heap of planned steps in virtual time."""

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._count = 0

    def at(self, moment: float, step: Step) -> Due:
        """Plan ``step(moment)`` for the virtual unix time ``moment``."""
        self._count += 1
        due = Due(moment, self._count, step)
        heapq.heappush(self._heap, due)
        return due

    def fire(self, now: float, most: int | None = None) -> int:
        """Fire the steps due by ``now`` in virtual-time order, at most ``most``, and say how many there were."""
        fired = 0
        while self._heap and self._heap[0].at <= now and fired != most:
            due = heapq.heappop(self._heap)
            if due.live:
                due.step(due.at)
                fired += 1
        return fired

    def next_due(self) -> float | None:
        """Return the virtual unix time of the next step, or nothing when all is quiet."""
        while self._heap and not self._heap[0].live:
            heapq.heappop(self._heap)
        return self._heap[0].at if self._heap else None

    def count_due(self, now: float) -> int:
        """Count the live steps that are due by ``now`` and did not fire yet."""
        return sum(1 for due in self._heap if due.live and due.at <= now)

    def clear(self) -> None:
        """Forget every planned step."""
        self._heap.clear()
