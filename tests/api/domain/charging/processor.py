"""A model of a payment processor for one hold: it keeps its own truth and knows nothing of the machine's tables."""

from api.domain.charging.facts import (
    CaptureFailed,
    Fact,
    HoldCaptured,
    HoldDeclined,
    HoldExpired,
    HoldExtended,
    HoldNeedsAction,
    HoldOutcomeUnknown,
    HoldPlaced,
    HoldReleased,
    ReleaseFailed,
)
from api.domain.charging.orders import CaptureHold, Order, ReleaseHold
from api.domain.money import Money
from tests.api.domain.charging.walking import HELD


class Processor:
    """One hold; ``truth`` is nothing, asking, held, captured, canceled, expired or declined; ``news`` all it told.

    ``passed on`` is held, but for another charge of ours, which the processor neither knows nor minds.
    """

    def __init__(self) -> None:
        self.truth = "nothing"
        self.amount = HELD
        self.taken: Money | None = None
        self.news: list[Fact] = []

    @property
    def decided(self) -> bool:
        """Whether the bank has made up its mind about the hold."""
        return self.truth not in ("nothing", "asking")

    def snapshot(self) -> Fact:
        """Return what looking at the hold tells."""
        if self.taken is not None:
            return HoldCaptured(self.taken)
        told: dict[str, Fact] = {
            "asking": HoldNeedsAction(),
            "held": HoldPlaced(self.amount, None),
            "passed on": HoldPlaced(self.amount, None),
            "canceled": HoldReleased(),
            "expired": HoldExpired(),
        }
        return told.get(self.truth, HoldDeclined("no"))

    def raise_to(self, amount: Money) -> None:
        """Raise a hold that stands."""
        self.amount = amount
        self.news.append(HoldExtended(amount))

    def perform(self, order: Order, how: str) -> None:
        """Do ``order`` as a processor would."""
        if how == "refused" and isinstance(order, CaptureHold):
            self.news.append(CaptureFailed("refused"))
        elif how == "refused" and isinstance(order, ReleaseHold):
            self.news.append(ReleaseFailed("refused"))
        else:
            if isinstance(order, CaptureHold) and self.truth == "held":
                self.truth, self.taken = "captured", order.amount
            elif isinstance(order, ReleaseHold) and self.truth in ("held", "asking", "declined"):
                self.truth = "canceled"
            failed = isinstance(order, CaptureHold) and self.taken is None
            answer = CaptureFailed("unexpected_state") if failed else self.snapshot()
            self.news.append(HoldOutcomeUnknown() if how == "done, answer lost" else answer)
