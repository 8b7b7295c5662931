"""Papers: receipts, credit notes, statements and invoices; how their tax is split by rate and what was taken back.

A paper is a JSON document that never changes; its PDF is made from it. Amounts are minor units of its currency.
Does not live here: writing them (``services/finance``), what they look like (``clients/documents``).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from api.domain.finance.ledger import tax_share
from api.domain.money import Money

HUNDRED = Decimal(100)
"""What papers and mails are written in."""


class PaperKind(StrEnum):
    """What a paper is."""

    RECEIPT = "receipt"
    CREDIT_NOTE = "credit_note"
    STATEMENT = "statement"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class RateShare:
    """What is taxed at one rate; ``percent`` is None where one tax covers several rates (a limit over all of them)."""

    percent: Decimal | None
    net_minor: int
    vat_minor: int

    @property
    def gross_minor(self) -> int:
        """Return the sum of both."""
        return self.net_minor + self.vat_minor

    def to_json(self) -> dict[str, Any]:
        """Return the share as it stands in documents."""
        percent = None if self.percent is None else f"{self.percent.normalize():f}"
        return {
            "percent": percent,
            "net_minor": self.net_minor,
            "vat_minor": self.vat_minor,
            "gross_minor": self.gross_minor,
        }


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document in one spelling: keys sorted, no blanks, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def rates_of(taxes: Sequence[Mapping[str, Any]], *, net_minor: int, vat_minor: int | None) -> list[RateShare]:
    """Split a bill's net by rate, from the tax at each rate; empty while the tax is unknown.

    A tax rounded to a minor unit tells its base only within ``50 / percent`` minor units; what is over or missing
    within that goes to the largest share, since the shares must sum to the bill. More than that was taxed at nothing.
    """
    if vat_minor is None:
        return []
    if not taxes:
        return [RateShare(Decimal(0), net_minor, 0)]
    known = [(Decimal(each["percent"]), int(each["minor"])) for each in taxes if each["percent"] is not None]
    if len(known) < len(taxes):
        return [RateShare(None, net_minor, vat_minor)]
    bases = [int((vat * HUNDRED / percent).to_integral_value()) if percent else 0 for percent, vat in known]
    rest = net_minor - sum(bases)
    slack = sum((50 / percent for percent, _ in known if percent), Decimal(len(known)))
    if abs(rest) <= slack:
        bases[max(range(len(bases)), key=lambda index: abs(bases[index]))] += rest
        rest = 0
    shares = [RateShare(percent, base, vat) for (percent, vat), base in zip(known, bases, strict=True)]
    return [*shares, RateShare(Decimal(0), rest, 0)] if rest else shares


def read_rates(document: Mapping[str, Any]) -> list[RateShare]:
    """Return the rates of a receipt or credit note; those from before they were kept are computed."""
    if "vat_rates" in document:
        return [_rate(each) for each in document["vat_rates"]]
    return rates_of(document["taxes"], net_minor=document["net_minor"], vat_minor=document["vat_minor"])


def _rate(share: Mapping[str, Any]) -> RateShare:
    percent = None if share["percent"] is None else Decimal(share["percent"])
    return RateShare(percent, int(share["net_minor"]), int(share["vat_minor"]))


def difference(before: Iterable[RateShare], after: Iterable[RateShare]) -> list[RateShare] | None:
    """Return what ``after`` takes back from ``before``, rate by rate; None where a rate or its tax would grow."""
    left = {each.percent: each for each in after}
    taken: list[RateShare] = []
    for each in before:
        now = left.pop(each.percent, RateShare(each.percent, 0, 0))
        share = RateShare(each.percent, each.net_minor - now.net_minor, each.vat_minor - now.vat_minor)
        if share.net_minor < 0 or share.vat_minor < 0:
            return None
        if share.gross_minor:
            taken.append(share)
    return None if any(each.gross_minor for each in left.values()) else taken


def added_up(shares: Iterable[tuple[int, RateShare]]) -> list[RateShare]:
    """Add up shares by rate, each with its sign (1 or -1); the highest rate first, an unnamed one last."""
    sums: dict[Decimal | None, tuple[int, int]] = {}
    for sign, each in shares:
        net, vat = sums.get(each.percent, (0, 0))
        sums[each.percent] = (net + sign * each.net_minor, vat + sign * each.vat_minor)
    ordered = sorted(sums, key=lambda percent: (percent is None, -(percent or Decimal(0))))
    return [RateShare(percent, *sums[percent]) for percent in ordered]


def portion(rates: Sequence[RateShare], amount: Money, vat: Money | None) -> list[RateShare]:
    """Spread a part of a bill over the bill's rates; ``vat`` is the tax inside it, None: the bill's own share.

    The last rate takes what rounding leaves, so that the shares sum to ``amount`` and, if given, to ``vat``.
    """
    whole = Money(sum(each.gross_minor for each in rates), amount.currency)
    if not rates or not whole.minor:
        return [] if vat is None else [RateShare(None, amount.minor - vat.minor, vat.minor)]
    shares: list[RateShare] = []
    gross_left, vat_left = amount.minor, None if vat is None else vat.minor
    for index, each in enumerate(rates):
        last = index == len(rates) - 1
        part = tax_share(Money(each.gross_minor, amount.currency), whole, amount).minor
        gross = gross_left if last else part
        own = Money(each.vat_minor, amount.currency)
        tax = tax_share(Money(gross, amount.currency), Money(each.gross_minor, amount.currency), own).minor
        tax = vat_left if last and vat_left is not None else tax
        gross_left, vat_left = gross_left - gross, None if vat_left is None else vat_left - tax
        shares.append(RateShare(each.percent, gross - tax, tax))
    return [each for each in shares if each.gross_minor]
