"""The specification's own material, kept outside this repository: where it is, and validation against it.

Tests that need it skip when the folder is absent (``CHARGEHAND_SHARED`` or ``../shared`` beside the repository).
"""

import json
import os
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
def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(shared_file(f"ocpi/openapi/{name}-2.2.1.json").read_text())
    return document


def assert_as_specified(message: object, schema: str, *, document: str = "cpo") -> None:
    """Check a message of ours against the official schema, as JSON; skips the test when the document is absent."""
    components = _document(document)["components"]
    checked = json.loads(json.dumps(message))
    jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": components}).validate(
        checked
    )
