"""What counts as a start, and as one that succeeded: the first figure of the product (CN25).

Counted are the starts that drivers and guests asked for in the app or on a page and that are decided. Left out is what
failed on the driver's side: a declined card, a bank's question never answered, a start that the driver took back before
anything had gone wrong, a cable in another post. What a pass began at the post was never asked of us. A start succeeded
when the operator's session was seen. One that our payment processor kept from being sent counts against us, and against
no network. ``docs/status.md`` says the same to people.
"""

from dataclasses import dataclass
from decimal import Decimal

from api.domain.charging.state import BEFORE_START, STARTING, ChargingStatus

UNDECIDED = BEFORE_START | STARTING
DRIVER_SIDE_CODES = frozenset({"wrong_connector", "canceled"})
"""Codes of failure that are the driver's own."""
OURS = "payment_unavailable"
"""The code of a start that our processor kept from being sent."""
DECLINED, TAKEN_BACK = ChargingStatus.DECLINED, ChargingStatus.ABANDONED
_HUNDRED = Decimal(100)


def percent_of(part: int, whole: int) -> Decimal | None:
    """Return a share in percent to one decimal, as it is shown; None of nothing."""
    return None if not whole else (part * _HUNDRED / whole).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class Starts:
    """Starts that count, and how many of them came to a charging car."""

    asked: int
    begun: int

    @property
    def failed(self) -> int:
        """Return how many did not succeed."""
        return self.asked - self.begun

    @property
    def percent(self) -> Decimal | None:
        """Return the rate of success, None where nothing was asked."""
        return percent_of(self.begun, self.asked)
