"""Test data are our own: nothing under ``tests`` repeats an object of the material in ``../shared``."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT, own_files

SHARED = Path(os.environ.get("CHARGEHAND_SHARED", ROOT.parent / "shared"))
FEWEST_KEYS = 5
"""Smaller objects, such as one price component, have nothing of their own to copy."""


def objects(document: object) -> Iterator[str]:
    """Yield every object of a document with at least five keys, in a canonical form."""
    if isinstance(document, dict):
        if len(document) >= FEWEST_KEYS:
            yield json.dumps(document, sort_keys=True)
        yield from (found for value in document.values() for found in objects(value))
    if isinstance(document, list):
        yield from (found for value in document for found in objects(value))


def _objects_of(path: Path) -> set[str]:
    """Return the objects of a JSON file; none where it is not JSON (the specification's examples hold fragments)."""
    try:
        return set(objects(json.loads(path.read_text("utf-8"))))
    except ValueError:
        return set()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared material is not here")
def test_no_test_data_is_copied_from_the_shared_material() -> None:
    """The specification's examples and the operators' feeds are for comparing with, not for copying."""
    theirs = {found for path in SHARED.rglob("*.json") for found in _objects_of(path)}
    assert len(theirs) > 1000
    ours = [path for path in own_files() if path.endswith(".json")]
    assert [path for path in ours if _objects_of(ROOT / path) & theirs] == []


def test_an_object_is_recognized_in_another_order() -> None:
    """The order of the keys, and where the object is nested, make no difference."""
    first = {"a": 1, "b": 2, "c": 3, "d": 4, "e": [5]}
    assert set(objects(first)) == set(objects([{"x": dict(reversed(first.items()))}]))
