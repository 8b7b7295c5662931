"""Tests of the 2.1.1 tariff: fewer fields, prices without tax, numbers that come in quotes."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from api.domain.pricing.tariff import (
    ComponentType,
    PriceComponent,
    Restrictions,
    Tariff,
    TariffElement,
    TaxIncluded,
)
from clients.ocpi.dialect import dialect_for
from clients.ocpi.exact_json import dump
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_1_1.mapping.tariff import read_tariff
from tests.clients.ocpi.v2_1_1.samples import OWNER, a_tariff


def an_old_tariff(**changes: Any) -> dict[str, Any]:
    """Return a tariff as a 2.1.1 partner sends it: a start fee, cheap time at night, and parking by day."""
    return {
        "id": "Quay-7",
        "currency": "EUR",
        "tariff_alt_text": [{"language": "NL", "text": "Kade 7"}],
        "tariff_alt_url": "https://wegpunt.example/quay-7",
        "elements": [
            {"price_components": [{"type": "FLAT", "price": "1.20", "step_size": 0}]},
            {
                "price_components": [{"type": "TIME", "price": "0.90", "step_size": 60}],
                "restrictions": {"start_time": "22:00", "end_time": "24:00", "max_power": "16.5"},
            },
            {
                "price_components": [{"type": "PARKING_TIME", "price": 3, "step_size": "300"}],
                "restrictions": {
                    "start_date": "2025-01-01",
                    "end_date": "2026-01-01",
                    "min_kwh": 1,
                    "max_kwh": 40,
                    "min_power": 2,
                    "min_duration": 600,
                    "max_duration": 7200,
                    "day_of_week": ["TUESDAY", "saturday"],
                },
            },
        ],
        "last_updated": "2025-02-01T00:00:00",
    } | changes


def test_every_field_is_read() -> None:
    """All that 2.1.1 can say about a price arrives, exactly; the tax of it is unknown and the owner not in it."""
    assert read_tariff(an_old_tariff()) == Tariff(
        id="Quay-7",
        currency="EUR",
        elements=(
            TariffElement((PriceComponent(ComponentType.flat, Decimal("1.20"), 0),)),
            TariffElement(
                (PriceComponent(ComponentType.time, Decimal("0.90"), 60),),
                Restrictions(start_time=time(22), end_time=time(0), max_power=Decimal("16.5")),
            ),
            TariffElement(
                (PriceComponent(ComponentType.parking_time, Decimal(3), 300),),
                Restrictions(
                    start_date=date(2025, 1, 1),
                    end_date=date(2026, 1, 1),
                    min_kwh=Decimal(1),
                    max_kwh=Decimal(40),
                    min_power=Decimal(2),
                    min_duration_seconds=600,
                    max_duration_seconds=7200,
                    days_of_week=frozenset({2, 6}),
                ),
            ),
        ),
        tax_included=TaxIncluded.no,
        texts=(("nl", "Kade 7"),),
        url="https://wegpunt.example/quay-7",
        last_updated=datetime(2025, 2, 1, tzinfo=UTC),
    )


def test_the_case_of_an_id_is_kept() -> None:
    """Ids of 2.1.1 are case-sensitive."""
    assert read_tariff(an_old_tariff(id="aB")).id == "aB"


@pytest.mark.parametrize("sent", [None, [], {}, [{}]])
def test_restrictions_that_restrict_nothing_are_none(sent: object) -> None:
    """Absent, empty, and a list where an object should be all mean: always."""
    elements = [{"price_components": [{"type": "TIME", "price": 1}], "restrictions": sent}]
    assert read_tariff(an_old_tariff(elements=elements)).elements[0].restrictions is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": " "}, "id: missing or empty"),
        ({"currency": "euro"}, "currency: not three letters"),
        ({"elements": 1}, "elements: "),
        (
            {"elements": [{"price_components": [{"type": "ICE", "price": 1}]}]},
            "elements[0].price_components[0].type: ",
        ),
        (
            {"elements": [{"price_components": [], "restrictions": {"day_of_week": ["SOMEDAY"]}}]},
            "elements[0].restrictions.day_of_week: not a weekday",
        ),
    ],
)
def test_a_price_we_do_not_understand_is_never_guessed(changes: dict[str, object], reason: str) -> None:
    """Whatever would change the price and cannot be understood makes the tariff unreadable."""
    with pytest.raises(Unreadable) as failure:
        read_tariff(an_old_tariff(**changes))
    assert failure.value.reason.startswith(reason)


def test_the_owner_is_the_one_to_assume_unless_the_tariff_names_one() -> None:
    """2.1.1 has the owner in the URL only; hubs name it inside; without either it has none, as in a file."""
    for sent, owner, read in (
        ({}, OWNER, ("SE", "KAJ")),
        ({"country_code": "NOR", "party_id": "fjd"}, OWNER, ("NO", "FJD")),
        ({}, None, ("", "")),
    ):
        tariff = read_tariff(an_old_tariff(**sent), owner)
        assert (tariff.country_code, tariff.party_id) == read


def test_a_patch_of_a_tariff_is_merged_into_what_we_hold() -> None:
    """What is sent replaces, lists as a whole; null clears; the rest stays to the digit, also fields unknown to us."""
    dialect = dialect_for("2.1.1")
    held = a_tariff(energy_mix={"is_green_energy": True}, tariff_alt_url="https://kaj.example/pris")
    elements = [{"price_components": [{"type": "TIME", "price": Decimal("0.50"), "step_size": 300}]}]
    merged = dialect.merge_tariff(held, {"elements": elements, "tariff_alt_url": None})
    expected = a_tariff(energy_mix={"is_green_energy": True}, elements=elements)
    assert merged == expected
    assert dump(merged) == dump(expected)
    read = dialect.read_tariff(merged, OWNER)
    assert (read.elements[0].components[0].price, read.url, read.party_id) == (Decimal("0.50"), None, "KAJ")


@pytest.mark.parametrize("patch", [{"elements": None}, {"currency": None}, {"id": None}, {"last_updated": None}, [], 1])
def test_a_patch_that_would_leave_no_tariff_is_unreadable(patch: object) -> None:
    """What must be there cannot be cleared, and what is no object changes nothing."""
    with pytest.raises(Unreadable):
        dialect_for("2.1.1").merge_tariff(a_tariff(), patch)
