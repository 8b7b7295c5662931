"""``chargehand price --json``: the shape programs read, and how files are read on the way to it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.api.cli.running import Json, a_stay, codes, priced
from tests.clients.ocpi.samples import a_cdr, a_session, a_tariff

PLAIN: Json = {
    "id": "min",
    "currency": "EUR",
    "elements": [{"price_components": [{"type": "TIME", "price": "0.60", "step_size": 1}]}],
}


LIMIT = {
    "tariff_id": "day",
    "element": None,
    "component": "flat",
    "quantity": "1",
    "unit": "session",
    "billed_quantity": "1",
    "step_size": 0,
    "flags": ["max_price"],
}
LINES: list[Json] = [
    {
        "tariff_id": "day",
        "element": 0,
        "component": "energy",
        "quantity": "10",
        "unit": "kWh",
        "billed_quantity": "10",
        "unit_price": "0.41",
        "step_size": 1,
        "amount": "4.1",
        "vat_percent": "21",
        "tax": "0.861",
        "flags": [],
    },
    {
        "tariff_id": "day",
        "element": 1,
        "component": "parking_time",
        "quantity": "1",
        "unit": "h",
        "billed_quantity": "1",
        "unit_price": "3.6",
        "step_size": 60,
        "amount": "3.6",
        "vat_percent": None,
        "tax": None,
        "flags": [],
    },
    LIMIT
    | {
        "unit_price": "-1.437662337662337662337662338",
        "amount": "-1.437662337662337662337662338",
        "vat_percent": "21",
        "tax": "-0.301909090909090909090909091",
    },
    LIMIT
    | {
        "unit_price": "-1.262337662337662337662337662",
        "amount": "-1.262337662337662337662337662",
        "vat_percent": None,
        "tax": None,
    },
]


def test_the_whole_document(tmp_path: Path) -> None:
    """Exactly these fields, numbers as strings in plain notation, null where the tax is not known."""
    tariff = a_tariff(max_price={"excl_vat": Decimal("5.00"), "incl_vat": 6}, tariff_alt_text=None)
    assert priced(tmp_path, tariff, a_stay()) == {
        "currency": "EUR",
        "total": {"excl_vat": "5", "incl_vat": None},
        "lines": LINES,
        "notes": [
            {"code": "version_detected", "version": "2.2.1"},
            {"code": "not_priced", "dimension": "time", "reason": "no_component", "quantity": "1", "unit": "h"},
            {"code": "max_price", "tariff_id": "day", "before": "7.7", "after": "5"},
            {"code": "limit_tax_in_proportion", "tariff_id": "day"},
            {"code": "tax_unknown", "elements": [-1, 1]},
        ],
    }


def test_numbers_are_exact_and_without_exponent(tmp_path: Path) -> None:
    """A price that no binary fraction holds, times a small and a large amount, comes out digit by digit."""
    component = {"type": "ENERGY", "price": Decimal("0.1234567890123"), "step_size": 0}
    period = {"start_date_time": "2025-03-03T09:00:00Z", "dimensions": [{"type": "ENERGY", "volume": Decimal("1E-7")}]}
    tariff = PLAIN | {"elements": [{"price_components": [component]}]}
    line = priced(tmp_path, tariff, a_stay(charging_periods=[period]))["lines"][0]
    assert (line["quantity"], line["amount"]) == ("0.0000001", "0.00000001234567890123")
    period["dimensions"] = [{"type": "ENERGY", "volume": Decimal("1E+12")}]
    line = priced(tmp_path, tariff, a_stay(charging_periods=[period]))["lines"][0]
    assert (line["quantity"], line["amount"]) == ("1000000000000", "123456789012.3")


def test_a_net_amount_that_hides_tax_is_null(tmp_path: Path) -> None:
    """Prices with an unknown tax inside say what is to be paid, and nothing about net or tax."""
    document = priced(tmp_path, PLAIN | {"tax_included": "YES"}, a_stay())
    assert document["total"] == {"excl_vat": None, "incl_vat": "0.6"}
    assert [(line["amount"], line["tax"]) for line in document["lines"]] == [(None, None)]


def test_tax_that_does_not_apply_is_known(tmp_path: Path) -> None:
    """N/A is no tax, which is not the same as one that nobody stated."""
    assert priced(tmp_path, PLAIN | {"tax_included": "N/A"}, a_stay())["total"] == {
        "excl_vat": "0.6",
        "incl_vat": "0.6",
    }
    assert priced(tmp_path, PLAIN, a_stay())["total"] == {"excl_vat": "0.6", "incl_vat": None}


def test_envelopes_lists_of_one_and_bare_objects_are_the_same(tmp_path: Path) -> None:
    """Files saved from an answer price as the objects in them do."""
    envelope = {"status_code": 1000, "timestamp": "2025-03-04T00:00:00Z"}
    bare = priced(tmp_path, a_tariff(), a_stay())
    assert priced(tmp_path, envelope | {"data": a_tariff()}, envelope | {"data": [a_stay()]}) == bare
    assert priced(tmp_path, envelope | {"data": [a_tariff()]}, [a_stay()]) == bare
    assert priced(tmp_path, [a_tariff(), a_tariff()], a_stay()) == bare


def test_a_cdr_and_a_session_are_priced_like_their_periods(tmp_path: Path) -> None:
    """Only times, periods and currency count; an open session is priced until it was last updated, and says so."""
    assert priced(tmp_path, a_tariff(), a_cdr())["lines"][0]["amount"] == "5.945"
    document = priced(tmp_path, a_tariff(), a_session())
    assert document["lines"][0]["amount"] == "2.5625"
    assert {"code": "session_open", "ended_at": "2025-03-03T17:40:00+00:00"} in document["notes"]


def test_each_period_is_priced_by_the_tariff_it_names(tmp_path: Path) -> None:
    """Several tariffs in one session: ids are compared without case, the lines say whose they are."""
    first, second = a_stay()["charging_periods"]
    stay = a_stay(charging_periods=[first | {"tariff_id": "MIN"}, second | {"tariff_id": "day"}])
    lines = priced(tmp_path, [a_tariff(), PLAIN], stay)["lines"]
    assert [(line["tariff_id"], line["component"]) for line in lines] == [("min", "time"), ("day", "parking_time")]


def test_the_first_tariff_serves_periods_that_name_none(tmp_path: Path) -> None:
    """When no period names a tariff, the list's order decides among those that are valid, and that is told."""
    document = priced(tmp_path, [PLAIN, a_tariff()], a_stay())
    assert {line["tariff_id"] for line in document["lines"]} == {"min"}
    assert {"code": "tariff_chosen", "tariff_id": "min"} in document["notes"]
    assert {line["tariff_id"] for line in priced(tmp_path, [a_tariff(), PLAIN], a_stay())["lines"]} == {"day"}
    old = PLAIN | {"end_date_time": "2025-01-01T00:00:00Z"}
    assert {line["tariff_id"] for line in priced(tmp_path, [old, a_tariff()], a_stay())["lines"]} == {"day"}


