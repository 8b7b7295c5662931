"""Tests of the 2.2.1 mapping of Credentials."""

from typing import Any

import pytest

from api.domain.ids import PartyId
from api.domain.roaming.partner import MarketRole, OurIdentity, PartyRole, PeerCredentials
from clients.ocpi.dialect import Unreadable, dialect_for
from clients.ocpi.fields import Unwritable
from tests.clients.ocpi.shared import assert_as_specified

DIALECT = dialect_for("2.2.1")
OURS = OurIdentity(PartyId("nl", "chh"), "Chargehand", "https://us.example", "https://us.example/ocpi/versions")


def _raw(**changes: Any) -> dict[str, Any]:
    roles = [
        {"role": "CPO", "party_id": "wpx", "country_code": "NL", "business_details": {"name": "Wegpunt"}},
        {"role": "WIZARD", "party_id": "WPY", "country_code": "BEL"},
    ]
    return {"token": "their-secret", "url": "https://cpo.example/versions", "roles": roles} | changes


def test_credentials_are_read() -> None:
    """Every role behind the connection arrives; one we do not know is other, a missing name is the party's id."""
    assert DIALECT.read_credentials(_raw()) == PeerCredentials(
        token="their-secret",
        versions_url="https://cpo.example/versions",
        roles=(
            PartyRole(MarketRole.CPO, PartyId("NL", "WPX"), "Wegpunt"),
            PartyRole(MarketRole.OTHER, PartyId("BE", "WPY"), "BE-WPY"),
        ),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "two words"},
        {"token": "line\nbreak"},
        {"token": ""},
        {"token": "naïve"},
        {"token": None},
        {"url": ""},
        {"roles": []},
        {"roles": None},
        {"roles": [{"role": "CPO"}]},
    ],
)
def test_what_makes_credentials_unreadable(changes: dict[str, object]) -> None:
    """A token that cannot stand in a header, no address, or nobody behind it."""
    with pytest.raises(Unreadable):
        DIALECT.read_credentials(_raw(**changes))


def test_our_credentials_are_as_specified() -> None:
    """The official schema accepts what we hand out."""
    written = DIALECT.write_credentials("our-secret", OURS)
    assert written == {
        "token": "our-secret",
        "url": "https://us.example/ocpi/versions",
        "roles": [
            {
                "role": "EMSP",
                "business_details": {"name": "Chargehand", "website": "https://us.example"},
                "party_id": "CHH",
                "country_code": "NL",
            }
        ],
    }
    assert_as_specified(written, "Credentials")


@pytest.mark.parametrize("token", ["", "x" * 65, "two words", "naïve"])
def test_a_token_no_header_can_carry_is_not_handed_out(token: str) -> None:
    """At most 64 printable characters without spaces."""
    with pytest.raises(Unwritable):
        DIALECT.write_credentials(token, OURS)
