"""Tests of ``clients.ocpi.embedded``: tariffs where feeds put them."""

import pytest

from clients.ocpi.dialect import dialect_for
from clients.ocpi.embedded import embedded_tariffs
from tests.clients.ocpi.samples import a_location, a_tariff, an_evse

DIALECT = dialect_for("2.2.1")


def test_tariffs_on_evses_are_found_once_and_get_the_owner() -> None:
    """They read like any tariff of the location's owner; an owner they name themselves is kept."""
    bare = {key: value for key, value in a_tariff(id="e1").items() if key not in ("country_code", "party_id")}
    own = a_tariff(id="e2", party_id="WPZ")
    location = a_location(evses=[an_evse(tariffs=[bare, own]), an_evse(uid="b", tariffs=[bare, "x"]), an_evse(uid="c")])
    read = [DIALECT.read_tariff(raw) for raw in embedded_tariffs(location)]
    assert [(tariff.id, tariff.party_id) for tariff in read] == [("e1", "WPX"), ("e2", "WPZ")]


@pytest.mark.parametrize("raw", [None, [], {}, {"evses": 1}, {"evses": [1, {"tariffs": 1}]}])
def test_where_no_tariffs_are_none_are_found(raw: object) -> None:
    """Any shape of location may be looked through."""
    assert embedded_tariffs(raw) == ()