def test_a_tariff_of_another_time_is_told(tmp_path: Path) -> None:
    """The only tariff given is used whenever it counted, and the reader is told that it did not."""
    old = PLAIN | {"end_date_time": "2025-01-01T00:00:00Z"}
    assert {"code": "tariff_not_valid", "tariff_id": "min"} in priced(tmp_path, old, a_stay())["notes"]


def test_energy_that_its_session_contradicts_is_told(tmp_path: Path) -> None:
    """The periods are priced; that the session counts something else is not passed over."""
    notes = priced(tmp_path, PLAIN, a_stay(kwh=Decimal("3.5")))["notes"]
    assert {"code": "energy_differs", "periods": "10", "session": "3.5"} in notes


def test_a_restriction_that_ocpi_does_not_know_cannot_be_judged(tmp_path: Path) -> None:
    """A misspelled or invented restriction does not make its element apply always; the line behind it is flagged."""
    elements: list[dict[str, Any]] = [
        {"price_components": [{"type": "ENERGY", "price": 1, "step_size": 1}], "restrictions": {"max_kWh": 2}},
        {"price_components": [{"type": "ENERGY", "price": 5, "step_size": 1}]},
    ]
    document = priced(tmp_path, PLAIN | {"elements": elements}, a_stay())
    assert (document["total"]["excl_vat"], document["lines"][0]["flags"]) == ("50", ["restriction_not_evaluable"])
    elements[0]["restrictions"] = {"max_kWh": None, "max_kwh": 20}
    assert priced(tmp_path, PLAIN | {"elements": elements}, a_stay())["total"]["excl_vat"] == "10"


