"""Reading the event log. Answers to https://docs.stripe.com/api/events. Writing it is ``State.emit``."""

import re

from sandbox.stripe.config import DAY_SECONDS
from sandbox.stripe.errors import Obj
from sandbox.stripe.listing import list_page
from sandbox.stripe.state import State

_KEPT_DAYS = 30


def list_events(state: State, params: Obj) -> Obj:
    """List events of the last 30 days by ``type`` (``*`` allowed), ``types``, ``created``, ``delivery_success``."""
    oldest = state.now() - _KEPT_DAYS * DAY_SECONDS
    types = set(params.get("types", []))
    pattern = re.compile(re.escape(params.get("type", "*")).replace(r"\*", ".*"))
    wanted = params.get("delivery_success")

    def keep(event: Obj) -> bool:
        if event["created"] < oldest or not pattern.fullmatch(event["type"]) or (types and event["type"] not in types):
            return False
        return wanted is None or wanted == (event["pending_webhooks"] == 0)

    return list_page(state.events, params, "/v1/events", keep=keep)
