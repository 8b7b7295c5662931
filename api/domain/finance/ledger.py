"""Balanced postings for everything that moves or promises money (posting table of payments.md 5.1).

Debit is positive, credit negative. Two layers: ``pending`` holds what is only promised (card holds), ``posted`` what
happened. Each function returns the postings of one journal; every journal sums to zero per layer and currency.
Does not live here: storing them (``services/payments/ledger.py``).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from api.domain.errors import Invalid
from api.domain.finance.accounts import Account, Layer
from api.domain.money import Money


class Unbalanced(Invalid):
    """The postings of one journal do not sum to zero per layer and currency."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of a journal: ``amount`` positive for debit, negative for credit."""

    account: Account
    amount: Money
    layer: Layer = Layer.POSTED
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Income:
    """Income in minor units of one currency; ``tax_unknown`` is in neither of the others."""

    net: int
    vat: int
    tax_unknown: int

    @property
    def gross(self) -> int:
        """All of it, whatever is known of its tax."""
        return self.net + self.vat + self.tax_unknown

    def __sub__(self, other: "Income") -> "Income":
        return Income(self.net - other.net, self.vat - other.vat, self.tax_unknown - other.tax_unknown)


def assert_balanced(postings: Iterable[Posting]) -> None:
    """Raise Unbalanced unless the postings sum to zero per layer and currency."""
    sums: dict[tuple[Layer, str], int] = defaultdict(int)
    for posting in postings:
        sums[posting.layer, posting.amount.currency] += posting.amount.minor
    off = {f"{layer}:{currency}": total for (layer, currency), total in sums.items() if total}
    if off:
        raise Unbalanced("journal_unbalanced", **off)


def hold_placed(amount: Money) -> tuple[Posting, ...]:
    """Book a placed hold: promised by the processor, promised to the driver."""
    return (
        Posting(Account.PSP_HOLDS, amount, Layer.PENDING),
        Posting(Account.DRIVER_HOLDS, -amount, Layer.PENDING),
    )


def hold_ended(amount: Money) -> tuple[Posting, ...]:
    """Book the end of a hold, whichever it was: the whole promise is reversed."""
    return (
        Posting(Account.PSP_HOLDS, -amount, Layer.PENDING),
        Posting(Account.DRIVER_HOLDS, amount, Layer.PENDING),
    )


def _earned(income: Income, currency: str) -> tuple[Posting, ...]:
    """Return the credit side of income, or the debit side where it is taken back; parts of nothing are left out."""
    parts = (
        (Account.REVENUE, income.net),
        (Account.VAT, income.vat),
        (Account.REVENUE_TAX_UNKNOWN, income.tax_unknown),
    )
    return tuple(Posting(account, Money(-minor, currency)) for account, minor in parts if minor)


def hold_captured(captured: Money, vat: Money | None) -> tuple[Posting, ...]:
    """Book captured money of which ``vat`` is tax; None: the tax is not known yet."""
    income = Income(0, 0, captured.minor) if vat is None else Income(captured.minor - vat.minor, vat.minor, 0)
    return (Posting(Account.PSP_CLEARING, captured), *_earned(income, captured.currency))


def receivable_changed(driver_id: str, earned: Income, currency: str) -> tuple[Posting, ...]:
    """Book ``earned`` as owed by the driver because the hold did not cover it; a negative sum is taken back.

    What moves between revenue, VAT and unknown tax in the same step is in ``earned`` as well; its sum is what counts.
    """
    return (Posting(Account.RECEIVABLE, Money(earned.gross, currency), owner=driver_id), *_earned(earned, currency))


def tax_trued_up(earned: Income, currency: str) -> tuple[Posting, ...]:
    """Book ``earned``, whose sum is nothing, between revenue, VAT and unknown tax: the bill told its tax later."""
    return _earned(earned, currency)


def processor_fee(fee: Money) -> tuple[Posting, ...]:
    """Book the processor's fee, taken out of what it owes us."""
    return (Posting(Account.PSP_FEES, fee), Posting(Account.PSP_CLEARING, -fee))


