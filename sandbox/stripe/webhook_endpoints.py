"""Webhook endpoints: who is told; delivery is in ``webhooks``.

Answers to https://docs.stripe.com/api/webhook_endpoints.
"""

from sandbox.stripe.config import API_VERSION
from sandbox.stripe.errors import Obj, bad_parameter
from sandbox.stripe.listing import list_page
from sandbox.stripe.metadata import merge_metadata
from sandbox.stripe.state import State


def create_webhook_endpoint(state: State, params: Obj) -> Obj:
    """Create an endpoint; only this answer shows its signing secret."""
    version = params.get("api_version", API_VERSION)
    if version != API_VERSION:
        raise bad_parameter(f"This sandbox speaks {API_VERSION} only.", param="api_version")
    endpoint = add_endpoint(
        state, url=params["url"], enabled_events=params["enabled_events"], secret=state.new_id("whsec", 32)
    )
    endpoint["description"] = params.get("description")
    endpoint["metadata"] = merge_metadata({}, params.get("metadata"))
    return endpoint


def add_endpoint(state: State, *, url: str, enabled_events: list[str], secret: str) -> Obj:
    """Keep a new endpoint and return it with its secret."""
    return state.webhook_endpoints.add(
        {
            "id": state.new_id("we_1"),
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "application": None,
            "created": state.now(),
            "description": None,
            "enabled_events": enabled_events,
            "livemode": False,
            "metadata": {},
            "secret": secret,
            "status": "enabled",
            "url": url,
        }
    )


def _without_secret(endpoint: Obj) -> Obj:
    return {name: value for name, value in endpoint.items() if name != "secret"}


def retrieve_webhook_endpoint(state: State, endpoint_id: str, _params: Obj) -> Obj:
    """Return one endpoint without its secret."""
    return _without_secret(state.webhook_endpoints.need(endpoint_id))


def update_webhook_endpoint(state: State, endpoint_id: str, params: Obj) -> Obj:
    """Change the URL, the subscribed events, or switch the endpoint off and on."""
    endpoint = state.webhook_endpoints.need(endpoint_id)
    for name in ("url", "enabled_events", "description"):
        if name in params:
            endpoint[name] = params[name]
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint["metadata"] = merge_metadata(endpoint["metadata"], params.get("metadata"))
    return _without_secret(endpoint)


def roll_secret(state: State, endpoint_id: str, *, keep_seconds: float) -> Obj:
    """Give an endpoint a new secret, as the dashboard does; the old one signs along for ``keep_seconds``."""
    endpoint = state.webhook_endpoints.need(endpoint_id)
    until = state.clock.now() + keep_seconds
    state.old_secrets.setdefault(endpoint_id, []).append((endpoint["secret"], until))
    endpoint["secret"] = state.new_id("whsec", 32)
    return endpoint


def secrets_of(state: State, endpoint: Obj) -> list[str]:
    """Return the secrets that sign for an endpoint now, the newest first."""
    now = state.clock.now()
    old = [secret for secret, until in state.old_secrets.get(endpoint["id"], []) if until > now]
    return [endpoint["secret"], *old[::-1]]


def delete_webhook_endpoint(state: State, endpoint_id: str, _params: Obj) -> Obj:
    """Delete an endpoint; nothing more is sent to it."""
    state.webhook_endpoints.need(endpoint_id)
    state.webhook_endpoints.remove(endpoint_id)
    return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}


def list_webhook_endpoints(state: State, params: Obj) -> Obj:
    """List endpoints, newest first, without their secrets."""
    page = list_page(state.webhook_endpoints, params, "/v1/webhook_endpoints")
    return page | {"data": [_without_secret(endpoint) for endpoint in page["data"]]}
