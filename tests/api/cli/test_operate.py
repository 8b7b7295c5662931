"""The command line: what the live processes are started with."""

import os

import pytest
from typer.testing import CliRunner

from api.cli import app


def test_serving_writes_no_access_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses hold token uids, secrets of commands and where drivers stand; none of that may be logged (X9)."""
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _path, arguments: started.append(arguments))
    assert CliRunner().invoke(app, ["serve", "--port", "8123"]).exit_code == 0
    assert started[0][2:] == ["uvicorn", "api.main:app", "--host", "127.0.0.1", "--port", "8123", "--no-access-log"]
