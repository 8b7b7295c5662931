"""The steering wheel under ``/_sandbox``: clock, faults, webhook knobs, the card holder, the dashboard, introspection.

Nothing here exists at Stripe and no API key is asked for. Bodies are JSON. Refusals look like API errors.

| under ``/_sandbox`` | does |
|---|---|
| ``GET health``, ``GET clock`` | answers; tells virtual time |
| ``POST clock {"advance_seconds"}`` | moves virtual time and runs what became due |
| ``POST faults/clear`` | forgets what was ordered: the end of an outage |
| ``POST faults {"kind", "path", "method", "times", "skip", "seconds", "perform", "for_seconds"}`` | see ``faults`` |
| ``GET knobs``, ``POST knobs {"late_booking_seconds", "fail_payouts"}`` | shows, sets knobs of the account |
| ``GET webhooks``, ``POST webhooks {"duplicate", "reorder", "delay_seconds", "omit", "secret"}`` | shows, sets knobs |
| ``POST webhooks/resend {"event_id"} or {"all": true}, "after_seconds"`` | delivers again, omitted events too |
| ``POST payment_intents/{id}/authenticate {"outcome": "pass" or "fail"}`` | the card holder; also setup_intents |
| ``POST app/payment_intents/{id}/confirm {"payment_method"}`` | the app with a client secret; also setup_intents |
| ``GET 3ds/{id}`` | the bank's page for a person |
| ``GET stripe.js``, ``js/…`` | the script for pages, and what it calls: see ``browser`` |
| ``POST dashboard/payment_intents/{id}/capture {"amount"}``, ``…/cancel``, ``…/refund {"amount"}`` | our staff |
| ``POST dashboard/payment_methods/{id}/detach`` | our staff |
| ``POST dashboard/webhook_endpoints/{id}/roll_secret {"keep_seconds"}`` | our staff; the old secret signs along |
| ``POST dashboard/charges/{id}/dispute {"reason", "inquiry", "amount"}`` | the other bank |
| ``POST dashboard/disputes/{id}/end {"outcome"}``, ``…/escalate``, ``dashboard/payouts/{id}/fail {"code"}`` | banks |
| ``POST dashboard/charges/{id}/early_fraud_warning``, ``dashboard/payment_methods/{id}/update {"last4"}`` | banks |
| ``POST dashboard/charges/{id}/review``, ``dashboard/reviews/{id}/close {"reason"}`` | a review |
| ``GET requests`` | every API request: method, path, typed parameters, key, status, replayed, fault |
| ``GET totals`` | by currency: authorized, captured, released, expired, open, refunded, disputed, fees, net, paid_out |
| ``POST reset`` | forgets everything but the configuration |
"""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.stripe.api import Api
from sandbox.stripe.browser import browser_routes
from sandbox.stripe.confirm import authenticate_intent
from sandbox.stripe.dashboard import ACTS
from sandbox.stripe.dashboard import Act as PersonsAct
from sandbox.stripe.errors import Obj, StripeFailure, bad_parameter
from sandbox.stripe.setup_intents import authenticate_setup_intent
from sandbox.stripe.state import State
from sandbox.stripe.totals import fold_totals
from sandbox.stripe.webhooks import WebhookDispatcher

