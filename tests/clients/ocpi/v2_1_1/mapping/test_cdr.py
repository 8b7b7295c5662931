"""Tests of the 2.1.1 mapping of the CDR."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import DimensionType
from api.domain.roaming.cdr import Cdr, CdrLocation
from api.domain.roaming.session import Price
from api.domain.roaming.token import CdrToken, TokenType
from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.v2_1_1.samples import OWNER, a_cdr, a_location, a_tariff, an_evse

DIALECT = dialect_for("2.1.1")
START = datetime(2025, 4, 5, 8, 20, tzinfo=UTC)
END = datetime(2025, 4, 5, 10, 50, tzinfo=UTC)


def test_a_cdr_is_read_whole() -> None:
    """Every field money depends on arrives, exact; there is no session to name and no tax."""
    assert DIALECT.read_cdr(a_cdr(), OWNER) == Cdr(
        country_code="SE",
        party_id="KAJ",
        id="faktura-Ab7",
        starts_at=START,
        ended_at=END,
        cdr_token=CdrToken("U9K2", TokenType.OTHER, "U9K2"),
        location=CdrLocation(
            id="Kaj-4",
            address="Packhusplatsen 4",
            city="Göteborg",
            country="SWE",
            evse_uid="Uttag-21",
            evse_id="SE*KAJ*E21",
            connector_id="A",
            name="Packhuskajen",
        ),
        currency="SEK",
        charging_periods=(
            ChargingPeriod(
                START,
                (Dimension(DimensionType.energy, Decimal("20.4")), Dimension(DimensionType.time, Decimal(2))),
            ),
            ChargingPeriod(
                datetime(2025, 4, 5, 10, 20, tzinfo=UTC),
                (Dimension(DimensionType.parking_time, Decimal("0.5")), Dimension(DimensionType.flat, Decimal(1))),
            ),
        ),
        total_cost=Price(Decimal("79.56")),
        total_energy_kwh=Decimal("20.4"),
        total_time_hours=Decimal("2.5"),
        last_updated=datetime(2025, 4, 5, 10, 51, tzinfo=UTC),
        total_parking_time_hours=Decimal("0.5"),
        auth_method="auth_request",
        tariffs=(DIALECT.read_tariff(a_tariff(), OWNER),),
    )


def test_numbers_in_quotes_are_numbers() -> None:
    """The chapter's own example has a price in quotes; totals may come so too."""
    cdr = DIALECT.read_cdr(a_cdr(total_cost="79.56", total_energy="20.4", total_time="2.50"), OWNER)
    assert (cdr.total_cost, cdr.total_energy_kwh) == (Price(Decimal("79.56")), Decimal("20.4"))
    assert cdr.tariffs[0].elements[1].components[0].price == Decimal("12.00")


def test_what_later_versions_say_is_believed_where_a_peer_sends_it() -> None:
    """Session, reference, credit and owner are no fields of 2.1.1, and worth knowing when a hub passes them on."""
    cdr = DIALECT.read_cdr(
        a_cdr(
            session_id="pass-Ab7",
            authorization_reference="chs_1",
            credit=True,
            credit_reference_id="faktura-Ab6",
            total_cost=Decimal("-79.56"),
            country_code="NO",
            party_id="FJD",
        ),
        OWNER,
    )
    assert (cdr.session_id, cdr.authorization_reference) == ("pass-Ab7", "chs_1")
    assert (cdr.credit, cdr.credit_reference_id, cdr.total_cost) == (True, "faktura-Ab6", Price(Decimal("-79.56")))
    assert (cdr.country_code, cdr.party_id, cdr.tariffs[0].party_id) == ("NO", "FJD", "FJD")


def test_a_negative_total_is_not_taken_for_a_credit_of_something() -> None:
    """2.1.1 has no credits: what a negative bill takes back nobody said, so it is read as it stands."""
    cdr = DIALECT.read_cdr(a_cdr(total_cost=Decimal("-5.00")), OWNER)
    assert (cdr.total_cost, cdr.credit, cdr.credit_reference_id) == (Price(Decimal("-5.00")), False, None)


@pytest.mark.parametrize("name", ["end_date_time", "end_datetime", "stop_datetime"])
def test_the_end_under_other_names(name: str) -> None:
    """Partners mix up the three words for the end of a charge; a bill is not refused for it."""
    raw = a_cdr(**{name: "2025-04-05T10:40:00Z"})
    assert DIALECT.read_cdr(raw, OWNER).ended_at == END
    del raw["stop_date_time"]
    assert DIALECT.read_cdr(raw, OWNER).ended_at == datetime(2025, 4, 5, 10, 40, tzinfo=UTC)


def test_what_the_partner_cannot_know() -> None:
    """A bill without place, or with a place of several EVSEs, is read with the mark for unknown."""
    for location in (None, {}, a_location(id=None, evses=[an_evse(), an_evse(uid="b")])):
        place = DIALECT.read_cdr(a_cdr(location=location, charging_periods=None), OWNER).location
        assert (place.id, place.evse_uid, place.evse_id, place.connector_id) == ("#NA",) * 4


def test_a_strange_tariff_never_loses_a_bill() -> None:
    """Tariffs that cannot be read are left out; the others get the bill's owner."""
    read = DIALECT.read_cdr(a_cdr(tariffs=[a_tariff(currency=None), a_tariff(), "x"]), OWNER).tariffs
    assert [(tariff.id, tariff.country_code, tariff.party_id) for tariff in read] == [("Kaj-dag", "SE", "KAJ")]


@pytest.mark.parametrize(
    "field",
    [
        *("id", "start_date_time", "stop_date_time", "auth_id", "currency", "total_cost", "total_energy"),
        *("total_time", "last_updated"),
    ],
)
def test_what_a_bill_may_not_lack(field: str) -> None:
    """A required field that is absent or null makes the bill unreadable, and the reason names it."""
    without = a_cdr()
    del without[field]
    for raw in (without, a_cdr(**{field: None})):
        with pytest.raises(Unreadable, match=field):
            DIALECT.read_cdr(raw, OWNER)
    with pytest.raises(Unreadable, match="country_code"):
        DIALECT.read_cdr(a_cdr())
