"""Tests of the 2.3.0 credentials: the hub behind a connection."""

import pytest

from api.domain.ids import PartyId
from api.domain.roaming.partner import MarketRole
from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.v2_3_0.samples import credentials

DIALECT, BEFORE = dialect_for("2.3.0"), dialect_for("2.2.1")


@pytest.mark.parametrize(
    ("sent", "hub"),
    [
        ("NLHUB", PartyId("NL", "HUB")),
        (" nlhub ", PartyId("NL", "HUB")),
        ("NL*HUB", PartyId("NL", "HUB")),
        ("NL-HUB", PartyId("NL", "HUB")),
        ("HUB", None),
        ("NLHUBX", None),
        (12345, None),
        ("", None),
        (None, None),
    ],
)
def test_a_hub_is_known_by_country_and_party(sent: object, hub: PartyId | None) -> None:
    """Five characters are two and three; what is no hub names none and does not spoil the registration."""
    assert DIALECT.read_credentials(credentials(hub_party_id=sent)).hub == hub


def test_all_else_is_as_in_2_2_1() -> None:
    """Token, address and every party behind the connection; 2.2.1 has no such hub."""
    read = DIALECT.read_credentials(credentials())
    assert read._replace(hub=None) == BEFORE.read_credentials(credentials())
    with pytest.raises(Unreadable):
        DIALECT.read_credentials(credentials(token="two words"))


def test_the_role_that_is_gone_is_still_understood() -> None:
    """A hub that kept its role of 2.2.1 is a hub."""
    role = credentials()["roles"][0] | {"role": "HUB"}
    assert DIALECT.read_credentials(credentials(roles=[role])).roles[0].role is MarketRole.HUB
