"""What every charge must come to, in plain dicts: the machine's own bookkeeping, which knows no code of the product.

A stay is billed by the CDRs that reached us. One that stands is the price; one that was credited is none; two that
stand for one session, or a credit of a CDR that we do not have, are for a person.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from tests.soak.partner import PRICE, Json

TAX = Decimal("1.19")
LEAST = 50
"""Below this the processor takes nothing: it is waived."""
FOR_A_PERSON = "for a person"


def price_of(kwh: int) -> int:
    """Return what a driver pays for some energy, in cents with tax."""
    return int((kwh * PRICE * TAX * 100).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass
class Ledger:
    """What we have been told of one charge."""

    bills: dict[str, Json] = field(default_factory=dict)
    """The first CDR with each id: what it said counts, whatever comes later under the same id."""
    decided: int | None = None
    """What a person decided, in cents."""
    credited: int = 0
    """Waived of the bill by staff."""
    given_up: int = 0
    """Owed by the driver and written off."""
    by_hand: int = 0
    """Given back by staff in the processor's dashboard."""
    by_bank: int = 0
    """Given back from our bank account, because a refund failed or was denied."""

    def take(self, bill: Json) -> None:
        """Note a CDR that reached us."""
        if bill["id"] not in self.bills:
            self.bills[bill["id"]] = bill
            self.decided = None

    @property
    def owed(self) -> int | str | None:
        """Return what the driver owes in cents, None without a bill, or that a person must decide."""
        if self.decided is not None:
            return self.decided
        if not self.bills:
            return None
        credited = {bill["credit_reference_id"] for bill in self.bills.values() if bill.get("credit")}
        if not credited <= set(self.bills):
            return FOR_A_PERSON
        standing = [bill for bill in self.bills.values() if not bill.get("credit") and bill["id"] not in credited]
        if len(standing) > 1:
            return FOR_A_PERSON
        return price_of(standing[0]["total_energy"]) if standing else 0


def due(owed: int) -> int:
    """Return what of a bill is taken: nothing below the least that the processor takes."""
    return owed if owed >= LEAST else 0


@dataclass(frozen=True)
class Moved:
    """What moved for one charge, as the processor's stand-in and the wallet's account tell it, in cents."""

    taken: int
    """By the hold and by later payments."""
    back: int
    """Given back, or on its way."""
    disputed: int = 0
    """With the driver's bank."""
    waiting: int = 0
    """To be given back as soon as a second person agrees."""

    @property
    def paid(self) -> int:
        """What the driver is out of pocket once all that was ordered back arrives."""
        return self.taken - self.back - self.waiting


def still_owed(ledger: Ledger, moved: Moved, asked: int) -> int:
    """Return what a driver owes beside the hold; banks that take money back do not make it due again."""
    return max(asked - moved.paid - ledger.given_up, 0)


def owed_back(moved: Moved, asked: int) -> int:
    """Return what is to be given back to a driver and was not ordered, or failed: never what the bank took already."""
    return max(moved.paid - moved.disputed - asked, 0)
