"""What a browser asks of the stand-in: the script in ``browser.js``, and the few calls that it makes with a public key.

Answers from any origin, as Stripe's do. A client secret opens its intent and nothing else.
"""

import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.stripe.confirm import confirm_intent
from sandbox.stripe.errors import Obj, StripeFailure, bad_parameter
from sandbox.stripe.payment_methods import create_payment_method
from sandbox.stripe.state import State

_SCRIPT = Path(__file__).with_name("browser.js")
_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
_SHOWN = ("id", "object", "amount", "currency", "status", "last_payment_error", "next_action", "capture_method")
Act = Callable[[State, Request, Obj], Obj]


def browser_routes(state: State) -> list[Route]:
    """Return the routes of the script and of its calls, under ``/_sandbox``."""

    async def script(_request: Request) -> Response:
        return Response(_SCRIPT.read_text(encoding="utf-8"), media_type="text/javascript", headers=_ANY_ORIGIN)

    table: list[tuple[str, str, Act]] = [
        ("POST", "payment_methods", _make_method),
        ("GET", "payment_intents/{id}", _show_intent),
        ("POST", "payment_intents/{id}/confirm", _confirm),
    ]
    routes = [Route(f"/_sandbox/js/{path}", _endpoint(state, act), methods=[method]) for method, path, act in table]
    return [Route("/_sandbox/stripe.js", script, methods=["GET"]), *routes]


def _endpoint(state: State, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            told = msgspec.json.decode(body) if body else {}
            if not isinstance(told, dict):
                raise bad_parameter("The body must be a JSON object.")
            state.run_due()
            return JSONResponse(msgspec.to_builtins(act(state, request, told)), headers=_ANY_ORIGIN)
        except msgspec.DecodeError as error:
            return JSONResponse(bad_parameter(str(error)).body, 400, headers=_ANY_ORIGIN)
        except StripeFailure as failure:
            return JSONResponse(msgspec.to_builtins(failure.body), failure.status, headers=_ANY_ORIGIN)

    return endpoint


def _make_method(state: State, _request: Request, told: Obj) -> Obj:
    """Make a payment method of a simulated card's number; the number is not kept."""
    method = create_payment_method(state, {"type": "card", "card": {"number": str(told.get("number", ""))}})
    return {"id": method["id"], "object": "payment_method", "type": "card", "card": dict(method["card"])}


def _show_intent(state: State, request: Request, _told: Obj) -> Obj:
    return _public(_intent(state, request, request.query_params.get("client_secret", "")))


def _confirm(state: State, request: Request, told: Obj) -> Obj:
    """Confirm an intent with a card, as the script does for an intent that we made without one."""
    intent = _intent(state, request, str(told.get("client_secret", "")))
    method = _make_method(state, request, told)
    return _public(confirm_intent(state, intent, {"payment_method": method["id"], "use_stripe_sdk": True}))


def _intent(state: State, request: Request, secret: str) -> Obj:
    """Return the intent that a secret opens; of any other the script learns no more than that there is none."""
    intent = state.payment_intents.need(request.path_params["id"])
    if not hmac.compare_digest(str(intent["client_secret"]).encode(), secret.encode()):
        raise StripeFailure(404, "No such payment_intent.", code="resource_missing", recorded=False)
    return intent


def _public(intent: Obj) -> Obj:
    return {name: intent.get(name) for name in _SHOWN}
