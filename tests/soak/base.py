"""What every file of rules stands on: the town of the example, and how a synchronous rule does something in it."""

from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from tests.soak.theatre import Theatre
from tests.soak.town import Town

T = TypeVar("T")

NTH = st.integers(min_value=0, max_value=5)
"""Which of the things at hand, counted from the newest."""
USUALLY = st.sampled_from([True, True, True, False])
"""Mostly: shrinks to yes."""


@dataclass
class Tally:
    """What a run did, over all its examples."""

    cases: int = 0
    steps: int = 0
    checks: int = 0
    quiet: int = 0
    violations: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    """How charges ended: status and hold."""
    beside: Counter[str] = field(default_factory=Counter)
    """What staff, banks and drivers did beside holds."""


class Base(RuleBasedStateMachine):
    """One example: an empty house and a new town in it."""

    house: ClassVar[Theatre]
    """Set by whoever runs the machine."""
    tally: ClassVar[Tally] = Tally()
    tells = True
    """Whether the processor's events reach us in the end, or are lost for good."""

    def __init__(self) -> None:
        """Begin on a Monday morning with nothing stored."""
        super().__init__()
        self.sound = True
        self.house.reset()
        self.town = Town(self.house)
        self.tally.cases += 1

    def play(self, part: Coroutine[Any, Any, T]) -> T:
        """Do something; while it does not end well the example is not sound, and nothing more is asked of it."""
        self.sound = False
        result = self.house.play(part)
        self.sound = True
        self.tally.steps += 1
        return result


def nth(things: Sequence[T], number: int) -> T:
    """Return one of ``things``, the newest for 0; there must be some."""
    return things[-1 - number % len(things)]
