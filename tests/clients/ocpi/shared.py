"""The specification's own material, kept outside this repository: where it is, and validation against it.

Tests that need it skip when the folder is absent (``CHARGEHAND_SHARED`` or ``../shared`` beside the repository).
"""

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("CHARGEHAND_SHARED", REPOSITORY.parent / "shared"))


def shared_file(path: str) -> Path:
    """Return a file of the shared folder; skips the test when it is absent."""
    file = SHARED / path
    if not file.exists():
        pytest.skip(f"{path} is not here")
    return file


def examples(version: str = "2.2.1") -> list[Path]:
    """Return the specification's example files of a version, none when the folder is absent."""
    return sorted((SHARED / "ocpi/examples" / version).glob("*.json"))


@cache
def _validator(schema: str, document: str, version: str) -> jsonschema.Draft202012Validator:
    official = json.loads(shared_file(f"ocpi/openapi/{document}-{version}.json").read_text())
    whole = {"$ref": f"#/components/schemas/{schema}", "components": official["components"]}
    return jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())


def assert_as_specified(message: object, schema: str, *, document: str = "cpo", version: str = "2.2.1") -> None:
    """Check a message of ours against the official schema, as JSON; skips the test when the document is absent."""
    _validator(schema, document, version).validate(json.loads(json.dumps(message)))


def deviations(message: object, schema: str, *, document: str, version: str) -> set[str]:
    """Return where and how an object is not as the official schema has it: ``total_cost: required``."""
    errors = _validator(schema, document, version).iter_errors(message)
    return {f"{'.'.join(map(str, error.absolute_path)) or '(whole)'}: {error.message[:80]}" for error in errors}


def unknown_fields(message: object, schema: str, *, document: str, version: str) -> set[str]:
    """Return the fields of an object and its parts that the official schema does not have."""
    schemas = json.loads(shared_file(f"ocpi/openapi/{document}-{version}.json").read_text())["components"]["schemas"]
    return set(_unknown(message, {"$ref": f"#/components/schemas/{schema}"}, schemas, ""))


def _unknown(value: object, schema: dict[str, Any], schemas: dict[str, Any], path: str) -> Iterator[str]:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for each in value:
            yield from _unknown(each, schema.get("items", {}), schemas, f"{path}[]")
    known = schema.get("properties")
    if isinstance(value, dict) and known:
        for name, inner in value.items():
            where = f"{path}.{name}".removeprefix(".")
            if name not in known:
                yield where
            else:
                yield from _unknown(inner, known[name], schemas, where)
