"""Tests of the 2.1.1 mapping of Credentials and version details: no roles in either."""

import pytest

from api.domain.ids import PartyId
from api.domain.roaming.partner import (
    Endpoint,
    InterfaceRole,
    MarketRole,
    OurIdentity,
    PartyRole,
    PeerCredentials,
)
from clients.ocpi.dialect import Unreadable, dialect_for
from clients.ocpi.fields import Unwritable
from tests.clients.ocpi.v2_1_1.samples import credentials
from tests.clients.ocpi.v2_1_1.schemas import assert_as_specified

DIALECT = dialect_for("2.1.1")
OURS = OurIdentity(PartyId("nl", "chh"), "Chargehand", "https://us.example", "https://us.example/ocpi/versions")
URLS = {
    module: f"https://us.example/ocpi/2.1.1/{module}"
    for module in ("credentials", "locations", "tariffs", "sessions", "cdrs", "tokens", "commands")
}


def test_credentials_are_read() -> None:
    """The one party behind the connection is a CPO; a missing name is the party's id, a token may look like Base64."""
    assert DIALECT.read_credentials(credentials()) == PeerCredentials(
        token="their-secret/==",
        versions_url="https://kaj.example/ocpi/cpo/versions",
        roles=(PartyRole(MarketRole.CPO, PartyId("SE", "KAJ"), "Kajladdning", "https://kaj.example"),),
    )
    bare = DIALECT.read_credentials(credentials(business_details=None, country_code="SWE", party_id="kaj"))
    assert bare.roles == (PartyRole(MarketRole.CPO, PartyId("SE", "KAJ"), "SE-KAJ"),)


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "two words"},
        {"token": "line\nbreak"},
        {"token": ""},
        {"token": None},
        {"url": ""},
        {"party_id": None},
        {"country_code": " "},
    ],
)
def test_what_makes_credentials_unreadable(changes: dict[str, object]) -> None:
    """A token that cannot stand in a header, no address, or nobody behind it."""
    with pytest.raises(Unreadable):
        DIALECT.read_credentials(credentials(**changes))


def test_our_credentials_are_as_specified() -> None:
    """The schema accepts what we hand out."""
    written = DIALECT.write_credentials("our-secret", OURS)
    assert written == {
        "token": "our-secret",
        "url": "https://us.example/ocpi/versions",
        "business_details": {"name": "Chargehand", "website": "https://us.example"},
        "party_id": "CHH",
        "country_code": "NL",
    }
    assert_as_specified(written, "credentials", "token", "url", "business_details", "party_id", "country_code")


@pytest.mark.parametrize("token", ["", "x" * 65, "two words", "naïve"])
def test_a_token_no_header_can_carry_is_not_handed_out(token: str) -> None:
    """At most 64 printable characters without spaces."""
    with pytest.raises(Unwritable):
        DIALECT.write_credentials(token, OURS)


def test_the_side_of_an_endpoint_follows_from_its_module() -> None:
    """A CPO has the objects, and receives tokens and commands; modules of later versions are none of this one."""
    modules = ("credentials", "Locations", "tariffs", "sessions", "cdrs", "tokens", "commands", "hubclientinfo", "x")
    raw = {"endpoints": [{"identifier": module, "url": f"https://kaj.example/{module}"} for module in modules]}
    read = DIALECT.read_endpoints(raw)
    assert {endpoint.module: endpoint.role for endpoint in read} == {
        "credentials": InterfaceRole.RECEIVER,
        "locations": InterfaceRole.SENDER,
        "tariffs": InterfaceRole.SENDER,
        "sessions": InterfaceRole.SENDER,
        "cdrs": InterfaceRole.SENDER,
        "tokens": InterfaceRole.RECEIVER,
        "commands": InterfaceRole.RECEIVER,
    }
    assert read[1] == Endpoint("locations", InterfaceRole.SENDER, "https://kaj.example/Locations")


def test_a_peer_that_states_its_side_is_believed() -> None:
    """A platform of both roles that marks its endpoints as later versions do keeps them apart."""
    raw = {
        "endpoints": [
            {"identifier": "locations", "role": "RECEIVER", "url": "https://kaj.example/emsp/locations"},
            {"identifier": "locations", "role": "SENDER", "url": "https://kaj.example/cpo/locations"},
            {"identifier": "cdrs", "role": "BOTH", "url": "https://kaj.example/cdrs"},
        ]
    }
    assert [endpoint.role.value for endpoint in DIALECT.read_endpoints(raw)] == ["receiver", "sender", "sender"]


@pytest.mark.parametrize("raw", [None, [], {}, {"endpoints": {}}, {"endpoints": [7]}])
def test_what_is_no_list_of_endpoints_is_unreadable(raw: object) -> None:
    """The shape must be there; single endpoints without a URL are left out."""
    with pytest.raises(Unreadable):
        DIALECT.read_endpoints(raw)


def test_our_version_details_are_as_specified() -> None:
    """All modules we serve, without sides; those of later versions are not among them."""
    written = DIALECT.write_version(URLS)
    assert written == {
        "version": "2.1.1",
        "endpoints": [{"identifier": module, "url": url} for module, url in URLS.items()],
    }
    assert {module for module, _ in DIALECT.served} == set(URLS)
    assert_as_specified(written, "version", "version", "endpoints")