def partner_cost(partner_id: str, net: Money) -> tuple[Posting, ...]:
    """Book what a CDR costs us, before taxes; a credit CDR is negative and books the other way round."""
    return (Posting(Account.ROAMING_COST, net), Posting(Account.CPO_PAYABLE, -net, owner=partner_id))


def refunded(income: Income, currency: str) -> tuple[Posting, ...]:
    """Book money given back: ``income`` (positive) is what of revenue and tax it takes back."""
    return (Posting(Account.PSP_CLEARING, Money(-income.gross, currency)), *_earned(_negated(income), currency))


def given_back(
    driver_id: str, income: Income, currency: str, *, overpaid: int = 0, unpaid: int = 0, through: Account
) -> tuple[Posting, ...]:
    """Book money given back ``through`` an account, by what it takes back: ``income`` (positive), and the rest.

    ``overpaid`` was paid above what the driver owed, so no income of ours; ``unpaid`` was withheld or failed before.
    Through ``REFUNDS_UNPAID`` nothing moved yet: it is owed to the driver.
    """
    total = Money(-(income.gross + overpaid + unpaid), currency)
    owner = driver_id if through is Account.REFUNDS_UNPAID else ""
    return (
        Posting(through, total, owner=owner),
        *_earned(_negated(income), currency),
        Posting(Account.RECEIVABLE, Money(overpaid, currency), owner=driver_id),
        Posting(Account.REFUNDS_UNPAID, Money(unpaid, currency), owner=driver_id),
    )


def refund_repaid(driver_id: str, amount: Money) -> tuple[Posting, ...]:
    """Book a refund that could not go back the way it came, and was paid from our bank account."""
    return (Posting(Account.REFUNDS_UNPAID, amount, owner=driver_id), Posting(Account.BANK_TRANSIT, -amount))


def refund_failed(driver_id: str, amount: Money) -> tuple[Posting, ...]:
    """Book a refund that the bank sent back: the money is at the processor again and still the driver's."""
    return (Posting(Account.PSP_CLEARING, amount), Posting(Account.REFUNDS_UNPAID, -amount, owner=driver_id))


def dispute_opened(amount: Money) -> tuple[Posting, ...]:
    """Book money that a bank took back for its customer."""
    return (Posting(Account.DISPUTES, amount), Posting(Account.PSP_CLEARING, -amount))


def dispute_won(amount: Money) -> tuple[Posting, ...]:
    """Book disputed money that came back to us."""
    return (Posting(Account.PSP_CLEARING, amount), Posting(Account.DISPUTES, -amount))


def payout(amount: Money) -> tuple[Posting, ...]:
    """Book money on its way to our bank; negative: the bank sent it back, or the processor draws from our account."""
    return (Posting(Account.BANK_TRANSIT, amount), Posting(Account.PSP_CLEARING, -amount))


def topped_up(driver_id: str, amount: Money) -> tuple[Posting, ...]:
    """Book money that a driver paid into the wallet; negative: what of it was paid back."""
    return (Posting(Account.PSP_CLEARING, amount), Posting(Account.PREPAID, -amount, owner=driver_id))


def prepaid_reserved(driver_id: str, amount: Money) -> tuple[Posting, ...]:
    """Book what a charge reserves of a wallet; negative: it reserves it no more."""
    return (
        Posting(Account.PREPAID, amount, Layer.PENDING, driver_id),
        Posting(Account.PREPAID_RESERVED, -amount, Layer.PENDING, driver_id),
    )


def prepaid_spent(driver_id: str, spent: Money, vat: Money | None) -> tuple[Posting, ...]:
    """Book what a charge takes of a wallet, of which ``vat`` is tax; None: the tax is not known yet."""
    income = Income(0, 0, spent.minor) if vat is None else Income(spent.minor - vat.minor, vat.minor, 0)
    return (Posting(Account.PREPAID, spent, owner=driver_id), *_earned(income, spent.currency))


