"""Objects for the cases, written by the same hands as the virtual operator's own: a session and its CDR at one EVSE."""

import time
from typing import Any

from sandbox.cpo import bill, billing
from sandbox.cpo.clock import to_iso
from sandbox.cpo.conformance.kit import Kit
from sandbox.cpo.feed import Place
from sandbox.cpo.model import LiveSession, Plan

Json = dict[str, Any]

CHARGED_S = 3600


def place(kit: Kit) -> Place:
    """Return the EVSE that the cases use."""
    return next(iter(kit.world.feed.places.values()))


def running(kit: Kit, name: str) -> LiveSession:
    """Return a session that began two hours ago and has charged for ten minutes."""
    where = place(kit)
    connector = where.evse["connectors"][0]
    token = {"uid": f"kit-{kit.run_id}", "type": "OTHER", "auth_id": f"KIT-{kit.run_id}"}
    token |= {"contract_id": f"KIT-{kit.run_id}", "country_code": "DE", "party_id": "KIT"}
    tariff = kit.world.feed.tariff_of(connector)
    billed = None if tariff is None else kit.wire.billable(tariff)
    live = LiveSession(f"{name}-{kit.run_id}", kit.registered(), where, connector, billed, token, Plan(), None)
    start = int(time.time()) - 2 * CHARGED_S
    live.course, live.status = live.plan.course(start), "ACTIVE"
    live.reported_until = start + 600
    live.last_updated = live.reported_until
    return live


def session(kit: Kit, live: LiveSession) -> Json:
    """Session as a whole, as of its last report."""
    start, until = live.running().start, live.reported_until
    return kit.wire.session(live, billing.slices_between(live, start, until), billing.running_bill(live, until))


def patch(kit: Kit, live: LiveSession, until: int) -> Json:
    """Move the session on to ``until`` and return what changed."""
    start, before = live.running().start, live.reported_until
    live.reported_until, live.last_updated = until, until
    whole, new = billing.slices_between(live, start, until), billing.slices_between(live, before, until)
    return kit.wire.session_patch(live, whole, new, billing.running_bill(live, until))


def completed(kit: Kit, live: LiveSession) -> Json:
    """End the session after its hour and return it whole."""
    live.status, live.end = "COMPLETED", live.running().charging_end
    live.reported_until, live.last_updated = live.end, live.end
    return session(kit, live)


def cdr(kit: Kit, live: LiveSession) -> Json:
    """CDR of a completed session."""
    end = live.running().charging_end
    slices = billing.slices_between(live, live.running().start, end)
    total = bill.price(slices, live.tariff, live.place.zone)
    return kit.wire.cdr(live, f"cdr-{live.id}", slices, total, end + 60, live.tariff)


def location(kit: Kit) -> Json:
    """Location of the EVSE that the cases use, under an id of this run."""
    source = place(kit).location | {"id": f"loc-{kit.run_id}"}
    return kit.wire.location(source, kit.world.evses) | {"last_updated": to_iso(int(time.time()))}
