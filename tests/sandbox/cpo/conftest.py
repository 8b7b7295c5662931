"""One virtual CPO on a clock that stands still, one eMSP, and a registration between them, for each test."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.cpo.app import create_app
from sandbox.cpo.clock import ManualClock
from sandbox.cpo.world import CpoConfig
from tests.sandbox.cpo.emsp import Emsp, Got, emsp_app, headers, own_credentials
from tests.serving import serve

Json = dict[str, Any]

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC).timestamp()  # a Monday, noon in Berlin
AC = {"location_id": "VCP-AC-MARKET", "evse_uid": "vcp-evse-0013"}
TOKEN = {
    "country_code": "DE",
    "party_id": "TST",
    "uid": "start-token-1",
    "type": "APP_USER",
    "contract_id": "DETSTC00000017",
    "issuer": "Test eMSP",
    "valid": True,
    "whitelist": "NEVER",
    "last_updated": "2026-03-02T10:00:00Z",
}


OLD_TOKEN = {name: value for name, value in TOKEN.items() if name not in ("country_code", "party_id", "contract_id")}
OLD_TOKEN |= {"auth_id": "DETSTC00000017", "type": "OTHER"}


@dataclass
class Stage:
    """Both sides and the means to steer them."""

    cpo: str
    emsp: Emsp
    clock: ManualClock
    http: httpx.Client
    token_a: str
    our_token: str = ""
    version: str = "2.2.1"

    def call(self, method: str, path: str, body: Any = None, token: str | None = None, **query: str) -> httpx.Response:
        """Call the CPO as the eMSP does."""
        return self.http.request(
            method,
            self.cpo + path,
            json=body,
            params=query or None,
            headers=headers(token or self.our_token, self.version),
        )

    def data(self, path: str, **query: str) -> Any:
        """GET from the CPO and return the data of a successful answer, numbers exact."""
        answer = self.call("GET", path, **query)
        envelope = json.loads(answer.content, parse_float=Decimal)
        assert (answer.status_code, envelope["status_code"]) == (200, 1000), envelope
        return envelope["data"]

    def hand(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """Use the hand behind the curtain."""
        answer = self.http.request(method, f"{self.cpo}/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.content, parse_float=Decimal)

    def register(self, version: str = "2.2.1") -> None:
        """Register the eMSP at the CPO."""
        self.version = version
        self.emsp.versions = ("2.1.1", "2.2.1", "2.3.0")
        offer = own_credentials(self.emsp, version)
        answer = self.call("POST", f"/ocpi/{version}/credentials", offer, self.token_a)
        assert answer.json()["status_code"] == 1000, answer.text
        self.our_token = answer.json()["data"]["token"]
        self.emsp.got.clear()

    def command(self, name: str, body: Json) -> Json:
        """Send a command and return the CommandResponse."""
        body = {"response_url": f"{self.emsp.base}/result/{name}"} | body
        answer = self.call("POST", f"/ocpi/{self.version}/commands/{name}", body)
        assert answer.json()["status_code"] == 1000, answer.text
        found: Json = answer.json()["data"]
        return found

    def start(self, where: Json = AC, *, plan: Json | None = None, **more: Any) -> Json:
        """Start a session, with a plan for the car, and return the CommandResponse."""
        self.hand("plans", {"evse_uid": where.get("evse_uid", "*"), "plan": plan or {}})
        return self.command("START_SESSION", {"token": OLD_TOKEN if self.version == "2.1.1" else TOKEN} | where | more)

    def pass_time(self, seconds: float) -> None:
        """Move virtual time and wait until everything due has happened and arrived."""
        self.clock.advance(seconds)
        self.settle()

    def settle(self) -> None:
        """Wait until the CPO is idle."""
        self.emsp.wait(lambda: self.hand("idle", method="GET")["busy"] == 0)

    def session_id(self) -> str:
        """Return the id of the latest session at the CPO."""
        found: str = self.hand("sessions", method="GET")[-1]["id"]
        return found

    def cdrs(self) -> list[Json]:
        """Return the CDRs that arrived."""
        return [got.body for got in self.emsp.of("/cdrs", "POST")]

    def patches(self) -> list[Got]:
        """Return the session PATCHes that arrived."""
        return self.emsp.of("/sessions", "PATCH")


@pytest.fixture
def config() -> CpoConfig:
    """Configure the CPO: clock at noon, quick retries."""
    return CpoConfig(clock=ManualClock(NOON), patience=(0.02, 0.05, 0.1))


@pytest.fixture
def bare(config: CpoConfig) -> Iterator[Stage]:
    """Set the stage without a registration."""
    emsp = Emsp()
    assert isinstance(config.clock, ManualClock)
    app = create_app(config)
    with serve(emsp_app(emsp)) as emsp_url, serve(app) as cpo, httpx.Client(timeout=20, trust_env=False) as http:
        emsp.base = emsp_url
        yield Stage(cpo, emsp, config.clock, http, app.state.world.token_a)


@pytest.fixture
def stage(bare: Stage) -> Stage:
    """Set the stage with the eMSP registered."""
    bare.register()
    return bare