def help_paid(driver_id: str, paid: Money, vat: Money) -> tuple[Posting, ...]:
    """Book help that a driver agreed to pay for out of the wallet, of which ``vat`` is tax."""
    return prepaid_spent(driver_id, paid, vat)


def help_refunded(driver_id: str, paid: Money, vat: Money) -> tuple[Posting, ...]:
    """Book such help as given back whole, into the wallet that paid it."""
    return reversal(help_paid(driver_id, paid, vat))


def receivable_prepaid(driver_id: str, amount: Money) -> tuple[Posting, ...]:
    """Book what a driver owed beside the reservation as taken from their wallet, which may fall below zero by it."""
    return (
        Posting(Account.PREPAID, amount, owner=driver_id),
        Posting(Account.RECEIVABLE, -amount, owner=driver_id),
    )


def fleet_charged(fleet_id: str, charged: Money, vat: Money | None) -> tuple[Posting, ...]:
    """Book what a fleet owes for a charge, of which ``vat`` is tax; None: the tax is not known yet."""
    income = Income(0, 0, charged.minor) if vat is None else Income(charged.minor - vat.minor, vat.minor, 0)
    return (Posting(Account.FLEET_RECEIVABLE, charged, owner=fleet_id), *_earned(income, charged.currency))


def receivable_of_fleet(driver_id: str, fleet_id: str, amount: Money) -> tuple[Posting, ...]:
    """Book that a fleet owes what its driver's charge cost above what was promised for it."""
    return (
        Posting(Account.FLEET_RECEIVABLE, amount, owner=fleet_id),
        Posting(Account.RECEIVABLE, -amount, owner=driver_id),
    )


def fleet_refunded(fleet_id: str, income: Income, currency: str) -> tuple[Posting, ...]:
    """Book money of a charge that its fleet owes no more; ``income`` (positive) is what it takes back."""
    gross = Money(-income.gross, currency)
    return (Posting(Account.FLEET_RECEIVABLE, gross, owner=fleet_id), *_earned(_negated(income), currency))


def prepaid_refunded(driver_id: str, income: Income, currency: str) -> tuple[Posting, ...]:
    """Book money of a charge given back into the wallet that paid it."""
    gross = Money(-income.gross, currency)
    return (Posting(Account.PREPAID, gross, owner=driver_id), *_earned(_negated(income), currency))


def receivable_paid(driver_id: str, amount: Money) -> tuple[Posting, ...]:
    """Book the payment of what a driver owed beside the hold."""
    return (Posting(Account.PSP_CLEARING, amount), Posting(Account.RECEIVABLE, -amount, owner=driver_id))


def written_off(driver_id: str, amount: Money) -> tuple[Posting, ...]:
    """Book a receivable that is given up."""
    return (Posting(Account.WRITE_OFF, amount), Posting(Account.RECEIVABLE, -amount, owner=driver_id))


def write_off_trued_up(earned: Income, currency: str) -> tuple[Posting, ...]:
    """Book a change of what is given up, negative where it is paid or billed no more, against its income."""
    return (Posting(Account.WRITE_OFF, Money(earned.gross, currency)), *_earned(earned, currency))


def suspended(amount: Money) -> tuple[Posting, ...]:
    """Book money that came to us at the processor for no reason we know; negative: it went."""
    return (Posting(Account.PSP_CLEARING, amount), Posting(Account.SUSPENSE, -amount))


def reversal(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """Return the journal that undoes ``postings``: a correction never touches what is stored."""
    return tuple(Posting(each.account, -each.amount, each.layer, each.owner) for each in postings)


def _negated(income: Income) -> Income:
    return Income(0, 0, 0) - income


def tax_share(part: Money, whole: Money, whole_vat: Money) -> Money:
    """Return the tax inside ``part`` of a bill ``whole`` that contains ``whole_vat``.

    Rounded half up to a minor unit; taking all of the bill takes all of its tax exactly.
    """
    if whole.minor == 0:
        return Money.zero(part.currency)
    exact = Decimal(part.minor) * whole_vat.minor / whole.minor
    return Money(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)), part.currency)
