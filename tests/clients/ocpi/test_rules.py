"""What is called odd in 2.2.1 and 2.3.0: nothing in a good object, everything the specification would not have.

The tables are held against the official documents where these are at hand: required fields, lengths and words.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from clients.ocpi.dialect import dialect_for
from clients.ocpi.oddities import Rule, with_rules
from clients.ocpi.v2_2_1.rules import RULES as RULES_2_2_1
from clients.ocpi.v2_3_0.rules import RULES as RULES_2_3_0
from tests.clients.ocpi import samples
from tests.clients.ocpi.shared import shared_file
from tests.clients.ocpi.v2_3_0 import samples as later

OLD, NEW = dialect_for("2.2.1"), dialect_for("2.3.0")
BOTH = pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
RULES = {"2.2.1": RULES_2_2_1, "2.3.0": RULES_2_3_0}
SCHEMAS = {
    "locations": "Location",
    "evses": "EVSE",
    "connectors": "Connector",
    "tariffs": "Tariff",
    "sessions": "Session",
    "cdrs": "CDR",
    "credentials": "Credentials",
    "commands": "CommandResult",
    "command_answers": "CommandResponse",
}
LENGTHENED = {"address": 255, "state": 45, "plain_data": 5000}
"""The editions of 2026 allow more than the documents say; the location of a CDR does not."""
UNSTATED = {"website", "logo", "url", "thumbnail", "tariff_alt_url", "terms_and_conditions"}
"""The documents leave out how long a URL may be (255)."""
BOOKINGS = {
    "sessions.charging_periods.dimensions.type: words",
    "cdrs.charging_periods.dimensions.type: words",
    "cdrs.booking_id: longest",
    "cdrs.tariffs.elements.restrictions.booking: words",
    "tariffs.elements.restrictions.booking: words",
}
"""The documents of 2.3.0 hold the Bookings extension, which core does not have."""
OPEN = {
    *("ConnectorType", "Capability", "Facility", "ParkingRestriction", "ParkingType", "ImageCategory", "TokenType"),
    *("EnvironmentalImpactCategory", "ConnectorCapability", "VehicleType"),
}
"""What 2.3.0 calls OpenEnum."""


def test_a_good_object_has_nothing_odd() -> None:
    """Each sample is as its version has it, with its lists and parts."""
    old = {
        "locations": samples.a_location(),
        "evses": samples.an_evse(),
        "connectors": samples.a_connector(),
        "tariffs": samples.a_tariff(),
        "sessions": samples.a_session(),
        "cdrs": samples.a_cdr(),
    }
    new = {
        "locations": later.a_location(),
        "evses": later.an_evse(),
        "connectors": later.a_connector(),
        "tariffs": later.a_tariff(),
        "sessions": later.a_session(),
        "cdrs": later.a_cdr(),
        "credentials": later.credentials(),
    }
    assert {module: OLD.oddities(module, raw) for module, raw in old.items()} == dict.fromkeys(old, ())
    assert {module: NEW.oddities(module, raw) for module, raw in new.items()} == dict.fromkeys(new, ())
    for dialect in (OLD, NEW):
        assert dialect.oddities("commands", {"result": "ACCEPTED"}) == ()
        assert dialect.oddities("command_answers", {"result": "ACCEPTED", "timeout": 30}) == ()


@pytest.mark.parametrize(
    ("module", "raw", "odd"),
    [
        ("locations", samples.a_location(publish=None), "missing:publish"),
        ("locations", samples.a_location(name="n" * 256), "too_long:name"),
        (
            "locations",
            samples.a_location(coordinates={"latitude": 52.1, "longitude": "5"}),
            "no_text:coordinates.latitude",
        ),
        (
            "locations",
            samples.a_location(evses=[samples.an_evse(physical_reference=3)]),
            "no_text:evses[].physical_reference",
        ),
        ("evses", samples.an_evse(connectors=[]), "missing:connectors"),
        ("evses", samples.an_evse(status="FLYING"), "unknown_value:status=FLYING"),
        ("connectors", samples.a_connector(max_voltage=None), "missing:max_voltage"),
        ("connectors", samples.a_connector(format="HOSE"), "unknown_value:format=HOSE"),
        ("tariffs", samples.a_tariff(elements=[{}]), "missing:elements[].price_components"),
        ("sessions", samples.a_session(id="s" * 37), "too_long:id"),
        ("cdrs", samples.a_cdr(charging_periods=[]), "missing:charging_periods"),
        ("cdrs", samples.a_cdr(tariffs=[samples.a_tariff(last_updated=None)]), "missing:tariffs[].last_updated"),
        ("credentials", {"token": "t", "url": "u", "roles": [{"role": "WIZARD"}]}, "unknown_value:roles[].role=WIZARD"),
        ("commands", {"result": "MAYBE"}, "unknown_value:result=MAYBE"),
        ("command_answers", {"result": "ACCEPTED"}, "missing:timeout"),
    ],
)
def test_what_is_odd_is_named(module: str, raw: object, odd: str) -> None:
    """Missing, too long, no text, or on no list: in every module, at any depth, in both versions."""
    assert odd in OLD.oddities(module, raw)
    assert odd in NEW.oddities(module, raw)


@pytest.mark.parametrize(
    ("module", "old", "new", "odd"),
    [
        ("sessions", samples.a_session(), later.a_session(), "missing:total_cost.{}"),
        (
            "cdrs",
            samples.a_cdr(tariffs=None),
            later.a_cdr(tariffs=None, total_energy_cost=None),
            "missing:total_cost.{}",
        ),
        ("tariffs", samples.a_tariff(), later.a_tariff(), "missing:max_price.{}"),
    ],
)
def test_a_price_in_the_other_spelling_is_odd(module: str, old: object, new: object, odd: str) -> None:
    """It is read all the same, and said."""
    assert odd.format("excl_vat") in OLD.oddities(module, new)
    assert odd.format("before_taxes") in NEW.oddities(module, old)


def test_an_open_enum_may_hold_any_word() -> None:
    """A word on no list is odd in 2.2.1 and as it should be in 2.3.0; a closed list stays closed."""
    evse = {"capabilities": ["TELEPORT"], "parking_restrictions": ["TAXIS"]}
    connector = samples.a_connector(standard="SAE_J3400")
    assert OLD.oddities("evses", samples.an_evse(**evse)) == (
        "unknown_value:capabilities[]=TELEPORT",
        "unknown_value:parking_restrictions[]=TAXIS",
    )
    assert OLD.oddities("connectors", connector) == ("unknown_value:standard=SAE_J3400",)
    assert NEW.oddities("evses", samples.an_evse(**evse)) == NEW.oddities("connectors", connector) == ()
    assert NEW.oddities("connectors", connector | {"power_type": "AC_9"}) == ("unknown_value:power_type=AC_9",)


def test_the_role_that_is_gone_is_odd() -> None:
    """A hub says in 2.3.0 who it is in another field."""
    hub = later.credentials(roles=[later.credentials()["roles"][0] | {"role": "HUB"}], hub_party_id="NL-HUB")
    assert OLD.oddities("credentials", hub) == ()
    assert NEW.oddities("credentials", hub) == ("unknown_value:roles[].role=HUB", "too_long:hub_party_id")


def test_a_change_list_changes_only_what_it_names() -> None:
    """Below an object too, and the rules it starts from stay as they are."""
    rules = {"a": Rule(1), "b": Rule(inside={"c": Rule(2), "d": Rule(3)})}
    assert with_rules(rules, {"b.c": Rule(9), "e": Rule(4)}) == {
        "a": Rule(1),
        "b": Rule(inside={"c": Rule(9), "d": Rule(3)}),
        "e": Rule(4),
    }
    assert rules["b"].inside["c"] == Rule(2)


def _differences(rules: Mapping[str, Rule], schema: dict[str, Any], schemas: dict[str, Any], path: str) -> set[str]:
    """Return where a table of rules does not say what an official schema says."""
    found: set[str] = set()
    required = set(schema.get("required", ()))
    for name, given in schema["properties"].items():
        field = given["items"] if given.get("type") == "array" else given
        kind = field.get("$ref", "").rpartition("/")[2]
        official = schemas[kind] if kind else field
        rule, where = rules.get(name, Rule()), f"{path}.{name}"
        if rule.required != (name in required):
            found.add(f"{where}: required")
        longest = LENGTHENED.get(name) if "cdr_location" not in path else None
        longest = longest or official.get("maxLength") or {"date-time": 25}.get(official.get("format"))
        if name not in UNSTATED and "pattern" not in official and rule.longest != longest:
            found.add(f"{where}: longest")
        words = frozenset(official["enum"]) if "enum" in official and kind not in OPEN - _closed(schemas) else None
        if rule.words != words:
            found.add(f"{where}: words")
        if "properties" in official:
            found |= _differences(rule.inside, official, schemas, where)
    return found | {f"{path}.{name}: nobody's" for name in rules.keys() - schema["properties"].keys()}


def _closed(schemas: dict[str, Any]) -> set[str]:
    """Return the enums that are open in 2.3.0 only: all of them where there is no tax in prices."""
    return set() if "TaxAmount" in schemas else OPEN


@BOTH
@pytest.mark.parametrize("module", SCHEMAS)
def test_the_rules_are_the_official_ones(version: str, module: str) -> None:
    """Every field of the official document has its rule, and no rule is of our own making."""
    documents = [json.loads(shared_file(f"ocpi/openapi/{name}-{version}.json").read_text()) for name in ("msp", "cpo")]
    schemas = documents[0]["components"]["schemas"] | documents[1]["components"]["schemas"]
    found = _differences(RULES[version][module], schemas[SCHEMAS[module]], schemas, module)
    assert found == {each for each in BOOKINGS if version == "2.3.0" and each.startswith(f"{module}.")}