Act = Callable[[Request, Obj], Obj]

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sandbox bank</title><style>body {{ font: 16px system-ui; padding: 1rem; }}
button {{ font: inherit; padding: .7rem 1.4rem; }}
</style><h1>Your bank asks: is this you?</h1>
<p>{id}: {amount}</p><button onclick="tell('pass')">Yes</button> <button onclick="tell('fail')">No</button>
<script>async function tell(outcome) {{ await fetch("/_sandbox/{kind}/{id}/authenticate",
{{method: "POST", body: JSON.stringify({{outcome}})}}); const back = {back};
if (back) location = back; else document.body.textContent = "Done."; }}</script>"""


class Control:
    """The endpoints that steer one stand-in."""

    def __init__(self, api: Api, webhooks: WebhookDispatcher, *, start: Callable[[], None]) -> None:
        self._api = api
        self._state: State = api.state
        self._webhooks = webhooks
        self._start = start

    def routes(self) -> list[Route]:
        """Return the routes under ``/_sandbox``."""
        table: list[tuple[str, str, Act]] = [
            ("GET", "health", lambda _, __: {"ok": True}),
            ("GET", "clock", lambda _, __: {"now": self._state.clock.now()}),
            ("POST", "clock", self._advance),
            ("POST", "faults", lambda _, told: vars(self._api.faults.order(told))),
            ("POST", "faults/clear", self._forget_faults),
            ("GET", "webhooks", self._show_webhooks),
            ("POST", "webhooks", lambda _, told: vars(self._webhooks.turn(told))),
            ("POST", "webhooks/resend", self._resend),
            ("GET", "knobs", lambda _, __: vars(self._state.knobs)),
            ("POST", "knobs", self._turn),
            ("GET", "requests", lambda _, __: {"requests": list(self._api.log)}),
            ("GET", "totals", lambda _, __: fold_totals(self._state)),
            ("POST", "reset", self._reset),
            ("POST", "payment_intents/{id}/authenticate", self._authenticate),
            ("POST", "setup_intents/{id}/authenticate", self._authenticate_setup),
        ]
        table += [("POST", path, self._by_person(act)) for path, act in ACTS.items()]
        routes = [Route(f"/_sandbox/{path}", self._endpoint(act), methods=[method]) for method, path, act in table]
        return [*routes, *browser_routes(self._state), Route("/_sandbox/3ds/{id}", self._page, methods=["GET"])]

    def _by_person(self, act: PersonsAct) -> Act:
        return lambda request, told: act(self._state, request.path_params["id"], told)

    def _endpoint(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            try:
                told = msgspec.json.decode(body) if body else {}
                if not isinstance(told, dict):
                    raise bad_parameter("The body must be a JSON object.")
                self._state.run_due()
                answer = msgspec.json.encode(act(request, told))
            except msgspec.DecodeError as error:
                return JSONResponse(bad_parameter(str(error)).body, 400)
            except StripeFailure as failure:
                return JSONResponse(msgspec.to_builtins(failure.body), failure.status)
            return Response(answer, media_type="application/json")

        return endpoint

    def _advance(self, _request: Request, told: Obj) -> Obj:
        """Move the clock and run what became due before answering, so a test need not wait."""
        self._state.clock.advance(float(told.get("advance_seconds", 0)))
        self._state.run_due()
        return {"now": self._state.clock.now()}

    def _forget_faults(self, _request: Request, _told: Obj) -> Obj:
        self._api.faults.clear()
        return {"ok": True}

    def _show_webhooks(self, _request: Request, _told: Obj) -> Obj:
        return {
            "knobs": vars(self._webhooks.knobs),
            "waiting": self._webhooks.waiting,
            "deliveries": list(self._webhooks.log),
        }

    def _resend(self, _request: Request, told: Obj) -> Obj:
        events = self._state.events
        chosen = list(events.oldest_first()) if told.get("all") else [events.need(told.get("event_id", ""))]
        return {"deliveries": self._webhooks.resend(chosen, after_seconds=float(told.get("after_seconds", 0)))}

    def _turn(self, _request: Request, told: Obj) -> Obj:
        knobs = self._state.knobs
        unknown = set(told) - set(vars(knobs))
        if unknown:
            raise bad_parameter(f"Unknown knob: {', '.join(sorted(unknown))}.")
        for name, value in told.items():
            setattr(knobs, name, value)
        return vars(knobs)

    def _reset(self, _request: Request, _told: Obj) -> Obj:
        self._state.clear()
        self._state.clock.reset()
        self._api.faults.clear()
        self._api.keys.clear()
        self._api.log.clear()
        self._webhooks.clear()
        self._start()
        return {"ok": True}

    def _authenticate(self, request: Request, told: Obj) -> Obj:
        return authenticate_intent(self._state, request.path_params["id"], passed=_passed(told))

    def _authenticate_setup(self, request: Request, told: Obj) -> Obj:
        return authenticate_setup_intent(self._state, request.path_params["id"], passed=_passed(told))

    async def _page(self, request: Request) -> Response:
        """Show the bank's page of an intent that waits for 3D Secure."""
        object_id = request.path_params["id"]
        kind = "setup_intents" if object_id.startswith("seti_") else "payment_intents"
        found = getattr(self._state, kind).get(object_id)
        if found is None or found["status"] != "requires_action":
            return HTMLResponse("Nothing waits for you here.", 404)
        back = (found["next_action"].get("redirect_to_url") or {}).get("return_url")
        amount = f"{found['amount']} {found['currency']}" if "amount" in found else "saving your card"
        # "</" inside a script would end it; JSON allows the escaped form.
        quoted = msgspec.json.encode(back).decode().replace("</", "<\\/")
        return HTMLResponse(_PAGE.format(id=object_id, amount=amount, kind=kind, back=quoted))


def _passed(told: Obj) -> bool:
    if told.get("outcome") not in ("pass", "fail"):
        raise bad_parameter("outcome must be pass or fail.", param="outcome")
    return bool(told["outcome"] == "pass")
