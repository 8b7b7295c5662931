"""One API request from its bytes to its answer: key, version, fault, idempotency, parameters, work, expansion.

Answers to https://docs.stripe.com/api (authentication, errors, idempotent requests, versioning, request ids). Knows no
object; ``routes`` says which function does the work. Knows no web framework either; ``server`` speaks ASGI.
"""

import asyncio
import base64
import hmac
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import msgspec

from sandbox.stripe.config import API_VERSION
from sandbox.stripe.errors import Obj, StripeFailure, bad_parameter
from sandbox.stripe.expand import check_expansions, expand
from sandbox.stripe.faults import Fault, Faults
from sandbox.stripe.form import decode_form
from sandbox.stripe.idempotency import IdempotencyKeys, StoredAnswer, in_use
from sandbox.stripe.params import check_params
from sandbox.stripe.routes import Route, find_route
from sandbox.stripe.state import CurrentRequest, State

_LOGGED_REQUESTS = 50_000


@dataclass(frozen=True, kw_only=True)
class ApiRequest:
    """One request as it arrived; header names are lower case."""

    method: str
    path: str
    query: str
    body: str
    headers: dict[str, str]

    @property
    def idempotency_key(self) -> str | None:
        """The key of a POST; other methods are idempotent by themselves."""
        return self.headers.get("idempotency-key") if self.method == "POST" else None

    @property
    def fingerprint(self) -> tuple[object, ...]:
        """What must be equal for a key to mean the same request."""
        return (self.method, self.path, tuple(sorted(parse_qsl(self.body, keep_blank_values=True))))


@dataclass(kw_only=True)
class Answer:
    """One answer as it leaves."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Api:
    """The API of one account."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.faults = Faults(state.clock.now)
        self.keys = IdempotencyKeys(state.config.idempotency_seconds)
        self.log: deque[Obj] = deque(maxlen=_LOGGED_REQUESTS)

    async def answer(self, request: ApiRequest) -> Answer | None:
        """Return the answer, or None when the connection is to close without one."""
        request_id = self.state.new_id("req", 14)
        entry: Obj = {
            "id": request_id,
            "method": request.method,
            "path": request.path,
            "params": {},
            "idempotency_key": request.idempotency_key,
            "status": None,
            "replayed": False,
            "fault": None,
        }
        self.log.append(entry)
        try:
            answer = await self._answer(request, request_id, entry)
        except StripeFailure as failure:
            answer = Answer(
                status=failure.status, body=msgspec.json.encode(failure.body), headers=dict(failure.headers)
            )
        if answer is not None:
            entry["status"] = answer.status
            answer.headers |= {"Request-Id": request_id, "Stripe-Version": API_VERSION}
            if request.idempotency_key:
                answer.headers["Idempotency-Key"] = request.idempotency_key
        return answer

    async def _answer(self, request: ApiRequest, request_id: str, entry: Obj) -> Answer | None:
        fault = self.faults.take(request.method, request.path)
        entry["fault"] = fault.kind if fault else None
        if fault is not None and fault.kind == "drop_request":
            return None
        self._authorize(request)
        entry["params"] = tree = decode_form(request.query if request.method == "GET" else request.body)
        if fault is not None:
            _refuse_by_fault(fault, request)
        route, object_id = find_route(request.method, request.path)
        replayed = self._claim_key(request)
        if replayed is not None:
            entry["replayed"] = True
            headers = {"Idempotent-Replayed": "true", "Original-Request": replayed.request_id}
            answer = Answer(status=replayed.status, body=replayed.body, headers=headers)
        else:
            if fault is not None and fault.kind == "slow":
                await asyncio.sleep(fault.seconds)
            answer = self._first_answer(request, request_id, _Call(route, object_id, tree, entry), fault)
        return None if fault is not None and fault.kind == "drop_answer" else answer

    def _authorize(self, request: ApiRequest) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            given = base64.b64decode(given, validate=False).decode("utf-8", "replace").removesuffix(":")
        if not hmac.compare_digest(given.encode(), self.state.config.api_key.encode()):
            raise StripeFailure(401, "This API key is not the sandbox's.", code="api_key_invalid", recorded=False)
        version = request.headers.get("stripe-version", API_VERSION)
        if version != API_VERSION:
            raise bad_parameter(f"This sandbox speaks {API_VERSION}, not {version}.", param="Stripe-Version")

    def _claim_key(self, request: ApiRequest) -> StoredAnswer | None:
        if request.idempotency_key is None:
            return None
        return self.keys.begin(request.idempotency_key, request.fingerprint, self.state.clock.now())

    def _first_answer(self, request: ApiRequest, request_id: str, call: "_Call", fault: Fault | None) -> Answer:
        """Do the work and keep the answer for its key; frees the key when nothing was carried out."""
        key = request.idempotency_key
        origin = request.headers.get("host", "127.0.0.1")
        self.state.run_due()
        self.state.request = CurrentRequest(request_id, key, base_url=f"http://{origin}")
        recorded = False
        try:
            answer = self._work(call, fault)
            recorded = True
        except StripeFailure as failure:
            recorded = failure.recorded
            answer = Answer(status=failure.status, body=msgspec.json.encode(failure.body), headers=failure.headers)
        finally:
            self.state.request = None
            if key is not None and not recorded:
                self.keys.forget(key)
        if key is not None and recorded:
            self.keys.keep(key, StoredAnswer(answer.status, answer.body, request_id))
            answer.headers["Original-Request"] = request_id
        return answer

    def _work(self, call: "_Call", fault: Fault | None) -> Answer:
        broken = fault is not None and fault.kind == "error_500"
        if fault is None or not broken or fault.perform:
            body = msgspec.json.encode(self._carry_out(call))
        if broken:
            # The stored 500 would only be replayed, so the real API asks clients not to retry it.
            raise StripeFailure(
                500, "Something went wrong here.", type_="api_error", headers={"Stripe-Should-Retry": "false"}
            )
        return Answer(status=200, body=body)

    def _carry_out(self, call: "_Call") -> Obj:
        if "payment_method_types" in call.tree and call.route.params_type.startswith(("PaymentIntent", "SetupIntent")):
            raise bad_parameter(
                "payment_method_types is gone: use allowed_payment_method_types.",
                code="payment_method_types_no_longer_supported",
                param="payment_method_types",
            )
        params = check_params(call.route.params_type, call.tree)
        call.entry["params"] = params
        wanted = params.get("expand", [])
        check_expansions(call.route.kind, wanted, listed=call.route.listed)
        arguments = (call.object_id, params) if call.route.takes_id else (params,)
        return expand(self.state, call.route.handler(self.state, *arguments), wanted)


@dataclass(frozen=True)
class _Call:
    route: Route
    object_id: str | None
    tree: Obj
    entry: Obj


def _refuse_by_fault(fault: Fault, request: ApiRequest) -> None:
    if fault.kind == "outage":
        raise StripeFailure(503, "Stripe is not available.", type_="api_error", recorded=False)
    if fault.kind == "rate_limited":
        raise StripeFailure(
            429,
            "Too many requests.",
            code="rate_limit",
            recorded=False,
            headers={"Stripe-Rate-Limited-Reason": "global-rate"},
        )
    if fault.kind == "in_flight":
        raise in_use(request.idempotency_key)
