"""Rules of time and of our own processes: hours and days, workers that sleep or die, and the sweeper's rounds."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from api.ports.checkpoints import POINTS
from tests.soak.base import USUALLY, Base

A_DAY = 24 * 60


class TimeRules(Base):
    """What time does."""

    @rule(jobs=st.integers(1, 4))
    def work(self, jobs: int) -> None:
        """A worker does some jobs and no more."""
        self.play(self.town.drain(jobs))

    @rule(minutes=st.sampled_from([1, 6, 20, 150, A_DAY, 5 * A_DAY, 8 * A_DAY]), awake=USUALLY)
    def wait(self, minutes: int, awake: bool) -> None:
        """Time passes, with or without a worker; with days, holds come near their end or past it."""
        self.town.nobody_is_safe(self.town.ledgers if minutes >= A_DAY else self.town.not_charging())
        self.play(self.town.time_passes(timedelta(minutes=minutes), awake=awake))

    @precondition(lambda self: self.town.ledgers)
    @rule(point=st.sampled_from(POINTS))
    def crash(self, point: str) -> None:
        """The next process that comes to this point dies there."""
        self.house.crashes.at = point
        self.town.nobody_is_safe(self.town.not_charging())

    @rule()
    def sweep(self) -> None:
        """A round of the sweeper, and what it found to do."""

        async def part() -> None:
            await self.town.sweep()
            await self.town.drain()

        self.play(part())
