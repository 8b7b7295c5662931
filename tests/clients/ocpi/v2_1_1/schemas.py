"""JSON Schemas of 2.1.1 kept outside this repository, and validation against them; tests skip where they are absent.

They refer to one another by file names, some in the singular and some in the plural.
"""

import json
from functools import cache
from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from clients.ocpi.exact_json import dump
from tests.clients.ocpi.shared import shared_file

_SINGULAR = {"locations": "location", "tariffs": "tariff"}


@cache
def _registry() -> Registry[Any]:
    folder = shared_file("ocpi/schema-2.1.1")
    found: list[tuple[str, Resource[Any]]] = []
    for file in folder.glob("*.schema.json"):
        name = file.name.removesuffix(".schema.json")
        resource = DRAFT7.create_resource(json.loads(file.read_text()))
        found += [(f"{each}.schema.json", resource) for each in {name, _SINGULAR.get(name, name)}]
    return Registry().with_resources(found)


def problems(value: object, schema: str) -> list[str]:
    """Return what a schema finds wrong with a JSON value; skips the test when the schemas are absent."""
    registry = _registry()
    validator = jsonschema.Draft7Validator({"$ref": schema}, registry=registry)
    return sorted(f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(dump(value))))


def assert_as_specified(message: object, schema: str, *required: str) -> None:
    """Check a message of ours: the schema accepts it, and it has the fields that the schema forgets to require."""
    assert problems(message, f"{schema}.schema.json") == []
    assert isinstance(message, dict)
    assert set(required) <= set(message)
