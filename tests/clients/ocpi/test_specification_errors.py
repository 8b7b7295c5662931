"""The specification's own errors: where its examples are not as its OpenAPI documents have them.

The list is exact in both directions: it fails when an example breaks a rule that is not listed, and when one that is
listed is put right, so that what is tolerated for its sake can be looked at again. Skipped without the material.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clients.ocpi.shared import SHARED, deviations, examples, unknown_fields

VERSIONS = ("2.2.1", "2.3.0")


class Kind(NamedTuple):
    """What an example is: the document that has its schema, the schema, and the field of a fragment it stands in."""

    document: str
    schema: str
    field: str | None = None


KINDS = {
    "cdr_": Kind("msp", "CDR"),
    "credentials_": Kind("msp", "Credentials"),
    "location_energymix": Kind("msp", "EnergyMix", "energy_mix"),
    "location_example": Kind("msp", "Location"),
    "location_hours": Kind("msp", "Hours"),
    "location_patch_example_location": Kind("msp", "LocationPatch"),
    "location_patch_example_remove_evse": Kind("msp", "EVSEPatch"),
    "location_patch_example_status": Kind("msp", "EVSEPatch"),
    "location_patch_example_tariff": Kind("msp", "ConnectorPatch"),
    "location_put": Kind("msp", "EVSE"),
    "location_regularhours": Kind("msp", "Hours", "opening_times"),
    "session_example": Kind("msp", "Session"),
    "session_patch": Kind("msp", "SessionPatch"),
    "tariff_": Kind("msp", "Tariff"),
    "tariffrestriction_": Kind("msp", "Tariff"),
    "token_example": Kind("cpo", "Token"),
    "token_patch": Kind("cpo", "TokenPatch"),
    "token_put": Kind("cpo", "Token"),
    "transport_": Kind("msp", "OCPIResponse"),
    "type_displaytext": Kind("msp", "DisplayText"),
    "version_details": Kind("msp", "VersionDetails"),
    "versions_info": Kind("msp", "Version"),
}
"""By the beginning of the file's name; the examples of a PATCH have schemas of their own."""

_ADDED_EVSE = {
    "connectors.0: 'last_updated' is a required property",
    "connectors.0: 'max_amperage' is a required property",
    "connectors.0: 'max_voltage' is a required property",
    "connectors.0: 'power_type' is a required property",
    "physical_reference: 3 is not of type 'string'",
    "unknown: floor",
}
_NO_TIME = {"(whole): 'last_updated' is a required property"}
_BOTH = {"location_put_example_add_evse": _ADDED_EVSE, "tariff_put_example": _NO_TIME}
ERRORS: dict[str, dict[str, set[str]]] = {
    "2.2.1": _BOTH,
    "2.3.0": _BOTH | {"cdr_example": {"tariffs.0: 'tax_included' is a required property"}},
}
"""By version and example; ``unknown`` is a field that no document has."""


def _objects(file: Path, field: str | None) -> list[Any]:
    text = file.read_text().strip()
    raw = json.loads(text if text[0] in "{[" else "{" + text + "}")
    found = raw[field] if field else raw
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_errors_of_the_examples_are_exactly_those_listed(version: str) -> None:
    """An error that is fixed, or a new one, is noticed here first."""
    if not (SHARED / "ocpi/examples" / version).is_dir():
        pytest.skip("the specification's examples are not here")
    found: dict[str, set[str]] = {}
    for file in examples(version):
        kind = next(kind for start, kind in KINDS.items() if file.name.startswith(start))
        where = {"document": kind.document, "version": version}
        for each in _objects(file, kind.field):
            wrong = deviations(each, kind.schema, **where)
            wrong |= {f"unknown: {name}" for name in unknown_fields(each, kind.schema, **where)}
            if wrong:
                found.setdefault(file.stem, set()).update(wrong)
    assert len(examples(version)) > 50
    assert found == ERRORS[version]
