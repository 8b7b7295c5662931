"""A processor and a partner that answer at once and write down when they were asked, and the floor of a start.

``moments`` of the stand-ins tell, for each charge, when the hold was asked for, when that was answered, and when the
start arrived. Holds are captured and canceled as asked; one that was not asked for here is taken for one of
``ocpi_world.fill``. Lists are empty. The floor is the least that brings a tap to a charger: a bare ASGI application
that makes the two calls, one after the other, and keeps nothing.
"""

import json
import os
import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
from starlette.types import Receive, Scope, Send

INTENTS, START, MOMENTS = "/v1/payment_intents", "/ocpi/commands/START_SESSION", "/moments"
STANDINS = "BENCH_STANDINS"
"""The environment variable that tells the floor where the stand-ins are."""
_moments: defaultdict[str, dict[str, float]] = defaultdict(dict)
_intents: dict[str, dict[str, Any]] = {}
_client = httpx.AsyncClient(trust_env=False)


async def standins(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as a processor that holds any amount, and as a partner that accepts any start."""
    if scope["type"] != "http":
        return
    arrived, body = time.monotonic(), await _body(receive)
    if scope["method"] == "GET" and scope["path"].startswith("/v1/") and not scope["path"].startswith(f"{INTENTS}/"):
        await _answer(send, {"object": "list", "data": [], "has_more": False})
    elif scope["path"] == INTENTS:
        asked = dict(parse_qsl(body.decode()))
        charge = asked["metadata[charging_session_id]"]
        intent = _intents[f"pi_{charge}"] = _intent(asked)
        await _answer(send, intent)
        _moments[charge] |= {"asked": arrived, "held": time.monotonic()}
    elif scope["path"].startswith(INTENTS):
        await _answer(send, _ended(scope["path"], dict(parse_qsl(body.decode()))))
    elif scope["path"] == START:
        _moments[json.loads(body)["authorization_reference"]]["started"] = arrived
        accepted = {"result": "ACCEPTED", "timeout": 30}
        await _answer(send, {"data": accepted, "status_code": 1000, "timestamp": datetime.now(UTC).isoformat()})
    elif scope["path"] == MOMENTS:
        await _answer(send, _moments)
    else:
        await _answer(send, {"error": {"type": "invalid_request_error", "message": scope["path"]}}, 404)


async def floor(scope: Scope, receive: Receive, send: Send) -> None:
    """Ask for a hold, then for the start, then answer."""
    if scope["type"] != "http":
        return
    address, charge = os.environ[STANDINS], json.loads(await _body(receive))["id"]
    hold = {"amount": "5000", "currency": "eur", "metadata[charging_session_id]": charge}
    await _client.post(address + INTENTS, data=hold)
    await _client.post(address + START, json={"authorization_reference": charge})
    await _answer(send, {"id": charge}, 201)


def _intent(asked: dict[str, str]) -> dict[str, Any]:
    card = {"brand": "visa", "last4": "4242", "capture_before": int(time.time()) + 600_000}
    amount, intent = int(asked["amount"]), f"pi_{asked['metadata[charging_session_id]']}"
    charge = {"object": "charge", "id": f"ch_{intent}", "payment_method_details": {"card": card}}
    return {
        "object": "payment_intent",
        "id": intent,
        "status": "requires_capture",
        "amount": amount,
        "amount_capturable": amount,
        "amount_received": 0,
        "currency": asked["currency"],
        "client_secret": f"{intent}_secret",
        "latest_charge": charge,
    }


def _ended(path: str, asked: dict[str, str]) -> dict[str, Any]:
    """Return an intent as it is once it was captured or canceled, or merely looked at."""
    name, _, action = path.removeprefix(INTENTS + "/").partition("/")
    if name not in _intents:
        filled = {"amount": "500000", "currency": "eur", "metadata[charging_session_id]": name.removeprefix("pi_")}
        _intents[name] = _intent(filled)
    intent = _intents[name]
    if action == "capture":
        received = int(asked["amount_to_capture"])
        fee = {"object": "balance_transaction", "id": f"txn_{name}", "fee": 25, "currency": intent["currency"]}
        intent |= {"status": "succeeded", "amount_capturable": 0, "amount_received": received}
        intent["latest_charge"]["balance_transaction"] = fee
    elif action == "cancel":
        intent |= {"status": "canceled", "amount_capturable": 0}
    return intent


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


async def _answer(send: Send, value: object, status: int = 200) -> None:
    body = json.dumps(value).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
