"""A production build is without the sandbox: what moves time or looks behind the curtain is absent, not refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.factory import create_app
from api.settings import Settings
from tests.api.test_settings import LIVE
from tests.fakes import fake_ports
from tests.house.source import ROOT

_BOOT = '''
import json, sys
sys.modules["sandbox"] = None  # whoever imports it fails: a production build need not ship it
import api.worker
from api.main import build

def inside(thing):
    """The routes of a mount, of a router that was included, or of what wraps either."""
    while thing is not None and not getattr(thing, "routes", None):
        around = ("original_router", "app", "_app")
        thing = next((vars(thing)[name] for name in around if name in getattr(thing, "__dict__", {})), None)
    return getattr(thing, "routes", [])

def paths(routes, prefix=""):
    for route in routes:
        here = prefix + getattr(route, "path", "")
        yield here
        yield from paths(inside(route), here)

print(json.dumps(sorted(set(paths(build().routes)))))
'''
_OF_THE_SANDBOX = {"jump", "travel", "clock", "sandbox", "_sandbox", "scan", "mails", "faults", "plans", "now"}
_ENDPOINTS = [
    ("POST", "/jump?minutes=30"), ("GET", "/now"), ("GET", "/mails/ada@example.com"), ("GET", "/scan/DE*ABC*E1"),
    ("POST", "/v1/jump"), ("POST", "/v1/clock"), ("GET", "/_sandbox"), ("POST", "/_sandbox/faults"),
    ("POST", "/v1/_sandbox/clock"), ("POST", "/pay/_sandbox/clock"),
]  # fmt: skip


def _booted(tmp_path: Path, **environment: str) -> list[str]:
    """Return every path of a web process that is started without the sandbox at hand."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEHAND_")}
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _BOOT], env=clean | nowhere | environment, cwd=tmp_path, capture_output=True, text=True,
        timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.capability("A34")
def test_production_runs_without_the_sandbox(tmp_path: Path) -> None:
    """Web process and worker start where there is no sandbox, and not one of their routes is of its kind."""
    real = {
        f"CHARGEHAND_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in LIVE.items()
        if name not in {"stripe_api_key", "environment"}
    }
    production = _booted(tmp_path, STRIPE_API_KEY="sk_live_1", CHARGEHAND_ENVIRONMENT="production", **real)
    known = {
        "/v1/charging-sessions/{charging_session_id}",
        "/ocpi/versions",
        "/pay/c/{token}",
        "/account/{page}/{token}",
    }
    assert known <= set(production), "routes are no longer found"
    assert [path for path in production if _OF_THE_SANDBOX & set(path.split("/"))] == []
    assert production == _booted(tmp_path), "and the sandbox's processes are the very same: it stands beside them"


@pytest.mark.capability("A34")
async def test_nobody_answers_where_the_sandbox_would(engine: AsyncEngine) -> None:
    """The sandbox's addresses are unknown in production: 404 like any other word, never 401, 403 or 405."""
    app = create_app(Settings(**LIVE), fake_ports(), engine)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://charge.example") as http:
        answers = {path: (await http.request(method, path)).status_code for method, path in _ENDPOINTS}
    assert set(answers.values()) == {404}, answers
