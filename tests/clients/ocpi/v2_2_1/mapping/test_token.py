"""Tests of the 2.2.1 mapping of tokens and real-time authorization."""

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
from tests.clients.ocpi.shared import assert_as_specified

DIALECT = dialect_for("2.2.1")
TOKEN = DriverToken(
    country_code="NL",
    party_id="CHH",
    uid="u4c1",
    type=TokenType.APP_USER,
    contract_id="NL-CHH-C00000001-X",
    issuer="Chargehand",
    valid=True,
    whitelist=Whitelist.NEVER,
    last_updated=datetime(2025, 3, 3, 17, 5, 0, 999, tzinfo=UTC),
)
WRITTEN = {
    "country_code": "NL",
    "party_id": "CHH",
    "uid": "u4c1",
    "type": "APP_USER",
    "contract_id": "NL-CHH-C00000001-X",
    "issuer": "Chargehand",
    "valid": True,
    "whitelist": "NEVER",
    "last_updated": "2025-03-03T17:05:00Z",
}


def test_a_token_is_written() -> None:
    """Required fields in the specification's spelling, nothing that is not set."""
    assert DIALECT.write_token(TOKEN) == WRITTEN


def test_every_kind_of_token_is_as_specified() -> None:
    """Whatever our token holds, the official schema accepts what we write."""
    full = replace(TOKEN, group_id="g1", visual_number="NL-CHH-1", language="NL")
    for kind in TokenType:
        for whitelist in Whitelist:
            assert_as_specified(DIALECT.write_token(replace(full, type=kind, whitelist=whitelist)), "Token")


@pytest.mark.parametrize(
    "wrong",
    [
        {"uid": "x" * 37},
        {"uid": ""},
        {"uid": "naïve"},
        {"contract_id": "x" * 37},
        {"issuer": "x" * 65},
        {"party_id": "CHARGE"},
        {"country_code": "NLD"},
        {"language": "dutch"},
    ],
)
def test_a_token_that_breaks_the_specification_is_not_written(wrong: dict[str, str]) -> None:
    """Our own mistakes are found before a partner finds them."""
    with pytest.raises(Unwritable):
        DIALECT.write_token(replace(TOKEN, **wrong))  # type: ignore[arg-type]  # only text fields are changed


@pytest.mark.parametrize("allowed", list(Allowed))
def test_an_authorization_is_written(allowed: Allowed) -> None:
    """Each answer is as specified, with its text in the driver's language."""
    info = AuthorizationInfo(allowed, replace(TOKEN, language="nl"), "chs_1", "Je pas is geblokkeerd")
    written = DIALECT.write_authorization(info)
    assert written["allowed"] == allowed.value.upper()
    assert written["info"] == {"language": "nl", "text": "Je pas is geblokkeerd"}
    assert written["authorization_reference"] == "chs_1"
    assert_as_specified(written, "AuthorizationInfo", document="msp")


def test_a_bare_authorization_holds_nothing_else() -> None:
    """Without reference and text only the answer and the token are written."""
    assert DIALECT.write_authorization(AuthorizationInfo(Allowed.ALLOWED, TOKEN)) == {
        "allowed": "ALLOWED",
        "token": WRITTEN,
    }


def test_location_references_are_read() -> None:
    """No EVSEs means anywhere at the location."""
    assert DIALECT.read_location_references({"location_id": "g", "evse_uids": ["a", 7]}) == LocationReferences(
        "g", ("a", "7")
    )
    assert DIALECT.read_location_references({"location_id": "g"}) == LocationReferences("g")
    with pytest.raises(Unreadable, match="location_id"):
        DIALECT.read_location_references({"evse_uids": []})
