"""The rules of reconciliation: what each says, how grave a breach is, and what may close its findings again.

A rule is data. What it looks at is said in SQL beside it (``services/reconciliation/rules_*.py``), what people read
about it is in ``reasons.py``. Where services open findings of the same meaning themselves, the rule bears the same
reason: it is the safety net, and one problem stays one finding.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from api.domain.finance.finding import Severity


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time before a limit: its name, how much is left at most, and how grave that is."""

    name: str
    within: timedelta
    severity: Severity


BANDS = (
    Band("breach", timedelta(0), Severity.BREACH),
    Band("critical", timedelta(hours=6), Severity.BREACH),
    Band("high", timedelta(hours=24), Severity.WARNING),
    Band("warning", timedelta(hours=48), Severity.WARNING),
)
"""How grave it is when at most so much time is left to take a hold, the shortest first."""


def band_of(left: timedelta) -> Band | None:
    """Return the band of so much time left; None: there is time."""
    return next((band for band in BANDS if left <= band.within), None)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on something is a finding. Each is an age at the moment for which a run speaks."""

    hold_open: timedelta = timedelta(hours=96)
    """A hold that nobody ended: longer than any session may last and its bill may take."""
    cdr: timedelta = timedelta(hours=6)
    """A bill after the end of its session."""
    cdr_unbilled: timedelta = timedelta(hours=1)
    """A stored bill until it is billed and booked."""
    operation: timedelta = timedelta(hours=1)
    """A call that moves money, until its outcome is known."""
    processor: timedelta = timedelta(hours=1)
    """A change of ours or theirs until both sides must show it."""
    clearing: timedelta = timedelta(hours=6)
    """A movement at the processor until our books must have it, fees included."""
    refund: timedelta = timedelta(hours=24)
    """A refund under way at the processor until both sides must call it the same."""
    mirror: timedelta = timedelta(hours=36)
    """The copy of the processor's objects until it counts as broken."""
    settled: timedelta = timedelta(minutes=15)
    """A charge until its amounts must agree."""

    @property
    def longest(self) -> timedelta:
        """How far back a change may only now have become a finding."""
        return max(self.cdr_unbilled, self.processor, self.clearing, self.refund, self.settled)


@dataclass(frozen=True, slots=True)
class ReconciliationPolicy:
    """What an operator decides about reconciling."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    most_new: int = 200
    """A rule that would open more findings than this in one run is held back: its feed broke, not so many charges."""
    full_every: timedelta = timedelta(days=7)
    """How often a nightly run looks at everything instead of at what changed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must be so."""

    reason: str
    """Of its findings."""
    severity: Severity = Severity.BREACH
    closes: bool = True
    """Whether a run closes its findings when they are no longer so. False: only those who open them know that."""
    of_one_charge: bool = True
    """Whether it can look at a single charge."""
    guarded: bool = True
    """Whether it is held back when it would open too many at once."""


HOLD_OPEN = Rule("hold_open_too_long")
HOLD_NEAR_EXPIRY = Rule("hold_near_expiry", Severity.WARNING)
CDR_MISSING = Rule("cdr_missing")
CDR_WITHOUT_CHARGE = Rule("cdr_without_charge", of_one_charge=False)
SESSION_OF_NO_CHARGE = Rule("session_of_no_charge", of_one_charge=False)
SESSION_WITHOUT_HOLD = Rule("session_without_hold", closes=False)
CAPTURED_DIFFERS = Rule("captured_differs")
CURRENCY_DIFFERS = Rule("currency_differs")
CDR_NOT_BILLED = Rule("cdr_not_billed")
CDR_COST_DIFFERS = Rule("cdr_cost_differs")
CREDIT_WITHOUT_ORIGINAL = Rule("credit_without_original", of_one_charge=False)
ORPHAN_AT_PROCESSOR = Rule("orphan_at_processor")
SECOND_HOLD = Rule("second_hold_at_processor", closes=False)
HOLD_NOT_AT_PROCESSOR = Rule("hold_not_at_processor")
PAYMENT_NOT_AT_PROCESSOR = Rule("payment_not_at_processor")
HOLD_DIFFERS = Rule("hold_differs_at_processor")
PAYMENT_DIFFERS = Rule("payment_differs_at_processor")
REFUND_DIFFERS = Rule("refund_differs_at_processor")
CLEARING_DIFFERS = Rule("clearing_differs")
OPERATION_WITHOUT_END = Rule("operation_without_end")
REFUND_FAILED = Rule("refund_failed")
REFUND_DENIED = Rule("refund_denied")
PAYOUT_REST = Rule("payout_rest", of_one_charge=False)
WALLET_DRIFT = Rule("wallet_drift", of_one_charge=False)
INVOICE_SUM_DIFFERS = Rule("invoice_sum_differs", of_one_charge=False)
MIRROR_BEHIND = Rule("mirror_behind", Severity.WARNING, of_one_charge=False, guarded=False)
RULE_RUNAWAY = Rule("rule_runaway", of_one_charge=False, guarded=False)
"""A rule that was held back; looked at after all others."""
