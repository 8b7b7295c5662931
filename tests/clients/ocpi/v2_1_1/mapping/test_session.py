"""Tests of the 2.1.1 mapping of Session and its PATCH."""

from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from api.domain.ids import PartyId
from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import DimensionType
from api.domain.roaming.session import Price, Session, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.v2_1_1.samples import OWNER, a_connector, a_location, a_session, an_evse

DIALECT = dialect_for("2.1.1")
START = datetime(2025, 4, 5, 8, 20, tzinfo=UTC)
UPDATED = datetime(2025, 4, 5, 8, 50, tzinfo=UTC)


def test_a_session_is_read_whole() -> None:
    """Every field we use arrives in our words; the place comes out of the embedded location, the owner from outside."""
    assert DIALECT.read_session(a_session(), OWNER) == Session(
        country_code="SE",
        party_id="KAJ",
        id="pass-Ab7",
        starts_at=START,
        kwh=Decimal("4.75"),
        cdr_token=CdrToken("U9K2", TokenType.OTHER, "U9K2"),
        location_id="Kaj-4",
        evse_uid="Uttag-21",
        connector_id="A",
        currency="SEK",
        status=SessionStatus.ACTIVE,
        last_updated=UPDATED,
        auth_method="auth_request",
        total_cost=Price(Decimal("18.525")),
        charging_periods=(
            ChargingPeriod(
                START,
                (
                    Dimension(DimensionType.energy, Decimal("4.75")),
                    Dimension(DimensionType.max_current, Decimal("15.5")),
                ),
            ),
        ),
    )


def test_the_owner_a_hub_names_wins() -> None:
    """An owner inside the object is believed before the one to assume; without any there is no session."""
    session = DIALECT.read_session(a_session(country_code="NOR", party_id="fjd"), OWNER)
    assert (session.country_code, session.party_id) == ("NO", "FJD")
    assert DIALECT.read_session(a_session(), PartyId("se", "kaj")).party_id == "KAJ"
    with pytest.raises(Unreadable, match="country_code"):
        DIALECT.read_session(a_session())
    with pytest.raises(Unreadable, match="country_code"):
        DIALECT.read_session(a_session(country_code="SE"))


def test_no_cost_is_not_free() -> None:
    """An absent total is unknown, a zero total is free; the price of later versions is understood."""
    costs: list[tuple[Any, Price | None]] = [
        (None, None),
        (Decimal("0.00"), Price(Decimal(0))),
        ("2.00", Price(Decimal("2.00"))),
        ({"excl_vat": 2, "incl_vat": Decimal("2.5")}, Price(Decimal(2), Decimal("2.5"))),
    ]
    for sent, read in costs:
        assert DIALECT.read_session(a_session(total_cost=sent), OWNER).total_cost == read


@pytest.mark.parametrize(
    ("location", "place"),
    [
        (None, ("#NA", "#NA", "#NA")),
        ({"id": "Kaj-4"}, ("Kaj-4", "#NA", "#NA")),
        (a_location(evses=[]), ("Kaj-4", "#NA", "#NA")),
        (a_location(evses=[an_evse(connectors=None)]), ("Kaj-4", "Uttag-21", "#NA")),
        (
            a_location(evses=[an_evse(connectors=[a_connector(), a_connector(id="B")])]),
            ("Kaj-4", "Uttag-21", "#NA"),
        ),
        (a_location(evses=[an_evse(), an_evse(uid="Uttag-22")]), ("Kaj-4", "#NA", "#NA")),
        ({"evses": [{"uid": 21}]}, ("#NA", "21", "#NA")),
    ],
)
def test_where_a_session_is_not_said_it_is_not_guessed(location: object, place: tuple[str, str, str]) -> None:
    """A location with several EVSEs or connectors does not say which of them was used; the session is read anyway."""
    session = DIALECT.read_session(a_session(location=location), OWNER)
    assert (session.location_id, session.evse_uid, session.connector_id) == place


def test_the_words_of_later_versions_are_understood() -> None:
    """Start and end as later versions spell them are read where this version's own are missing."""
    raw = a_session(start_date_time="2025-04-05T08:00:00Z", end_date_time="2025-04-05T09:00:00Z", status="RESERVED")
    assert DIALECT.read_session(raw, OWNER).starts_at == START
    del raw["start_datetime"]
    session = DIALECT.read_session(raw | {"authorization_reference": "chs_1"}, OWNER)
    assert session.starts_at == datetime(2025, 4, 5, 8, tzinfo=UTC)
    assert session.ended_at == datetime(2025, 4, 5, 9, tzinfo=UTC)
    assert (session.status, session.authorization_reference) == (SessionStatus.RESERVATION, "chs_1")


