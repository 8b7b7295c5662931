"""Which of our dated rules applies to a charge, and which books of rules are refused.

A rule is chosen by where and when a charge is, never by who charges: nothing here knows the driver, so none can pay
more for coming from abroad (AFIR, Regulation (EU) 2023/1804, Art. 5). Fees may differ between countries, because they
are money in a currency; a markup is a percentage and has no such reason, so a book in which it depends on the country
is refused, and likewise on the currency, which tells countries apart just as well. Does not live here: what a rule
does to a price (``retail``), and the tax (``vat``).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from api.domain.errors import Refused
from api.domain.ids import PartyId
from api.domain.money import Money, exponent
from api.domain.pricing.retail import RetailRule

ZERO = Decimal(0)
LOWEST_MARKUP = Decimal(-100)
"""Giving a charge away; below that we would pay drivers for charging."""

_ALPHA_3 = re.compile("[A-Z]{3}")
Scope = tuple[str | None, PartyId | None, str | None, str | None, str | None]


class RulesRefused(Refused):
    """A book of rules that cannot be kept.

    Codes: ``time_without_zone``, ``ends_before_start``, ``number_not_finite``, ``markup_below_minus_100``,
    ``fee_negative``, ``free_minutes_negative``, ``fee_without_currency``, ``tariff_without_party``,
    ``country_invalid``, ``rules_overlap``, ``markup_below_cost``.
    """


class CrossBorderMarkup(RulesRefused):
    """The same network or tariff would carry another markup in another country. Fact: ``markups`` by place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetailTerms:
    """One rule of the book: valid from ``starts_at`` up to ``ends_at`` (``None``: until ended), in its scope.

    Scope: network (``party``, the CPO), ``country`` of the location (ISO 3166 alpha-3), ``tariff_id`` of that network,
    and ``currency``, or one site alone (``location_key``: what its owner asks); ``None`` is any. Fees contain their
    tax, as in ``RetailRule``. ``id`` is empty until stored.
    """

    starts_at: datetime
    ends_at: datetime | None = None
    party: PartyId | None = None
    country: str | None = None
    tariff_id: str | None = None
    currency: str | None = None
    location_key: str | None = None
    markup_percent: Decimal = ZERO
    session_fee_minor: int = 0
    minute_fee: Decimal = ZERO
    free_minutes: int = 0
    id: str = ""

    @property
    def scope(self) -> Scope:
        """Return what the rule is for; two rules of one scope may follow each other and never overlap."""
        tariff = None if self.tariff_id is None else self.tariff_id.upper()
        return self.location_key, self.party, self.country, tariff, self.currency

    def is_valid(self, at: datetime) -> bool:
        """Say whether the rule counts for a charge that starts at ``at``."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)

    def is_for(self, party: PartyId | None, tariff_id: str | None) -> bool:
        """Say whether the rule is for this network and tariff, wherever they are."""
        tariff = None if tariff_id is None else tariff_id.upper()
        return self.party in {None, party} and self.scope[3] in {None, tariff}

    def covers(self, country: str | None, currency: str | None) -> bool:
        """Say whether the rule is for this country and currency; ``None`` is all of them."""
        return self.country in {None, country} and self.currency in {None, currency}


def choose_terms(
    rules: Iterable[RetailTerms],
    *,
    party: PartyId,
    country: str,
    tariff_id: str | None,
    currency: str,
    at: datetime,
    location_key: str | None = None,
) -> RetailTerms | None:
    """Return the most specific valid rule for a charge at a location of ``party`` in ``country``, or ``None``.

    The site goes over tariff over network over country over currency over default; of equals the one that started
    later counts, then the greater id, so that the order of ``rules`` never matters.
    """
    here = (rule for rule in rules if rule.location_key in {None, location_key})
    found = (rule for rule in here if rule.is_valid(at) and rule.is_for(party, tariff_id))
    return max((rule for rule in found if rule.covers(country, currency)), key=_rank, default=None)


def resolved(terms: RetailTerms | None, *, vat_percent: Decimal | None) -> RetailRule:
    """Return what a chosen rule does to one charge; without one the partner's cost is passed through."""
    if terms is None:
        return RetailRule(vat_percent=vat_percent)
    fee = None
    if terms.currency is not None and terms.session_fee_minor:
        fee = Money(terms.session_fee_minor, terms.currency)
    return RetailRule(terms.markup_percent, fee, terms.minute_fee, terms.free_minutes, vat_percent, terms.id)


