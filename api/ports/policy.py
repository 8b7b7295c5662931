"""The numbers that services decide with, taken from settings by ``api/wiring.py``: services never read settings."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from api.domain.charging.facts import Timer
from api.domain.finance.issuer import SANDBOX_ISSUER, Issuer
from api.domain.finance.rules import ReconciliationPolicy
from api.domain.finance.wallet import WalletRules
from api.domain.ids import PartyId
from api.domain.staff.identity import StaffProvider
from api.domain.support.availability import StatusRules
from api.domain.support.complaint import ComplaintRules
from api.ports.accounting import AccountingRules

STANDARD_TIMERS = {
    Timer.HOLD_ANSWER: timedelta(seconds=7),
    Timer.DRIVER_ACTION: timedelta(minutes=15),
    Timer.START_RESULT: timedelta(minutes=2),
    Timer.LATE_SESSION_GRACE: timedelta(minutes=5),
    Timer.RETRY_WINDOW: timedelta(seconds=45),
    Timer.METERING_STALE: timedelta(minutes=10),
    Timer.STOP_RESULT: timedelta(minutes=2),
    Timer.UNPLUG_REMINDER: timedelta(minutes=15),
    Timer.CDR_OVERDUE: timedelta(hours=6),
    Timer.SESSION_TOO_LONG: timedelta(days=3),
    Timer.REFUND_DUE: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class ServicePolicy:
    """Rules of this installation. Durations are timedeltas, amounts minor units."""

    public_url: str
    our_party: PartyId
    our_name: str
    our_website: str | None
    sealing_key: bytes
    """32 bytes; seals partners' tokens at rest."""
    environment: str = "sandbox"
    """What we write on the processor's objects as ``env``, where one account there serves several installations."""
    old_sealing_keys: tuple[bytes, ...] = ()
    """Keys of before, which still open what they sealed."""
    rotation_period: timedelta | None = None
    """How old partners' tokens grow before they are rotated; None: only by hand."""
    quote_lifetime: timedelta = timedelta(minutes=15)
    hold_defaults: dict[str, int] = field(default_factory=dict)
    """By currency, in minor units, where the standard of ``domain/pricing/hold_rule.py`` is not wanted."""
    hold_by_party: dict[str, dict[str, int]] = field(default_factory=dict)
    """By party (``DE-ABC``) and currency, in minor units."""
    hold_by_evse: dict[str, dict[str, int]] = field(default_factory=dict)
    """By EVSE id (``DE*ABC*E71*001``, separators do not matter) and currency, in minor units."""
    minimum_charges: dict[str, int] = field(default_factory=dict)
    """By currency, in minor units, where more than the processor's own minimum must be owed to be worth charging."""
    hold_stop_percent: int = 90
    """The charge is stopped when its running cost reaches this share of the hold (payments.md 5.2)."""
    refund_approval: dict[str, int] = field(default_factory=dict)
    """By currency, in minor units: credits, refunds and write-offs above it need a second person.

    Where a currency is not named, it is the standard hold: about 50 euro; of an unknown currency it is nothing.
    """
    approval_by_role: dict[str, dict[str, int]] = field(default_factory=dict)
    """By role of staff and currency, in minor units, where the shares of ``domain/finance/finding_limits.py`` are not
    wanted."""
    operator_refund: dict[str, int] = field(default_factory=dict)
    """By currency, in minor units: what an operator's agent gives back alone; above it our finance approves."""
    request_lifetime: timedelta = timedelta(days=7)
    """How long such a request waits for a second person."""
    messages_kept: timedelta = timedelta(days=400)
    """How long what partners said of sessions and CDRs is kept; behind an open or disputed charge it stays."""
    pull_runs_kept: timedelta = timedelta(days=30)
    """How long the record of a pull is kept."""
    operation_retry: timedelta = timedelta(seconds=5)
    hold_expiry_margin: timedelta = timedelta(hours=24)
    timers: dict[Timer, timedelta] = field(default_factory=lambda: dict(STANDARD_TIMERS))
    """How long each clock of a charge runs; ``HOLD_EXPIRY_NEAR`` is counted back from the hold's end instead."""
    vat_percent_by_country: dict[str, Decimal] = field(default_factory=dict)
    """This installation's own rates by country (ISO 3166 alpha-3), over the built-in ones (``domain/pricing/vat.py``).

    Used where a partner states no tax of its own.
    """
    assumed_energy_kwh: Decimal = Decimal(30)
    """What a quote estimates with when the driver names no car."""
    issuer: Issuer = SANDBOX_ISSUER
    """Who issues receipts and invoices."""
    accounting: AccountingRules = field(default_factory=AccountingRules)
    """How exports number the books' accounts."""
    wallet: WalletRules = field(default_factory=WalletRules)
    """Limits of prepaid wallets."""
    help_prices: dict[str, int] = field(default_factory=dict)
    """By currency, in minor units with VAT: what help costs that a driver agrees to pay for; empty: none is charged."""
    help_offer_lifetime: timedelta = timedelta(days=3)
    """How long a driver may accept such help."""
    receivable_block: dict[str, int] = field(default_factory=dict)
    """By currency: above so much owed no card start; twice the standard hold where nothing is said."""
    receivable_off_session: bool = False
    """Whether a saved card may be charged once for what the hold did not cover, if its driver agreed to that."""
    payin_patience: timedelta = timedelta(hours=1)
    """How long a payment waits to be confirmed before it is given up."""
    passes_enabled: bool = False
    """Whether passes (RFID cards) may charge; money is held for them only once their charge is told to us."""
    pass_stop_unsecured: bool = False
    """Whether a charge that a pass began is stopped where nothing can be held for it; else it goes on to its limit."""
    guest_code_lifetime: timedelta = timedelta(minutes=5)
    """How long the code on a post's display opens the page for guests (AFIR: dynamic codes, bound to the EVSE)."""
    guest_receipt_lifetime: timedelta = timedelta(days=90)
    """How long the link to a guest's receipt works; then a new one is sent to their address."""
    hotline: str | None = None
    """The number printed on the back of passes, answered day and night; None: there is none."""
    unknown_tokens_per_minute: int = 10
    """About how many unknown tokens a partner may ask in a minute; then it is answered nothing for the rest of it."""
    sign_in_while_pending: bool = False
    """Whether an account may look around before its address is confirmed; it never charges before."""
    reconciliation: ReconciliationPolicy = field(default_factory=ReconciliationPolicy)
    """From when on something is a finding, and how many at once are believed."""
    complaints: ComplaintRules = field(default_factory=ComplaintRules)
    """What is decided on complaints by rule, and how often for one driver."""
    erasure_grace: timedelta = timedelta(days=14)
    """How long a driver may change their mind before their account is erased."""
    status: StatusRules = field(default_factory=StatusRules)
    """What the status page promises, and how long its incidents last at least."""
    staff_provider: StaffProvider | None = None
    """Where staff may also sign in, and what of it counts; None: with a password of ours only."""
    support_address: str | None = None
    """Where customers write to about their cases, and where answers to our mails go; None: nowhere."""
    operated_parties: frozenset[str] = frozenset()
    """Parties (``DE-ABC``) whose chargers we run ourselves, beside our own."""
    operator_mails: dict[str, str] = field(default_factory=dict)
    """By party: where an operator is written to about cases that are theirs."""