def test_ids_keep_their_case_and_length() -> None:
    """Ids of 2.1.1 are case-sensitive and may be longer than later ones; they come through as sent."""
    long = "aB" * 19 + "c"
    assert DIALECT.read_session(a_session(id=long), OWNER).id == long


def test_energy_in_wh_is_brought_to_kwh() -> None:
    """Volumes a thousand times the session's kwh are Wh, as in the chapter's own example."""
    periods = [{"start_date_time": "2025-04-05T08:20:00Z", "dimensions": [{"type": "ENERGY", "volume": 4750}]}]
    read = DIALECT.read_session(a_session(charging_periods=periods), OWNER).charging_periods
    assert read[0].dimensions == (Dimension(DimensionType.energy, Decimal("4.75")),)


@pytest.mark.parametrize(
    "changes",
    [
        *({field: None} for field in ("id", "start_datetime", "kwh", "auth_id", "currency", "status", "last_updated")),
        {"auth_id": " "},
        {"status": "DREAMING"},
        {"currency": "kr"},
        {"charging_periods": {}},
        {"total_cost": "free"},
        {"total_cost": {"incl_vat": 1}},
        {"location": "Kaj-4"},
    ],
)
def test_what_makes_a_session_unreadable(changes: dict[str, object]) -> None:
    """Without identity, state, energy, currency or token a session says nothing we could act on."""
    with pytest.raises(Unreadable):
        DIALECT.read_session(a_session(**changes), OWNER)


def test_a_patch_holds_only_what_was_sent() -> None:
    """Changes are by our field names; a time of change need not be among them, and nobody else makes one up."""
    patch = DIALECT.read_session_patch(
        {
            "kwh": Decimal("9.0"),
            "total_cost": Decimal("0.60"),
            "charging_periods": [
                {"start_date_time": "2025-04-05T08:20:00Z", "dimensions": [{"type": "ENERGY", "volume": 2750}]}
            ],
        }
    )
    assert patch.last_updated is None
    assert patch.changes == {
        "kwh": Decimal("9.0"),
        "total_cost": Price(Decimal("0.60")),
        "charging_periods": (ChargingPeriod(START, (Dimension(DimensionType.energy, Decimal("2.75")),)),),
    }
    timed = DIALECT.read_session_patch({"status": "COMPLETED", "last_updated": "2025-04-05T08:50:00Z"})
    assert timed.last_updated == UPDATED
    assert timed.changes == {"status": SessionStatus.COMPLETED, "last_updated": UPDATED}


@pytest.mark.parametrize(
    ("location", "changes"),
    [
        ({"evses": [{"uid": "Uttag-22", "connectors": [{"id": "B"}]}]}, {"evse_uid": "Uttag-22", "connector_id": "B"}),
        ({"evses": [{"uid": "Uttag-22"}]}, {"evse_uid": "Uttag-22"}),
        ({"id": "Kaj-5"}, {"location_id": "Kaj-5"}),
        ({"evses": [an_evse(), an_evse(uid="Uttag-22")]}, {}),
        ({"evses": []}, {}),
    ],
)
def test_a_partial_place_changes_what_it_says(location: object, changes: dict[str, str]) -> None:
    """A location inside a PATCH is partial too: what it does not say stays."""
    assert DIALECT.read_session_patch({"location": location}).changes == changes


def test_an_empty_or_null_list_of_periods_changes_nothing() -> None:
    """In a PATCH periods are only ever added to those we have."""
    assert DIALECT.read_session_patch({"charging_periods": []}).changes == {}
    assert DIALECT.read_session_patch({"charging_periods": None}).changes == {}


def test_a_patch_clears_optional_fields_only() -> None:
    """Null clears the end and the total, under either name; on any other field it is an error."""
    assert DIALECT.read_session_patch({"end_datetime": None, "total_cost": None}).changes == {
        "ended_at": None,
        "total_cost": None,
    }
    assert DIALECT.read_session_patch({"end_date_time": None}).changes == {"ended_at": None}
    for field in ("kwh", "status", "currency", "auth_id", "start_datetime", "location"):
        with pytest.raises(Unreadable, match=f"{field}: may not be null"):
            DIALECT.read_session_patch({field: None})


def test_every_change_of_a_patch_is_a_field_of_the_session() -> None:
    """A patch of everything names exactly the fields of our Session."""
    raw = a_session(
        end_datetime="2025-04-05T10:50:00Z", country_code="SE", party_id="KAJ", authorization_reference="chs_1"
    )
    assert set(DIALECT.read_session_patch(raw).changes) == {field.name for field in fields(Session)}
