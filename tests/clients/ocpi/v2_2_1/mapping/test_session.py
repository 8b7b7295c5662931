"""Tests of the 2.2.1 mapping of Session and its PATCH."""

from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from api.domain.ids import PartyId
from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import DimensionType
from api.domain.roaming.session import Price, Session, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.samples import a_session

DIALECT = dialect_for("2.2.1")
OPTIONAL = ("end_date_time", "total_cost", "authorization_reference")
START = datetime(2025, 3, 3, 17, 5, tzinfo=UTC)
UPDATED = datetime(2025, 3, 3, 17, 40, tzinfo=UTC)


def test_a_session_is_read_whole() -> None:
    """Every field we use arrives in our words."""
    assert DIALECT.read_session(a_session()) == Session(
        country_code="NL",
        party_id="WPX",
        id="s-88",
        starts_at=START,
        kwh=Decimal("6.25"),
        cdr_token=CdrToken("u4c1", TokenType.APP_USER, "NL-CHH-C00000001-X"),
        location_id="garage-1",
        evse_uid="evse-7",
        connector_id="2",
        currency="EUR",
        status=SessionStatus.ACTIVE,
        last_updated=UPDATED,
        auth_method="command",
        authorization_reference="chs_1",
        total_cost=Price(Decimal("2.5625")),
        charging_periods=(
            ChargingPeriod(
                START,
                (Dimension(DimensionType.energy, Decimal("6.25")), Dimension(DimensionType.max_power, Decimal(11))),
                "day",
            ),
        ),
    )


def test_no_cost_is_not_free() -> None:
    """An absent total is unknown, a zero total is free."""
    assert DIALECT.read_session(a_session(total_cost=None)).total_cost is None
    free = DIALECT.read_session(a_session(total_cost={"excl_vat": Decimal("0.00")})).total_cost
    assert free == Price(Decimal(0), None)


def test_an_amount_in_the_spelling_of_2_3_0_is_understood() -> None:
    """A partner that speaks both versions sends the one price in the other version too."""
    cost = {"before_taxes": Decimal("2.50"), "taxes": [{"name": "BTW", "amount": Decimal("0.525")}]}
    assert DIALECT.read_session(a_session(total_cost=cost)).total_cost == Price(Decimal("2.50"), Decimal("3.025"))


def test_a_session_without_an_owner_takes_the_one_given() -> None:
    """The address it was sent to, or the peer it was pulled from, says whose it is; without either it is nobody's."""
    bare = a_session(country_code=None, party_id="")
    read = DIALECT.read_session(bare, PartyId("be", "own"))
    assert (read.country_code, read.party_id) == ("BE", "OWN")
    named = DIALECT.read_session(a_session(country_code="nl", party_id=" wpx "), PartyId("BE", "OWN"))
    assert (named.country_code, named.party_id) == ("NL", "WPX")
    with pytest.raises(Unreadable, match="country_code"):
        DIALECT.read_session(bare)


def test_the_moment_that_nobody_knows_is_read() -> None:
    """The specification's own unpadded sentinel is a moment; nothing is too long to be read."""
    read = DIALECT.read_session(a_session(last_updated="1970-1-1T00:00:00Z", id="s" * 300, location_id=4711))
    assert (read.last_updated, read.id, read.location_id) == (datetime(1970, 1, 1, tzinfo=UTC), "s" * 300, "4711")


def test_unknown_places_do_not_lose_a_session() -> None:
    """A session that costs money is read even when it does not say where it is."""
    session = DIALECT.read_session(a_session(evse_uid=None, connector_id="", location_id=None))
    assert (session.location_id, session.evse_uid, session.connector_id) == ("#NA", "#NA", "#NA")


def test_unknown_kinds_are_tolerated() -> None:
    """A strange token type is other, a strange dimension is left out."""
    session = DIALECT.read_session(
        a_session(
            cdr_token={"uid": 4711, "type": "IMPLANT"},
            charging_periods=[
                {"start_date_time": "2025-03-03T17:05:00", "dimensions": [{"type": "JOY", "volume": 1}]},
                {"start_date_time": "2025-03-03T17:06:00", "dimensions": None},
            ],
        )
    )
    assert session.cdr_token == CdrToken("4711", TokenType.OTHER, "")
    assert [period.dimensions for period in session.charging_periods] == [(), ()]


