"""What concerns a whole tariff, or several: limits, validity, words instead of prices, currencies, doubled ids."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from api.domain.money import CurrencyInvalid, exponent
from api.domain.pricing.breakdown import plain
from api.domain.pricing.linting.finding import LintFinding, Severity
from api.domain.pricing.select import candidates
from api.domain.pricing.tariff import ComponentType, PriceLimit, Tariff


def find_tariff_mistakes(tariff: Tariff) -> Iterator[LintFinding]:
    """Yield what is wrong with a tariff as a whole."""
    in_words = bool(tariff.texts or tariff.url)
    if not tariff.elements:
        severity = Severity.warning if in_words else Severity.error
        yield LintFinding("no_elements", severity, tariff.id, None, {"in_words": in_words})
    elif tariff.texts:
        yield LintFinding("text_beside_elements", Severity.hint, tariff.id)
    if tariff.starts_at is not None and tariff.ends_at is not None and tariff.starts_at >= tariff.ends_at:
        validity: dict[str, object] = {"starts_at": tariff.starts_at.isoformat(), "ends_at": tariff.ends_at.isoformat()}
        yield LintFinding("validity_empty", Severity.error, tariff.id, None, validity)
    try:
        exponent(tariff.currency)
    except CurrencyInvalid:
        yield LintFinding("currency_invalid", Severity.error, tariff.id, None, {"currency": tariff.currency})
    timed = candidates(tariff, ComponentType.time)
    if any(each.component.price > 0 for each in timed) and not candidates(tariff, ComponentType.parking_time):
        facts: dict[str, object] = {"components": [ComponentType.parking_time.value]}
        yield LintFinding("parking_free", Severity.hint, tariff.id, timed[0].element_index, facts)
    yield from _limits(tariff)


def find_across(tariffs: Sequence[Tariff]) -> Iterator[LintFinding]:
    """Yield what only shows among several tariffs; the tariff id is empty where it concerns them all."""
    currencies: dict[str, list[str]] = {}
    contents: dict[tuple[str, str, str], Tariff] = {}
    doubled: dict[tuple[str, str, str], LintFinding] = {}
    for tariff in tariffs:
        named = currencies.setdefault(tariff.currency, [])
        if tariff.id not in named:
            named.append(tariff.id)
        key = (tariff.country_code.lower(), tariff.party_id.lower(), tariff.id.lower())  # CiString
        if not _says_the_same(contents.setdefault(key, tariff), tariff):
            doubled[key] = LintFinding("duplicate_id", Severity.error, tariff.id, None, {"id": tariff.id})
    yield from doubled.values()
    if len(currencies) > 1:
        facts: dict[str, object] = {"currencies": currencies}
        yield LintFinding("mixed_currencies", Severity.warning, "", None, facts)


def _says_the_same(one: Tariff, other: Tariff) -> bool:
    """Compare two tariffs; when they were last updated, and how their id and owner are written, says nothing."""
    return one == replace(
        other,
        id=one.id,
        country_code=one.country_code,
        party_id=one.party_id,
        last_updated=one.last_updated,
    )


def _limits(tariff: Tariff) -> Iterator[LintFinding]:
    for name, limit in (("min_price", tariff.min_price), ("max_price", tariff.max_price)):
        if limit is None:
            continue
        facts: dict[str, object] = {"limit": name, **_stated(limit)}
        if min(limit.before_taxes, limit.before_taxes if limit.after_taxes is None else limit.after_taxes) < 0:
            yield LintFinding("negative_limit", Severity.error, tariff.id, None, facts)
        if limit.after_taxes is not None and limit.after_taxes < limit.before_taxes:
            yield LintFinding("limit_inconsistent", Severity.error, tariff.id, None, facts)
    least, most = tariff.min_price, tariff.max_price
    if least is None or most is None:
        return
    pairs = ((least.before_taxes, most.before_taxes), (least.after_taxes, most.after_taxes))
    for low, high in pairs:
        if low is not None and high is not None and low > high:
            facts = {"min_price": plain(low), "max_price": plain(high)}
            yield LintFinding("min_above_max_price", Severity.error, tariff.id, None, facts)
            return


def _stated(limit: PriceLimit) -> dict[str, object]:
    after = limit.after_taxes
    return {"before_taxes": plain(limit.before_taxes), "after_taxes": None if after is None else plain(after)}
