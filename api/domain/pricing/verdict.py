"""What an audit of a bill comes to: a verdict, the promise it was held to, and the difference line by line.

Does not live here: how a verdict is reached (``audit``), what the driver owes after it (``owed``).
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from api.domain.pricing.breakdown import CostBreakdown, Note
from api.domain.pricing.compare import LineCheck


class Verdict(StrEnum):
    """What an audit found; all but the first two are told to finance."""

    equal = "equal"
    rounding = "rounding"
    """A minor unit for each line at the most: partners round each line, and OCPI defines no rounding."""
    wrong_tariff = "wrong_tariff"
    """The bill is right under another tariff than the one that was accepted."""
    wrong_quantity = "wrong_quantity"
    """The bill is right for other quantities than its own periods hold."""
    idle_at_charging_rate = "idle_at_charging_rate"
    """Time plugged in without charging was billed at the price of charging time."""
    energy_above_metered = "energy_above_metered"
    """More energy was billed than the session's meter ended at."""
    tax_differs = "tax_differs"
    """Right before tax, another tax than the tariff's."""
    unpriced = "unpriced"
    """Could not be computed again: see the notes."""
    unexplained = "unexplained"


@dataclass(frozen=True, slots=True)
class CdrAudit:
    """The result for one CDR, in major units of ``currency``.

    ``promised`` is what the accepted tariff makes of the bill, the most its driver owes: the price itself, a ceiling
    where only that is known (``is_ceiling``), or None where no tariff was accepted. ``difference`` is billed minus
    promised, before tax; None where either is unknown. ``energy_kwh`` is the energy that the promise is for.
    """

    verdict: Verdict
    currency: str
    billed: Decimal
    billed_incl: Decimal | None
    promised: CostBreakdown | None
    difference: Decimal | None = None
    energy_kwh: Decimal | None = None
    is_ceiling: bool = False
    lines: tuple[LineCheck, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Say whether finance need not look at it."""
        return self.verdict in {Verdict.equal, Verdict.rounding}
