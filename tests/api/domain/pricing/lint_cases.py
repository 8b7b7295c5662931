"""Tariffs for ``test_lint``: for each finding one that has it, and one that hardly differs and has not."""

from dataclasses import replace
from datetime import time

from api.domain.pricing.tariff import PriceLimit, Tariff, TaxIncluded
from tests.api.domain.pricing.lint_coverage_cases import (
    CONTRADICTIONS,
    DAY,
    EXPIRED,
    GAPS,
    PLAIN,
    RESERVED,
    SHADOWS,
    YEAR,
    Case,
    D,
    R,
    two,
)
from tests.api.domain.pricing.make import charging, element, energy, flat, parking, tariff


def limits(least: tuple[str, str | None], most: tuple[str, str | None]) -> Tariff:
    """Return a tariff with both price limits, each before and after tax."""
    low, high = (PriceLimit(D(before), None if after is None else D(after)) for before, after in (least, most))
    return tariff(element(energy("0.3")), least=low, most=high)


FIELDS: list[Case] = [
    ("negative_price error", "", 0, tariff(element(energy("-0.1"))), PLAIN),
    ("absurd_price warning", "cents", 0, tariff(element(energy("49"))), PLAIN),
    (
        "absurd_price warning",
        "in euro only",
        0,
        tariff(element(energy("49"))),
        tariff(element(energy("49")), currency="ISK"),
    ),
    ("step_size_zero hint", "", 0, tariff(element(energy("0.3", step=0))), tariff(element(energy("0", step=0)))),
    ("step_size_zero warning", "negative", 0, tariff(element(energy("0.3", step=-1))), PLAIN),
    (
        "step_size_large warning",
        "energy",
        0,
        tariff(element(energy("0.3", step=1001))),
        tariff(element(energy("0.3", step=1000))),
    ),
    (
        "step_size_large warning",
        "time",
        0,
        tariff(element(charging("3", step=3601))),
        tariff(element(charging("3", step=3600))),
    ),
    ("element_empty warning", "", 1, tariff(element(energy("1")), element()), PLAIN),
    (
        "unknown_restriction warning",
        "",
        0,
        tariff(element(energy("1"), when=R(unknown=frozenset({"min_soc"}))), element(energy("2"))),
        PLAIN,
    ),
    (
        "duplicate_component error",
        "",
        0,
        tariff(element(energy("1"), energy("2"))),
        tariff(element(energy("1"), flat("2"))),
    ),
    ("duplicate_component warning", "twice the same", 0, tariff(element(energy("1"), energy("1"))), PLAIN),
    (
        "short_end_time hint",
        "a second",
        0,
        two(R(end_time=time(19, 59, 59)), None, *"123"),
        two(R(end_time=time(20)), None, *"123"),
    ),
    (
        "short_end_time hint",
        "a minute, unless another begins there",
        0,
        two(R(end_time=time(19, 59)), None, *"123"),
        two(R(end_time=time(19, 59)), R(start_time=time(19, 59)), *"123"),
    ),
]
TAXES: list[Case] = [
    (
        "tax_partly_unknown warning",
        "",
        0,
        tariff(element(energy("0.3", vat=None), flat("1"))),
        tariff(element(energy("0", vat=None), flat("1"))),
    ),
    (
        "vat_not_applicable warning",
        "",
        0,
        tariff(element(energy("0.3")), tax=TaxIncluded.not_applicable),
        tariff(element(energy("0.3", vat=None)), tax=TaxIncluded.not_applicable),
    ),
    (
        "vat_differs warning",
        "",
        1,
        tariff(element(energy("0.3", vat="19"), when=DAY), element(energy("0.4", vat="7"))),
        tariff(element(energy("0.3", vat="19"), when=DAY), element(energy("0.4", vat="19"), flat("1", vat="7"))),
    ),
    ("vat_implausible warning", "a share of one", 0, tariff(element(energy("0.3", vat="0.19"))), PLAIN),
    (
        "vat_implausible warning",
        "0 is a rate",
        0,
        tariff(element(energy("0.3", vat="119"))),
        tariff(element(energy("1", vat="0"))),
    ),
]
RESERVATIONS: list[Case] = [
    (
        "reservation_component error",
        "",
        0,
        tariff(element(energy("1"), when=RESERVED), element(energy("1"))),
        tariff(element(charging("1"), flat("1"), when=RESERVED), element(energy("1"))),
    ),
    (
        "reservation_expires_alone hint",
        "",
        0,
        tariff(element(flat("4"), when=EXPIRED)),
        tariff(element(flat("4"), when=EXPIRED), element(flat("0"), when=RESERVED)),
    ),
    (
        "expiry_cheaper warning",
        "",
        0,
        tariff(element(charging("2"), when=EXPIRED), element(charging("3"), when=RESERVED)),
        tariff(element(charging("2"), flat("4"), when=EXPIRED), element(charging("3"), when=RESERVED)),
    ),
    (
        "needs_energy_flow warning",
        "parked",
        0,
        tariff(element(parking("2"), when=R(min_power=D(5))), element(parking("1"))),
        tariff(element(parking("2"), when=R(max_power=D(5))), element(parking("1"))),
    ),
    (
        "needs_energy_flow warning",
        "reserved",
        0,
        tariff(element(charging("2"), when=replace(RESERVED, min_kwh=D(5)))),
        tariff(element(charging("2"), when=RESERVED)),
    ),
]
WHOLE: list[Case] = [
    ("no_elements error", "", None, tariff(), PLAIN),
    ("no_elements warning", "words only", None, replace(tariff(), url="https://example.com/p"), PLAIN),
    (
        "text_beside_elements hint",
        "",
        None,
        replace(PLAIN, texts=(("en", "0.3 a kWh"),)),
        replace(PLAIN, url="https://a.b"),
    ),
    ("validity_empty error", "", None, replace(PLAIN, starts_at=YEAR, ends_at=YEAR), replace(PLAIN, starts_at=YEAR)),
    ("currency_invalid error", "", None, replace(PLAIN, currency="eur"), PLAIN),
    ("parking_free hint", "", 0, tariff(element(charging("2"))), tariff(element(charging("2"), parking("0")))),
    (
        "parking_free hint",
        "reserved time is no charging",
        0,
        tariff(element(charging("2"))),
        tariff(element(charging("2"), when=RESERVED)),
    ),
    (
        "min_above_max_price error",
        "before tax",
        None,
        limits(("5", None), ("4", None)),
        limits(("5", None), ("5", None)),
    ),
    ("min_above_max_price error", "after tax", None, limits(("5", "8"), ("6", "7")), limits(("5", "7"), ("6", "7"))),
    ("limit_inconsistent error", "", None, limits(("1", None), ("5", "4")), limits(("1", None), ("5", "5"))),
    ("negative_limit error", "", None, limits(("-1", None), ("5", None)), limits(("0", None), ("5", None))),
]
CASES = [*SHADOWS, *GAPS, *CONTRADICTIONS, *FIELDS, *TAXES, *RESERVATIONS, *WHOLE]
