"""Rules of the wire to the processor: webhooks in any order or never, lost answers, late requests, outages."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.soak.base import USUALLY, Base, nth
from tests.soak.gate import TRIES

PATHS = ("/v1/payment_intents", "/v1/payment_intents/[^/]+/capture", "/v1/payment_intents/[^/]+/cancel", "/v1/refunds")


class ProcessorRules(Base):
    """What the processor and the network do to us."""

    @rule(which=st.integers(0, 30), times=st.integers(1, 2), works=USUALLY)
    def webhook(self, which: int, times: int, works: bool) -> None:
        """Any event of the past is told, perhaps twice; those that are never told are simply not drawn."""
        events = self.house.listed("events")[::-1]
        if not events:
            return

        async def part() -> None:
            for _ in range(times):
                await self.town.webhook(nth(events, which))
            if works:
                await self.town.drain()

        self.play(part())

    @precondition(lambda self: self.town.ledgers)
    @rule(kind=st.sampled_from(["lose", "delay"]), calls=st.sampled_from([1, 2, 4]))
    def bad_line(self, kind: str, calls: int) -> None:
        """The next calls are done and their answers lost, or they hang in the network."""
        name = "answers_to_lose" if kind == "lose" else "requests_to_delay"
        setattr(self.house.gate, name, calls * TRIES)
        self.town.nobody_is_safe(self.town.not_charging())

    @precondition(lambda self: self.house.gate.delayed)
    @rule()
    def late_requests_arrive(self) -> None:
        """What hung in the network arrives, though nobody waits for it any more."""
        self.house.let_arrive()

    @rule(path=st.sampled_from(PATHS), done=st.booleans())
    def break_inside(self, path: str, done: bool) -> None:
        """The next call fails inside the processor, for its key for good, before or after it was carried out."""
        self.house.steer("faults", kind="error_500", path=path, perform=done)
        self.town.nobody_is_safe(self.town.not_charging())

    @precondition(lambda self: self.town.ledgers)
    @rule(minutes=st.sampled_from([2, 20, 300]))
    def outage(self, minutes: int) -> None:
        """The processor is away for a while."""
        self.house.gate.down = True
        self.town.nobody_is_safe(self.town.not_charging())
        self.play(self.town.time_passes(timedelta(minutes=minutes)))
        self.house.gate.down = False
