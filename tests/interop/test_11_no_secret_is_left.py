"""Behavior 11: whatever tokens two sides exchange, none is left where somebody could read it.

A registration in each direction, a rotation and a charge from tap to receipt, every request looked at on its way; then
every column of every table and every log record is searched for what opens doors.
"""

import base64
import json
import logging
import re
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text

from api.services.roaming.rotate import rotate_tokens
from api.services.roaming.traffic import TrafficBuffer, flush_traffic
from tests.interop.stage import Stage

_CARD = re.compile(r"(?<![\w.-])[2-6]\d{12,18}(?![\w.-])")


class Overheard:
    """Every secret that crossed the line: tokens in headers and credentials, and the ends of addresses for results."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()

    def request(self, request: httpx.Request) -> None:
        """Take in the token of a header, and what a body carries."""
        shown = request.headers.get("authorization", "").removeprefix("Token ").strip()
        self.secrets |= {shown} | {each for each in [_decoded(shown)] if each}
        self._body(request.content, request.url.path)

    def response(self, response: httpx.Response) -> None:
        """Take in the token that credentials were answered with."""
        self._body(response.content, response.request.url.path)

    def _body(self, content: bytes, path: str) -> None:
        value = json.loads(content) if content[:1] == b"{" else {}
        data = value.get("data") if isinstance(value.get("data"), dict) else {}
        if "credentials" in path:
            self.secrets |= {str(each["token"]) for each in (value, data) if "token" in each}
        if "response_url" in value:
            self.secrets.add(str(value["response_url"]).rsplit("/", 1)[1])


def _decoded(shown: str) -> str:
    try:
        return base64.b64decode(shown, validate=True).decode().strip()
    except ValueError:
        return ""


def is_card(digits: str) -> bool:
    """Say whether a number has the check digit of a card."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(each - 9 * (each > 9) for each in doubled) % 10 == 0


@pytest.fixture
def overheard(monkeypatch: pytest.MonkeyPatch) -> Overheard:
    """Return what listens to every request of this process."""
    heard, send = Overheard(), httpx.AsyncClient.send

    async def listened(self: httpx.AsyncClient, request: httpx.Request, **more: object) -> httpx.Response:
        heard.request(request)
        response = await send(self, request, **more)  # type: ignore[arg-type]  # passed on
        if request.url.path.endswith("credentials") and not more.get("stream"):
            heard.response(response)
        return response

    monkeypatch.setattr(httpx.AsyncClient, "send", listened)
    return heard


async def test_no_token_and_no_card_is_left_in_tables_or_logs(
    overheard: Overheard, staged: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Zero hits, raw and in Base64, in all that is stored and logged, exchanges with their bodies included."""
    caplog.set_level(logging.DEBUG)
    traffic = TrafficBuffer()
    staged.transport.traffic = traffic
    partner = await staged.partner()
    charge = await staged.taps()
    await rotate_tokens(work=staged.work, ports=staged.ports, now=staged.clock.now(), partner_id=partner.id)
    await staged.passes(hours=2)
    assert (await staged.charge(charge)).status == "settled"
    await flush_traffic(work=staged.work, traffic=traffic)

    secrets = {each for each in overheard.secrets if len(each) >= 16}
    assert len(secrets) >= 5, "both tokens before and after the rotation, and an address for a result"
    found = [*await _tables(staged), *_log(caplog)]
    assert any("partner_exchange" in line for line in found)
    everything = "\n".join(found)
    encoded = {base64.b64encode(each.encode()).decode() for each in secrets}
    assert {each for each in secrets | encoded if each in everything} == set()
    assert {each for each in _CARD.findall(everything) if is_card(each)} == set()
    keys = [staged.ports.policy.sealing_key.hex(), base64.b64encode(staged.ports.policy.sealing_key).decode()]
    assert [each for each in keys if each in everything] == []


def test_a_card_is_found() -> None:
    """The search sees what it is for."""
    assert [each for each in _CARD.findall('{"n": "4242424242424242", "m": 4242424242424241}') if is_card(each)] == [
        "4242424242424242"
    ]


async def _tables(stage: Stage) -> list[str]:
    """Return every row of every table as text, after the table's name."""
    names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type LIKE 'B%'"
    lines = []
    async with stage.work() as db:
        connection = await db.connection()
        for name in (await connection.execute(text(names))).scalars().all():
            rows = await connection.execute(text(f'SELECT CAST(whole AS text) FROM "{name}" AS whole'))  # noqa: S608 - our own tables
            lines += [f"{name} {row}" for row in rows.scalars()]
    return lines


def _log(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """Yield every record with everything that hangs on it."""
    for record in caplog.records:
        yield f"{record.getMessage()} {record.__dict__}"
