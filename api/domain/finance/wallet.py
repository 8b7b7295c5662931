"""The rules of a prepaid wallet: how much a start needs, how far below zero a bill may go, when to warn.

Everything is in minor units of the wallet's currency. What is *posted* is the driver's money; what is *reserved* is
promised to charges and pay-outs under way; what is *available* is the rest (payments.md 4.28, 4.29). Not here:
booking (``services/wallet``), the postings (``ledger.py``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from api.domain.money import Money
from api.domain.pricing.hold_rule import NoHoldForCurrency, standard_hold


class Level(StrEnum):
    """How well a wallet is filled, as its driver was last told."""

    OK = "ok"
    LOW = "low"
    BELOW_ZERO = "below_zero"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in a wallet, and what of it is promised."""

    posted: Money
    reserved: Money

    @property
    def available(self) -> Money:
        """Return what a new charge may reserve; it may be below zero."""
        return self.posted - self.reserved


@dataclass(frozen=True, slots=True)
class WalletRules:
    """Limits by currency, in minor units, where the standard is not wanted: shares of about fifty euro."""

    minimum: Mapping[str, int] = field(default_factory=dict)
    """What must be available for a start; this much starts."""
    floor: Mapping[str, int] = field(default_factory=dict)
    """How far below zero a bill may take a wallet, as a positive amount."""
    least_top_up: Mapping[str, int] = field(default_factory=dict)
    most_top_up: Mapping[str, int] = field(default_factory=dict)
    low: Mapping[str, int] = field(default_factory=dict)
    """Below this a driver is warned who chose no limit of their own."""

    def minimum_of(self, currency: str) -> Money:
        """Return what a start needs; raises ``NoHoldForCurrency``."""
        return Money(self.minimum.get(currency) or _standard(currency), currency)

    def floor_of(self, currency: str) -> Money:
        """Return the least that a wallet may come to: zero or below."""
        return -Money(self.floor.get(currency, _standard(currency)), currency)

    def least_of(self, currency: str) -> Money:
        """Return the smallest top-up."""
        return Money(self.least_top_up.get(currency) or max(_standard(currency) // 5, 1), currency)

    def most_of(self, currency: str) -> Money:
        """Return the largest top-up."""
        return Money(self.most_top_up.get(currency) or _standard(currency) * 20, currency)

    def low_of(self, currency: str, own: int | None) -> Money:
        """Return below what the driver is warned; ``own`` is the driver's choice."""
        return Money(self.low.get(currency, _standard(currency) // 5) if own is None else own, currency)


def _standard(currency: str) -> int:
    """Return about fifty euro in minor units of ``currency``; raises ``NoHoldForCurrency``."""
    standard = standard_hold(currency)
    if standard is None:
        raise NoHoldForCurrency(currency)
    return standard


def why_not(standing: Standing, minimum: Money, *, blocked: bool) -> str | None:
    """Return why this wallet cannot start a charge, as a stable word, or None when it can."""
    if blocked:
        return "wallet_blocked"
    if standing.posted.minor < 0:
        return "wallet_below_zero"
    return "wallet_too_low" if standing.available < minimum else None


def level_of(posted: Money, low: Money) -> Level:
    """Return how well a wallet is filled. Reserved money is not spent, so it does not count."""
    if posted.minor < 0:
        return Level.BELOW_ZERO
    return Level.LOW if posted < low else Level.OK


def worse(now: Level, before: Level) -> bool:
    """Say whether a wallet crossed a limit downwards: only that is told, and once."""
    order = (Level.OK, Level.LOW, Level.BELOW_ZERO)
    return order.index(now) > order.index(before)


def affordable(standing: Standing, floor: Money, asked: Money) -> Money:
    """Return how much of ``asked`` a wallet can still pay before it falls below its floor."""
    room = standing.available - floor
    return max(min(asked, room), Money.zero(asked.currency))


def shares_of(amount: Money, sources: Iterable[tuple[str, Money]]) -> tuple[tuple[tuple[str, Money], ...], Money]:
    """Share ``amount`` out over ``sources`` (id, what is left of it) in their order; return the shares and the rest."""
    shares: list[tuple[str, Money]] = []
    rest = amount
    for source, left in sources:
        part = min(rest, left)
        if part.minor > 0:
            shares.append((source, part))
            rest -= part
    return tuple(shares), rest
