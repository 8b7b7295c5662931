"""Tests of the 2.2.1 mapping of the CDR."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from api.domain.ids import PartyId
from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import DimensionType
from api.domain.roaming.cdr import Cdr, CdrLocation
from api.domain.roaming.session import Price
from api.domain.roaming.token import CdrToken, TokenType
from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.samples import a_cdr, a_tariff

DIALECT = dialect_for("2.2.1")
START = datetime(2025, 3, 3, 17, 5, tzinfo=UTC)


def test_a_cdr_is_read_whole() -> None:
    """Every field money depends on arrives, exact."""
    assert DIALECT.read_cdr(a_cdr()) == Cdr(
        country_code="NL",
        party_id="WPX",
        id="cdr-88",
        starts_at=START,
        ended_at=datetime(2025, 3, 3, 19, 5, tzinfo=UTC),
        cdr_token=CdrToken("u4c1", TokenType.APP_USER, "NL-CHH-C00000001-X"),
        location=CdrLocation(
            id="garage-1",
            address="Westerkade 30",
            city="Utrecht",
            country="NLD",
            evse_uid="evse-7",
            evse_id="NL*WPX*E0007",
            connector_id="2",
            name="Garage Vaartsche Rijn",
        ),
        currency="EUR",
        charging_periods=(
            ChargingPeriod(
                START,
                (Dimension(DimensionType.energy, Decimal("14.5")), Dimension(DimensionType.time, Decimal(2))),
                "day",
            ),
        ),
        total_cost=Price(Decimal("5.945"), Decimal("7.19345")),
        total_energy_kwh=Decimal("14.5"),
        total_time_hours=Decimal("2.0"),
        last_updated=datetime(2025, 3, 3, 19, 6, tzinfo=UTC),
        session_id="s-88",
        auth_method="command",
        authorization_reference="chs_1",
        tariffs=(DIALECT.read_tariff(a_tariff()),),
    )


def test_a_credit_cdr_says_what_it_cancels() -> None:
    """Only its cost is negative."""
    cdr = DIALECT.read_cdr(
        a_cdr(credit=True, credit_reference_id="cdr-88", total_cost={"excl_vat": Decimal("-5.945")}, remark="double")
    )
    assert (cdr.credit, cdr.credit_reference_id, cdr.remark) == (True, "cdr-88", "double")
    assert (cdr.total_cost, cdr.total_energy_kwh) == (Price(Decimal("-5.945")), Decimal("14.5"))


def test_a_bill_without_an_owner_takes_the_one_given() -> None:
    """And so do its tariffs."""
    bare = a_cdr(country_code=None, party_id=None, tariffs=[a_tariff(country_code=None, party_id=None)])
    cdr = DIALECT.read_cdr(bare, PartyId("BE", "OWN"))
    assert (cdr.country_code, cdr.party_id, cdr.tariffs[0].country_code, cdr.tariffs[0].party_id) == (
        *("BE", "OWN"),
        *("BE", "OWN"),
    )


def test_what_the_partner_cannot_know() -> None:
    """A bill without EVSE, as for an unused reservation, is read with the mark for unknown."""
    cdr = DIALECT.read_cdr(a_cdr(cdr_location={"id": "garage-1", "evse_uid": "#NA"}, charging_periods=None))
    assert (cdr.location.evse_uid, cdr.location.connector_id, cdr.charging_periods) == ("#NA", "#NA", ())


def test_a_strange_tariff_never_loses_a_bill() -> None:
    """Tariffs that cannot be read are left out; those without an owner get the bill's."""
    tariffs = [a_tariff(id="odd", currency=None), a_tariff(country_code=None, party_id=None), "x"]
    read = DIALECT.read_cdr(a_cdr(tariffs=tariffs)).tariffs
    assert [(tariff.id, tariff.country_code, tariff.party_id) for tariff in read] == [("day", "NL", "WPX")]


def test_energy_in_wh_is_brought_to_kwh() -> None:
    """A volume a thousand times the total energy is Wh."""
    periods = [{"start_date_time": "2025-03-03T17:05:00Z", "dimensions": [{"type": "ENERGY", "volume": 14500}]}]
    read = DIALECT.read_cdr(a_cdr(charging_periods=periods)).charging_periods
    assert read[0].dimensions == (Dimension(DimensionType.energy, Decimal("14.5")),)


@pytest.mark.parametrize(
    "field",
    [
        *(
            "country_code",
            "party_id",
            "id",
            "start_date_time",
            "end_date_time",
            "cdr_token",
            "cdr_location",
            "currency",
        ),
        *("total_cost", "total_energy", "total_time", "last_updated"),
    ],
)
def test_what_a_bill_may_not_lack(field: str) -> None:
    """A required field that is absent or null makes the bill unreadable, and the reason names it."""
    without = a_cdr()
    del without[field]
    for raw in (without, a_cdr(**{field: None})):
        with pytest.raises(Unreadable, match=field):
            DIALECT.read_cdr(raw)