def test_the_two_words_for_a_reservation() -> None:
    """The specification's text says RESERVED where its list says RESERVATION; both are understood."""
    for word in ("RESERVATION", "RESERVED", "reservation"):
        assert DIALECT.read_session(a_session(status=word)).status is SessionStatus.RESERVATION


def test_energy_in_wh_is_brought_to_kwh() -> None:
    """Volumes a thousand times the session's kwh are Wh; other dimensions stay as they are."""
    periods = [
        {"start_date_time": "2025-03-03T17:05:00Z", "dimensions": [{"type": "ENERGY", "volume": 250}]},
        {
            "start_date_time": "2025-03-03T17:15:00Z",
            "dimensions": [{"type": "ENERGY", "volume": 6000}, {"type": "MAX_CURRENT", "volume": 30}],
        },
    ]
    read = DIALECT.read_session(a_session(charging_periods=periods)).charging_periods
    assert [d.volume for period in read for d in period.dimensions] == [Decimal("0.25"), Decimal(6), Decimal(30)]


@pytest.mark.parametrize(
    "changes",
    [
        *({field: None} for field in ("id", "party_id", "kwh", "currency", "status", "last_updated", "cdr_token")),
        {"status": "DREAMING"},
        {"currency": "€"},
        {"cdr_token": {"uid": " "}},
        {"charging_periods": {}},
        {"total_cost": 4},
    ],
)
def test_what_makes_a_session_unreadable(changes: dict[str, object]) -> None:
    """Without identity, state, energy, currency or token a session says nothing we could act on."""
    with pytest.raises(Unreadable):
        DIALECT.read_session(a_session(**changes))


def test_a_patch_holds_only_what_was_sent() -> None:
    """Changes are by our field names; periods are those to add."""
    patch = DIALECT.read_session_patch(
        {
            "kwh": Decimal("9.0"),
            "charging_periods": [
                {"start_date_time": "2025-03-03T17:05:00Z", "dimensions": [{"type": "ENERGY", "volume": 2750}]}
            ],
            "total_cost": {"excl_vat": 3, "incl_vat": Decimal("3.63")},
            "last_updated": "2025-03-03T17:40:00Z",
        }
    )
    assert patch.last_updated == UPDATED
    assert patch.changes == {
        "kwh": Decimal("9.0"),
        "charging_periods": (ChargingPeriod(START, (Dimension(DimensionType.energy, Decimal("2.75")),)),),
        "total_cost": Price(Decimal(3), Decimal("3.63")),
        "last_updated": UPDATED,
    }


def test_an_empty_or_null_list_of_periods_changes_nothing() -> None:
    """In a PATCH periods are only ever added (2.2.1 chapter 9.2.2.3)."""
    assert DIALECT.read_session_patch({"charging_periods": []}).changes == {}
    assert DIALECT.read_session_patch({"charging_periods": None}).changes == {}


def test_a_patch_clears_optional_fields_only() -> None:
    """Null clears the end, the total and the reference; on any other field it is an error."""
    cleared = DIALECT.read_session_patch(dict.fromkeys(OPTIONAL))
    assert cleared.changes == {"ended_at": None, "total_cost": None, "authorization_reference": None}
    required = set(a_session(end_date_time=None)) - {"charging_periods"} - set(OPTIONAL)
    assert len(required) == 13
    for field in required:
        with pytest.raises(Unreadable, match=f"{field}: may not be null"):
            DIALECT.read_session_patch({field: None})


def test_a_nested_object_of_a_patch_replaces_the_one_there_was() -> None:
    """A total that comes without tax has no known tax, whatever was known before; a token is whole or unreadable."""
    changes = DIALECT.read_session_patch({"total_cost": {"excl_vat": 3}, "cdr_token": {"uid": "x"}}).changes
    assert changes == {"total_cost": Price(Decimal(3), None), "cdr_token": CdrToken("x", TokenType.OTHER, "")}
    with pytest.raises(Unreadable, match="cdr_token"):
        DIALECT.read_session_patch({"cdr_token": {"contract_id": "c"}})


def test_a_patch_without_a_time_says_so() -> None:
    """The receiver decides what to do about a missing last_updated."""
    assert DIALECT.read_session_patch({"status": "COMPLETED"}).last_updated is None


def test_every_change_of_a_patch_is_a_field_of_the_session() -> None:
    """A patch of everything names exactly the fields of our Session."""
    changes = DIALECT.read_session_patch(a_session(end_date_time="2025-03-03T19:00:00Z")).changes
    assert set(changes) == {field.name for field in fields(Session)}
