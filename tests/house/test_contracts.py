"""The import contracts of ``pyproject.toml``: they hold, they name everything there is, and each of them bites."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.house.source import ROOT

PACKAGES = ("api", "clients", "sandbox")
SHARED_BY_FACES = {"page_forms", "page_guard"}
"""What faces made of pages have in common; they import no face."""

BREAKS = [
    ("inwards", "api/domain/money.py", "import api.services.work"),
    ("inwards", "api/ports/clock.py", "import api.models.driver"),
    ("inwards", "api/services/work.py", "import api.settings"),
    ("inwards", "clients/ocpi/paging.py", "import api.models.partner"),
    ("inwards", "clients/stripe/errors.py", "import clients.ocpi.envelope"),
    ("inwards", "clients/push/fcm.py", "import clients.stripe.errors"),
    ("inwards", "clients/url_guard.py", "import clients.push.jws"),
    ("inwards", "api/worker.py", "import api.cli"),
    ("inwards", "sandbox/stack.py", "import api.worker"),
    ("places", "api/helpers.py", ""),
    ("places", "api/models/driver.py", "import api.ports.clock"),
    ("pure-domain", "api/domain/money.py", "import sqlmodel"),
    ("pure-domain", "api/domain/charging/facts.py", "import httpx"),
    ("ports-only", "api/services/charging/start.py", "import clients.stripe.payments"),
    ("ports-only", "api/services/roaming/register.py", "import httpx"),
    ("stripe-in-one-place", "api/wiring.py", "import stripe"),
    ("identity-in-one-place", "api/routes/console/provider.py", "import authlib.oidc"),
    ("identity-in-one-place", "clients/push/jws.py", "import joserfc.jwt"),
    ("jwt-in-one-place", "api/deps.py", "import jose"),
    ("versions-apart", "clients/ocpi/v2_1_1/mapping/tariff.py", "import clients.ocpi.v2_2_1.wire.tariff"),
    ("versions-apart", "clients/ocpi/v2_2_1/mapping/tariff.py", "import clients.ocpi.v2_3_0.wire.tariff"),
    ("versions-apart", "clients/ocpi/v2_3_0/mapping/tariff.py", "import clients.ocpi.v2_1_1.wire.tariff"),
    ("wire-stays-home", "api/routes/ocpi/sessions.py", "import clients.ocpi.v2_2_1.wire.session"),
    ("wire-stays-home", "api/cli/price.py", "import clients.ocpi.v2_1_1.mapping.tariff"),
    ("wire-stays-home", "api/cli/price.py", "import clients.ocpi.v2_3_0.wire.tariff"),
    ("faces-apart", "api/routes/app/problems.py", "import api.routes.ocpi.envelope"),
    ("rooms-stacked", "api/services/payments/place.py", "import api.services.charging.start"),
    ("rooms-stacked", "api/services/payments/place.py", "import api.services.roaming.keys"),
    ("rooms-stacked", "api/services/charging/stop.py", "import api.services.webhooks.send"),
    ("rooms-stacked", "api/services/helpers.py", ""),
    ("no-sandbox-inside", "api/cli/operate.py", "import sandbox.stack"),
    ("stand-ins-apart", "sandbox/cpo/app.py", "import api.domain.money"),
    ("stand-ins-apart", "sandbox/stripe/server.py", "import clients.stripe.errors"),
]
"""Contract, file, and the line that must break it; a new file without a place breaks too."""


def _contracts() -> dict[str, dict[str, Any]]:
    """Return the contracts by id."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    return {each["id"]: each for each in tool["contracts"]}


def _lint(root: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Run the import linter on the tree at ``root``."""
    chosen = [word for each in contracts for word in ("--contract", each)]
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(  # noqa: S603 - our own interpreter, fixed words
        [*command, "--no-logo", "--no-cache", *chosen],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copied_house(tmp_path: Path) -> Path:
    """Return a copy of the tree that a test may spoil."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_keeps_its_contracts(copied_house: Path) -> None:
    """The tree as it is breaks none, so the breaks below are the spoiled line's doing."""
    found = _lint(copied_house)
    assert found.returncode == 0, found.stdout
    assert f"Contracts: {len(_contracts())} kept, 0 broken." in found.stdout


@pytest.mark.parametrize(("contract", "path", "line"), BREAKS, ids=[f"{each[0]}-{each[2]}" for each in BREAKS])
def test_an_import_against_the_house_breaks_it(copied_house: Path, contract: str, path: str, line: str) -> None:
    """One forbidden line in an otherwise good tree breaks the contract that forbids it."""
    spoiled = copied_house / path
    before = spoiled.read_text("utf-8") if line else '"""A module nobody gave a place."""\n'
    spoiled.write_text(f"{before}\n{line}\n", "utf-8")
    found = _lint(copied_house, contract)
    assert (found.returncode, f"{_contracts()[contract]['name']} BROKEN" in found.stdout) == (1, True), found.stdout


def test_every_contract_is_shown_to_bite() -> None:
    """A contract that nothing here breaks is one that nobody has seen work."""
    assert {each[0] for each in BREAKS} == set(_contracts())


def test_the_contracts_name_every_version_face_and_client() -> None:
    """What is new under ``clients`` or ``api/routes`` is bound by the contracts from its first day."""
    contracts = _contracts()
    versions = {f"clients.ocpi.{each.name}" for each in (ROOT / "clients" / "ocpi").glob("v*") if each.is_dir()}
    assert set(contracts["versions-apart"]["modules"]) == versions
    assert set(contracts["wire-stays-home"]["protected_modules"]) == versions
    faces = set(_children("api/routes")) - SHARED_BY_FACES
    assert set(contracts["faces-apart"]["modules"]) == {f"api.routes.{each}" for each in faces}
    floors = " | ".join(contracts["inwards"]["layers"]).split(" | ")
    assert {f"clients.{each}" for each in _children("clients")} <= set(floors)


def _children(folder: str) -> set[str]:
    """Return the names of the modules and packages right under ``folder``."""
    found = [each for each in (ROOT / folder).iterdir() if each.suffix == ".py" or (each / "__init__.py").exists()]
    return {each.stem for each in found} - {"__init__"}
