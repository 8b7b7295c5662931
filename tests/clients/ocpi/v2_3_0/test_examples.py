"""Everything the specification itself shows for 2.3.0 can be read, its own errors included."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from api.domain.pricing.tariff import TaxIncluded
from api.domain.roaming.session import Price
from clients.ocpi.dialect import dialect_for
from clients.ocpi.exact_json import dump, parse
from clients.ocpi.fields import read_as
from clients.ocpi.tariff_parts import DisplayText
from tests.clients.ocpi.shared import SHARED, examples, shared_file

DIALECT = dialect_for("2.3.0")
READERS: dict[str, Callable[[object], object]] = {
    "cdr_": DIALECT.read_cdr,
    "credentials_": DIALECT.read_credentials,
    "location_example": DIALECT.read_location,
    "location_patch_example_location": DIALECT.read_location_patch,
    "location_patch_example_remove_evse": DIALECT.read_evse_patch,
    "location_patch_example_status": DIALECT.read_evse_patch,
    "location_patch_example_tariff": DIALECT.read_connector_patch,
    "location_put": DIALECT.read_evse,
    "session_example": DIALECT.read_session,
    "session_patch": DIALECT.read_session_patch,
    "tariff": DIALECT.read_tariff,
    "type_displaytext": lambda raw: read_as(DisplayText, raw),
    "version_details": DIALECT.read_endpoints,
}
NOT_READ = (
    *("location_energymix", "location_hours", "location_regularhours", "token_", "transport_and_format"),
    "versions_info",
)
"""Parts we have no use for, our own tokens, and versions, which the handshake reads."""


@pytest.mark.parametrize("file", examples("2.3.0") or [SHARED / "ocpi/examples/2.3.0"], ids=lambda file: file.stem)
def test_every_example_is_readable(file: Path) -> None:
    """Each example object reads; a new kind of example would have to be placed here first."""
    if not file.is_file():
        pytest.skip("the specification's examples are not here")
    readers = [read for start, read in READERS.items() if file.name.startswith(start)]
    if not readers:
        assert file.name.startswith(NOT_READ)
        pytest.skip("no object of ours")
    text = file.read_text().strip()
    whole = text if text.startswith("{") else "{" + text + "}"
    raw = parse(whole.encode())
    assert readers[0](raw)
    assert json.loads(dump(raw)) == json.loads(whole)


def _example(name: str) -> object:
    return parse(shared_file(f"ocpi/examples/2.3.0/{name}.json").read_bytes())


def test_the_bill_of_the_specification_says_its_tax() -> None:
    """Its tax is added; the tariff inside it lacks ``tax_included`` and is taken as tax-free prices."""
    cdr = DIALECT.read_cdr(_example("cdr_example"))
    assert cdr.total_cost.after_taxes is not None
    assert cdr.total_cost.after_taxes > cdr.total_cost.before_taxes > 0
    assert [tariff.tax_included for tariff in cdr.tariffs] == [TaxIncluded.no]


def test_the_tax_of_a_patch_is_added() -> None:
    """The patch of a total names one tax, so what is after it is known."""
    changes = DIALECT.read_session_patch(_example("session_patch_example_total_cost")).changes
    assert changes["total_cost"] == Price(Decimal("0.60"), Decimal("0.66"))
