"""Everything the CPO says in 2.1.1 is checked against JSON Schemas of that version (skipped where not at hand).

The schemas refer to one another by file names, some in the singular and some in the plural, and forget to require
fields; what the tables of the specification require is listed here.
"""

import functools
import json
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from tests.sandbox.cpo.conftest import Stage
from tests.sandbox.cpo.test_wire import SHARED

FOLDER = SHARED / "ocpi" / "schema-2.1.1"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the shared material is not on this machine")

REQUIRED = {
    "locations": "id type address city postal_code country coordinates last_updated",
    "evse": "uid status connectors last_updated",
    "connector": "id standard format power_type voltage amperage last_updated",
    "sessions": "id start_datetime kwh auth_id auth_method location currency status last_updated",
    "cdrs": "id start_date_time stop_date_time auth_id auth_method location currency charging_periods total_cost "
    "total_energy total_time last_updated",
    "tariffs": "id currency elements last_updated",
    "credentials": "token url business_details party_id country_code",
}


@functools.cache
def registry() -> Registry[Any]:
    """Read the schemas, each under its name and its singular."""
    found: list[tuple[str, Resource[Any]]] = []
    for file in FOLDER.glob("*.schema.json"):
        name = file.name.removesuffix(".schema.json")
        resource = DRAFT7.create_resource(json.loads(file.read_text()))
        found += [(f"{each}.schema.json", resource) for each in {name, name.removesuffix("s")}]
    return Registry().with_resources(found)


def check(body: Any, schema: str, *, whole: bool = True) -> None:
    """Hold ``body`` against a schema, and against what the specification requires of a ``whole`` object."""
    plain = json.loads(json.dumps(body, default=float))
    validator = jsonschema.Draft7Validator({"$ref": f"{schema}.schema.json"}, registry=registry())
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(plain)] == []
    if whole:
        assert set(REQUIRED[schema].split()) - set(plain) == set()


def test_what_is_pushed_has_the_shape_of_2_1_1(bare: Stage) -> None:
    """Sessions, CDRs, EVSEs with a stop, parking and a place that is not published."""
    bare.register("2.1.1")
    for fault in ("unknown_location", "evse_of_unknown_location"):
        bare.hand("faults", {"name": fault})
    bare.start(plan={"disconnect_after_stop_s": 20_000})
    bare.pass_time(1000)
    bare.command("STOP_SESSION", {"session_id": bare.session_id()})
    bare.pass_time(30_000)
    for got in bare.emsp.of("/sessions"):
        check(got.body, "sessions", whole=got.method == "PUT")
    for got in bare.emsp.of("/locations"):
        check(got.body, "evse", whole=got.method == "PUT")
    (cdr,) = bare.cdrs()
    check(cdr, "cdrs")
    for results in (bare.emsp.of("/result/START"), bare.emsp.of("/result/STOP")):
        assert [got.body for got in results] == [{"result": "ACCEPTED"}]


def test_what_is_served_has_the_shape_of_2_1_1(bare: Stage) -> None:
    """Details, credentials, locations to the connector, tariffs, sessions, CDRs."""
    bare.register("2.1.1")
    bare.start()
    bare.pass_time(10_000)
    check(bare.data("/ocpi/2.1.1"), "version", whole=False)
    check(bare.data("/ocpi/2.1.1/credentials"), "credentials")
    for path in ("locations", "tariffs", "cdrs"):
        found = bare.data(f"/ocpi/2.1.1/{path}")
        assert found
        for item in found:
            check(item, path)
    (session,) = bare.data("/ocpi/2.1.1/sessions", date_from="2026-01-01T00:00:00Z")
    check(session, "sessions")
    place = "/ocpi/2.1.1/locations/VCP-MS-HARBOR/vcp-evse-0202"
    check(bare.data(place), "evse")
    check(bare.data(f"{place}/2"), "connector")
