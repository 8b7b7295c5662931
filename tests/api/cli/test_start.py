"""How the command line starts: every command is there, and those that need no database do not load one."""

import subprocess
import sys

from tests.api.cli.running import run
from tests.clients.ocpi.shared import REPOSITORY

COMMANDS = {
    (): {"migrate", "serve", "worker", "proof", "price", "tariff", "partner", "driver", "charge", "ledger", "payout"},
    ("partner",): {"add", "invite", "list", "pull"},
    ("charge",): {"settle"},
    ("driver",): {"add"},
    ("tariff",): {"lint"},
    ("payout",): {"list", "show", "pull"},
    ("ledger",): {"verify", "trial-balance", "journal", "reverse"},
}


def test_every_command_is_listed() -> None:
    """Help names each command of each group."""
    for group, commands in COMMANDS.items():
        result = run(*group, "--help")
        assert result.exit_code == 0
        assert {word for word in result.stdout.replace("│", " ").split() if word in commands} == commands


def test_pricing_loads_neither_database_nor_web_framework() -> None:
    """``chargehand price`` is to answer at once, so nothing of the service may be loaded before a command runs."""
    script = "import sys, api.cli; print([m for m in ('sqlalchemy', 'fastapi', 'stripe', 'httpx') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert done.stdout == "[]\n"
