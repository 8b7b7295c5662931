"""``chargehand sandbox``: the virtual operator and the conformance kit, started from the product's command line."""

import subprocess
import sys

from sandbox.cpo.conformance.run import CASES
from sandbox.cpo.faults import FAULTS
from tests.clients.ocpi.shared import REPOSITORY


def shown(*arguments: str) -> str:
    """Return what a command prints."""
    command = [sys.executable, "-m", "api.cli", "sandbox", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own program


def test_the_faults_are_listed() -> None:
    """`--list-faults` reaches the operator and lists each by its name."""
    assert [line.split()[0] for line in shown("cpo", "--list-faults").splitlines()] == list(FAULTS)


def test_help_is_the_operators_own() -> None:
    """Options are those of the program that is started."""
    for option in ("--version", "--fault", "--register-at", "--token", "--hub"):
        assert option in shown("cpo", "--help")


def test_the_cases_are_listed() -> None:
    """The kit is started the same way."""
    assert len(shown("conformance", "--list-cases").splitlines()) == len(CASES)


def test_an_operator_runs_in_one_version_with_a_fault() -> None:
    """`sandbox cpo --version 2.1.1 --fault late_cdr` prints where it is and its token."""
    command = [sys.executable, "-m", "api.cli", "sandbox", "cpo", "--version", "2.1.1", "--fault", "late_cdr"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        assert process.stdout is not None
        try:
            assert process.stdout.readline().startswith("virtual CPO versions_url=http://127.0.0.1:")
        finally:
            process.terminate()
