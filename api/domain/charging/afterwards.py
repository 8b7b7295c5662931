"""Money of one charge that moved beside its hold: refunds, disputes, later payments, what staff waived or gave up.

Each is a total, folded from stored rows by services, so that news of it may come twice and out of order. What follows
from the totals is decided in ``table_coupling.py``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from api.domain.money import Money


@dataclass(frozen=True, slots=True)
class Afterwards:
    """Totals in the currency of the hold, none below zero."""

    withheld: Money
    """Refunds that we ordered and that failed or were denied: still the driver's, and for a person to pay otherwise."""
    repaid: Money
    """What of ``withheld`` was paid in another way since."""
    returned: Money
    """Given back without our order: by hand, at the processor."""
    disputed: Money
    """Taken back by the driver's bank: as long as a dispute is open, and for good when it is lost."""
    paid: Money
    """Paid by the driver beside the hold, for what the hold did not cover."""
    credited: Money
    """Waived of the bill by staff: it is asked for no more, and goes back if it was paid."""
    written_off: Money
    """Owed by the driver and given up."""

    @property
    def stuck(self) -> Money:
        """What a person must still pay in another way, because its refund failed or was denied."""
        return self.withheld - self.repaid

    @classmethod
    def nothing(cls, currency: str) -> "Afterwards":
        """Return the totals of a charge beside whose hold nothing moved."""
        zero = Money.zero(currency)
        return cls(zero, zero, zero, zero, zero, zero, zero)


def put_right_by_both(corrections: Iterable[tuple[int, int]], owed_minor: int) -> int:
    """Return how much of credits that put wrong bills right the operator put right too, by a bill that is lower since.

    Each is the bill that it was given on, and its amount. It can only be in how far the operator came down from that
    bill: what was given on a lower bill has nothing to do with how that one came about. A fall of the bill counts once.
    """
    both = 0
    for bill, amount in sorted(corrections):
        both += min(amount, max(bill - owed_minor - both, 0))
    return both