def check_rules(rules: Sequence[RetailTerms]) -> None:
    """Raise ``RulesRefused`` or ``CrossBorderMarkup`` unless these rules can stand beside each other."""
    for rule in rules:
        _check_form(rule)
    _check_overlaps(rules)
    _check_borders(rules)


def _rank(rule: RetailTerms) -> tuple[bool, bool, bool, bool, bool, datetime, str]:
    named = (rule.location_key, rule.tariff_id, rule.party, rule.country, rule.currency)
    site, tariff, party, country, currency = (each is not None for each in named)
    return site, tariff, party, country, currency, rule.starts_at, rule.id


def _check_form(rule: RetailTerms) -> None:
    """Refuse one rule that makes no sense by itself."""
    if rule.currency is not None:
        exponent(rule.currency)  # raises CurrencyInvalid
    wrong = next(_wrongs(rule), None)
    if wrong is not None:
        raise RulesRefused(wrong, rule=rule.id)


def _wrongs(rule: RetailTerms) -> Iterator[str]:
    if rule.starts_at.tzinfo is None or (rule.ends_at is not None and rule.ends_at.tzinfo is None):
        yield "time_without_zone"
    elif rule.ends_at is not None and rule.ends_at < rule.starts_at:
        yield "ends_before_start"  # ending when it starts is allowed: withdrawn before it ever counted
    if not (rule.markup_percent.is_finite() and rule.minute_fee.is_finite()):
        yield "number_not_finite"
    elif rule.markup_percent < LOWEST_MARKUP:
        yield "markup_below_minus_100"
    elif rule.session_fee_minor < 0 or rule.minute_fee < 0:
        yield "fee_negative"
    elif (rule.session_fee_minor or rule.minute_fee) and rule.currency is None:
        yield "fee_without_currency"
    if rule.free_minutes < 0:
        yield "free_minutes_negative"
    if rule.tariff_id is not None and rule.party is None:
        yield "tariff_without_party"  # a tariff's id is unique within its network only
    if rule.country is not None and not _ALPHA_3.fullmatch(rule.country):
        yield "country_invalid"


def _check_overlaps(rules: Iterable[RetailTerms]) -> None:
    """Refuse two rules of one scope at one instant."""
    by_scope: dict[Scope, list[RetailTerms]] = {}
    for rule in rules:
        if rule.starts_at != rule.ends_at:
            by_scope.setdefault(rule.scope, []).append(rule)
    for same in by_scope.values():
        for one, next_ in pairwise(sorted(same, key=lambda rule: rule.starts_at)):
            if one.ends_at is None or one.ends_at > next_.starts_at:
                raise RulesRefused("rules_overlap", rule=one.id, other=next_.id, at=next_.starts_at.isoformat())


def _check_borders(rules: Sequence[RetailTerms]) -> None:
    """Refuse a book in which, for one network and tariff at one instant, the markup depends on where that is.

    What an owner asks at one site is the price of that site, as a tariff of its own would be, and tells no countries
    apart.
    """
    rules = [rule for rule in rules if rule.location_key is None]
    offers = {(None, None)} | {(rule.party, rule.tariff_id) for rule in rules}
    for at in sorted({each for rule in rules for each in (rule.starts_at, rule.ends_at) if each is not None}):
        valid = [rule for rule in rules if rule.is_valid(at)]
        for party, tariff_id in sorted(offers, key=str):
            markups = _markups([rule for rule in valid if rule.is_for(party, tariff_id)])
            if len(set(markups.values())) > 1:
                raise CrossBorderMarkup(
                    "cross_border_markup",
                    party=None if party is None else str(party),
                    tariff_id=tariff_id,
                    at=at.isoformat(),
                    markups={place: f"{markup.normalize():f}" for place, markup in markups.items()},
                )


def _markups(rules: Iterable[RetailTerms]) -> dict[str, Decimal]:
    """Return each markup that rules for one network and tariff can come to, by where: the whole range of the choice.

    Of rules in order of choice those count that none before them covers; what no rule covers is passed through.
    """
    reached: list[RetailTerms] = []
    for rule in sorted(rules, key=_rank, reverse=True):
        if not any(above.covers(rule.country, rule.currency) for above in reached):
            reached.append(rule)
    found = {
        " ".join(filter(None, (rule.country, rule.currency))) or "elsewhere": rule.markup_percent for rule in reached
    }
    return found if any(rule.covers(None, None) for rule in reached) else {**found, "elsewhere": ZERO}
