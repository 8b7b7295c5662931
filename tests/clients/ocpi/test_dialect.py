"""Tests of ``clients.ocpi.dialect``: what the versions we speak have in common, and what one of them lacks."""

import pytest

from api.domain.roaming.token import TokenType
from clients.ocpi.dialect import SUPPORTED, NotInThisVersion, Unreadable, dialect_for
from tests.clients.ocpi.samples import a_tariff

SINCE_2_2 = [version for version in SUPPORTED if version != "2.1.1"]


def test_versions_are_listed_oldest_first() -> None:
    """The best version in common is the last that a peer offers too, so the order counts."""
    assert list(SUPPORTED) == sorted(SUPPORTED, key=lambda version: [int(part) for part in version.split(".")])


@pytest.mark.parametrize("version", SINCE_2_2)
def test_a_tariff_is_only_ever_put_whole_since_2_2(version: str) -> None:
    """PATCH of a tariff went with 2.1.1."""
    with pytest.raises(NotInThisVersion):
        dialect_for(version).merge_tariff(a_tariff(), {"currency": "SEK"})


@pytest.mark.parametrize("version", SINCE_2_2)
def test_the_kind_of_token_asked_about_since_2_2(version: str) -> None:
    """A card unless the partner says otherwise; each kind stands for itself."""
    dialect = dialect_for(version)
    assert dialect.read_token_types({}) == {TokenType.RFID}
    assert dialect.read_token_types({"type": "", "token_type": "OTHER"}) == {TokenType.RFID}
    for kind in TokenType:
        assert dialect.read_token_types({"type": kind.value.upper()}) == {kind}
    with pytest.raises(Unreadable, match="type"):
        dialect.read_token_types({"type": "IMPLANT"})
