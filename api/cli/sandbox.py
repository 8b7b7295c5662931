"""The sandbox from the command line: a virtual operator, and the conformance kit a partner can run against us.

The product does not know the sandbox, so each is a process of its own that takes this one's place.
"""

import os
import sys
from typing import Annotated

import typer

sandbox_app = typer.Typer(no_args_is_help=True, help="A virtual operator or hub, and the conformance kit.")

_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
_Options = Annotated[list[str] | None, typer.Argument(help="Options; --help lists them.", show_default=False)]


@sandbox_app.command("cpo", context_settings=_PASSED_ON)
def sandbox_cpo(options: _Options = None) -> None:
    """Run a virtual operator: --version 2.1.1, --fault late_cdr, --hub, --register-at URL --token T, --list-faults."""
    _become("sandbox.cpo", options)


@sandbox_app.command("conformance", context_settings=_PASSED_ON)
def sandbox_conformance(options: _Options = None) -> None:
    """Play an operator against an eMSP, case by case: --versions-url URL --token T [--version 2.2.1]."""
    _become("sandbox.cpo.conformance", options)


def _become(module: str, options: list[str] | None) -> None:
    os.execv(sys.executable, [sys.executable, "-m", module, *(options or [])])  # noqa: S606 - our own program
