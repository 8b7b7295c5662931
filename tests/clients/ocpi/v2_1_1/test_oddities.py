"""Tests of what is said to be odd about objects of 2.1.1, and that our samples of them are as the schemas have them."""

from typing import Any

import pytest

from clients.ocpi.dialect import dialect_for
from tests.clients.ocpi.v2_1_1.samples import (
    a_cdr,
    a_connector,
    a_location,
    a_session,
    a_tariff,
    an_evse,
    credentials,
)
from tests.clients.ocpi.v2_1_1.schemas import problems

DIALECT = dialect_for("2.1.1")
SAMPLES: dict[str, tuple[str, Any]] = {
    "locations": ("locations", a_location()),
    "evses": ("evse", an_evse()),
    "connectors": ("connector", a_connector()),
    "tariffs": ("tariffs", a_tariff()),
    "sessions": ("sessions", a_session()),
    "cdrs": ("cdrs", a_cdr()),
}


@pytest.mark.parametrize("module", SAMPLES)
def test_nothing_is_odd_about_the_samples(module: str) -> None:
    """An object as specified is not odd, but for the price in quotes that the samples share with the chapter."""
    assert DIALECT.oddities(module, SAMPLES[module][1]) == ()


@pytest.mark.parametrize("module", SAMPLES)
def test_the_samples_are_as_the_schemas_have_them(module: str) -> None:
    """The rules above and the schemas agree; the schemas alone mind the price in quotes."""
    schema, sample = SAMPLES[module]
    found = problems(sample, f"{schema}.schema.json")
    assert [each for each in found if "'12.00' is not of type 'number'" not in each] == []
    assert bool(found) is (module in ("tariffs", "cdrs"))


def test_the_credentials_are_as_the_schema_has_them() -> None:
    """The sample of credentials is one that a partner may send."""
    assert problems(credentials(), "credentials.schema.json") == []


@pytest.mark.parametrize(
    ("module", "raw", "found"),
    [
        ("sessions", a_session(id="s" * 40, status="RESERVATION"), {"too_long:id", "unknown_value:status=RESERVATION"}),
        ("sessions", a_session(location={"id": "a"}), {"missing:location.address", "missing:location.type"}),
        ("sessions", a_session(auth_method="COMMAND"), {"unknown_value:auth_method=COMMAND"}),
        ("sessions", a_session(status={"a": []}), {"unknown_value:status={'a': []}"}),
        ("cdrs", a_cdr(charging_periods=None), {"missing:charging_periods"}),
        ("cdrs", a_cdr(location=a_location(country="Sweden")), {"too_long:location.country"}),
        ("locations", a_location(evses=[an_evse(uid=7)]), {"no_text:evses[].uid"}),
        ("tariffs", a_tariff(last_updated=None), {"missing:last_updated"}),
        ("connectors", a_connector(standard="NACS", voltage=None), {"unknown_value:standard=NACS", "missing:voltage"}),
    ],
)
def test_oddities(module: str, raw: dict[str, Any], found: set[str]) -> None:
    """What breaks a rule of the chapters is named, wherever it stands."""
    assert found <= set(DIALECT.oddities(module, raw))


@pytest.mark.parametrize("module", ["sessions", "cdrs"])
def test_a_charge_in_several_places_is_odd(module: str) -> None:
    """The embedded location should list only the EVSE and the connector that were used."""
    whole = a_location(evses=[an_evse(), an_evse(uid="b", connectors=[a_connector(), a_connector(id="B")])])
    sample = a_session(location=whole) if module == "sessions" else a_cdr(location=whole)
    assert DIALECT.oddities(module, sample) == ("several:location.evses", "several:location.evses[].connectors")
    assert DIALECT.oddities("locations", whole) == ()


def test_a_module_without_rules_has_no_oddities() -> None:
    """Nothing is said of what nothing is known about."""
    assert DIALECT.oddities("chargingprofiles", {"a": 1}) == ()