def test_a_restriction_of_a_later_version_is_not_known_to_an_earlier_one(tmp_path: Path) -> None:
    """Reservations and currents came with 2.2: read as 2.1.1 they are not ignored."""
    elements = [
        {
            "price_components": [{"type": "TIME", "price": 2, "step_size": 1}],
            "restrictions": {"reservation": "RESERVATION"},
        }
    ]
    document = priced(tmp_path, PLAIN | {"elements": elements}, a_stay(), "--version", "2.1.1")
    assert (document["lines"], "restriction_not_evaluable" in codes(document)) == ([], True)


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_a_version_that_was_given_is_not_detected(tmp_path: Path, version: str) -> None:
    """What all versions spell alike costs the same in each, and no note says that a version was guessed."""
    document = priced(tmp_path, PLAIN, a_stay(), "--version", version)
    told = [code for code in codes(document) if code != "tax_included_missing"]
    assert (document["total"]["excl_vat"], told[:1]) == ("0.6", ["not_priced"])
    assert ("tax_included_missing" in codes(document)) is (version == "2.3.0")


def test_a_2_1_1_session_is_seen_and_priced(tmp_path: Path) -> None:
    """Old spellings, numbers in quotes, and a tax that this version cannot state."""
    periods = a_stay()["charging_periods"]
    stay = {
        "start_datetime": "2025-03-03T09:00:00",
        "end_datetime": "2025-03-03T11:00:00",
        "currency": "EUR",
        "charging_periods": periods,
    }
    document = priced(tmp_path, PLAIN, stay)
    assert document["notes"][0] == {"code": "version_detected", "version": "2.1.1"}
    assert document["total"] == {"excl_vat": "0.6", "incl_vat": None}


def test_energy_in_wh_is_told(tmp_path: Path) -> None:
    """Energy that was brought to kWh is priced as kWh, and a note says so."""
    period = {"start_date_time": "2025-03-03T09:00:00Z", "dimensions": [{"type": "ENERGY", "volume": 10000}]}
    document = priced(tmp_path, a_tariff(tariff_alt_text=None), a_stay(charging_periods=[period], total_energy=10))
    assert (document["lines"][0]["quantity"], codes(document)) == ("10", ["version_detected", "energy_in_wh"])


def test_clock_rules_are_on_the_charger_s_clock(tmp_path: Path) -> None:
    """Parked from 10 to 11 UTC: paid in Amsterdam, where that is by day, and not in Auckland, where it is night."""
    assert len(priced(tmp_path, a_tariff(), a_stay())["lines"]) == 2
    assert len(priced(tmp_path, a_tariff(), a_stay(), zone="Pacific/Auckland")["lines"]) == 1


@pytest.mark.parametrize("reading", ["not_charging", "not_requesting_power"])
def test_both_readings_of_parking_are_options(tmp_path: Path, reading: str) -> None:
    """Either reading of PARKING_TIME may be asked for."""
    assert priced(tmp_path, a_tariff(), a_stay(), "--parking-reading", reading)["lines"]
