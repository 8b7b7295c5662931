"""Tests of the 2.1.1 mapping of tokens and real-time authorization."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.domain.roaming.token import (
    Allowed,
    AuthorizationInfo,
    DriverToken,
    LocationReferences,
    TokenType,
    Whitelist,
)
from clients.ocpi.dialect import Unreadable, dialect_for
from clients.ocpi.fields import Unwritable
from tests.clients.ocpi.v2_1_1.samples import OWNER, a_cdr, a_session
from tests.clients.ocpi.v2_1_1.schemas import assert_as_specified

DIALECT = dialect_for("2.1.1")
TOKEN = DriverToken(
    country_code="NL",
    party_id="CHH",
    uid="U9K2",
    type=TokenType.APP_USER,
    contract_id="NL-CHH-C00000001-X",
    issuer="Chargehand",
    valid=True,
    whitelist=Whitelist.NEVER,
    last_updated=datetime(2025, 4, 5, 8, 20, 0, 999, tzinfo=UTC),
    group_id="g1",
)
WRITTEN = {
    "uid": "U9K2",
    "type": "OTHER",
    "auth_id": "U9K2",
    "issuer": "Chargehand",
    "valid": True,
    "whitelist": "NEVER",
    "last_updated": "2025-04-05T08:20:00Z",
}


def test_a_token_is_written() -> None:
    """Required fields in this version's spelling, nothing that is not set and nothing of later versions."""
    assert DIALECT.write_token(TOKEN) == WRITTEN


@pytest.mark.parametrize("kind", [TokenType.APP_USER, TokenType.AD_HOC_USER])
def test_what_comes_back_finds_the_charge(kind: TokenType) -> None:
    """The ``auth_id`` is fresh for every start: sent back in a session or a bill it is the uid of the token."""
    sent = DIALECT.write_token(replace(TOKEN, type=kind))["auth_id"]
    assert DIALECT.read_session(a_session(auth_id=sent), OWNER).cdr_token.uid == TOKEN.uid
    assert DIALECT.read_cdr(a_cdr(auth_id=sent), OWNER).cdr_token.uid == TOKEN.uid


def test_a_card_is_known_by_its_contract() -> None:
    """What comes back of a card is the contract, so that is what its ``auth_id`` is."""
    written = DIALECT.write_token(
        replace(TOKEN, type=TokenType.RFID, uid="04A1B2C3", visual_number="77", language="SV")
    )
    assert (written["type"], written["uid"], written["auth_id"]) == ("RFID", "04A1B2C3", "NL-CHH-C00000001-X")
    assert (written["visual_number"], written["language"]) == ("77", "sv")


def test_every_kind_of_token_is_as_specified() -> None:
    """Whatever our token holds, the schema accepts what we write."""
    full = replace(TOKEN, visual_number="NL-CHH-1", language="NL")
    for kind in TokenType:
        for whitelist in Whitelist:
            assert_as_specified(DIALECT.write_token(replace(full, type=kind, whitelist=whitelist)), "tokens", *WRITTEN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"uid": "x" * 37},
        {"uid": ""},
        {"uid": "naïve"},
        {"type": TokenType.RFID, "contract_id": "x" * 37},
        {"issuer": "x" * 65},
        {"language": "swedish"},
    ],
)
def test_a_token_that_breaks_the_specification_is_not_written(wrong: dict[str, object]) -> None:
    """Our own mistakes are found before a partner finds them."""
    with pytest.raises(Unwritable):
        DIALECT.write_token(replace(TOKEN, **wrong))  # type: ignore[arg-type]  # only texts and kinds are changed


@pytest.mark.parametrize("allowed", list(Allowed))
def test_an_authorization_is_written(allowed: Allowed) -> None:
    """The word and a text in the driver's language; neither token nor reference, which this version does not have."""
    info = AuthorizationInfo(allowed, replace(TOKEN, language="sv"), "chs_1", "Ditt kort är spärrat")
    assert DIALECT.write_authorization(info) == {
        "allowed": allowed.value.upper(),
        "info": {"language": "sv", "text": "Ditt kort är spärrat"},
    }
    assert DIALECT.write_authorization(AuthorizationInfo(allowed, TOKEN)) == {"allowed": allowed.value.upper()}


def test_location_references_are_read() -> None:
    """No EVSEs means anywhere at the location; connectors make no difference."""
    raw = {"location_id": "Kaj-4", "evse_uids": ["Uttag-21", 7], "connector_ids": ["A"]}
    assert DIALECT.read_location_references(raw) == LocationReferences("Kaj-4", ("Uttag-21", "7"))
    assert DIALECT.read_location_references({"location_id": "Kaj-4"}) == LocationReferences("Kaj-4")
    with pytest.raises(Unreadable, match="location_id"):
        DIALECT.read_location_references({"evse_uids": []})


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ({}, {TokenType.RFID}),
        ({"token_type": ""}, {TokenType.RFID}),
        ({"token_type": "RFID"}, {TokenType.RFID}),
        ({"token_type": "other"}, {TokenType.OTHER, TokenType.APP_USER, TokenType.AD_HOC_USER}),
        ({"type": "OTHER"}, {TokenType.OTHER, TokenType.APP_USER, TokenType.AD_HOC_USER}),
        ({"token_type": "RFID", "type": "OTHER"}, {TokenType.RFID}),
        ({"token_type": "APP_USER"}, {TokenType.APP_USER}),
    ],
)
def test_the_kind_of_token_asked_about(query: dict[str, str], kinds: set[TokenType]) -> None:
    """Both names of the parameter are in the chapter; OTHER means every kind of ours that is no card."""
    assert DIALECT.read_token_types(query) == kinds


def test_a_kind_we_do_not_know_is_unreadable() -> None:
    """A card is assumed only where nothing is said."""
    with pytest.raises(Unreadable, match="token_type"):
        DIALECT.read_token_types({"token_type": "IMPLANT"})
