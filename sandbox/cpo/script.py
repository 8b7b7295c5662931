"""A scripted session, step by step in virtual time: connected, energy, full or stopped, parked, unplugged, billed.

Each step stamps what it sends with its own due time, so a jump of the clock leaves an exact history. The car's
behavior comes from its `Plan`; commands come in through `commands.py`; reports go out through `reports.py`, bills
through `billing.py`.
"""

import math

from sandbox.cpo import reports
from sandbox.cpo.billing import plan_cdr
from sandbox.cpo.model import LiveSession
from sandbox.cpo.reports import set_status, snapshot
from sandbox.cpo.schedule import Step
from sandbox.cpo.world import World

__all__ = ["charging_over", "connect", "set_status", "snapshot", "stop", "unplug", "update"]


def connect(world: World, live: LiveSession, at: float) -> None:
    """The car is plugged in and the session becomes ACTIVE, unless somebody else took the EVSE meanwhile."""
    if world.evses[live.evse_uid].session_id not in (None, live.id):
        return
    start = math.ceil(at)
    live.course = live.plan.course(start)
    live.status, live.reported_until, live.last_updated = "ACTIVE", start, start
    if world.faults.take("pending_forever", live.evse_uid):
        live.status = "PENDING"
        reports.put(world, live, first=True)
        return
    set_status(world, live.evse_uid, "CHARGING", start, holder=live)
    reports.begin(world, live)
    end = live.course.charging_end
    if start + live.plan.first_data_after_s < end:
        _plan(world, live, "update", start + live.plan.first_data_after_s, lambda due: update(world, live, due))
    _plan(world, live, "over", end, lambda due: charging_over(world, live, due))


def update(world: World, live: LiveSession, at: float) -> None:
    """Send the energy and cost so far, and plan the next update."""
    if live.tariff is not None and world.faults.take("tariff_deleted", live.evse_uid):
        reports.withdraw_tariff(world, live)
    reports.report(world, live, int(at))
    following = int(at) + live.plan.update_every_s
    end = live.running().charging_end
    if following < end or int(at) >= end:
        _plan(world, live, "update", following, lambda due: update(world, live, due))


def charging_over(world: World, live: LiveSession, at: float) -> None:
    """Energy has ended. A charger that stops by itself ends the session; otherwise the stay goes on as parking."""
    end = int(at)
    live.running().charging_end = end
    _cancel(live, "update", "over")
    live.stopped_by = live.stopped_by or live.plan.stop_by or "vehicle"
    if live.stopped_by == "charger":
        set_status(world, live.evse_uid, "BLOCKED", end, holder=live)
        _complete(world, live, end)
    else:
        reports.report(world, live, end)
        _plan(world, live, "update", end + 1, lambda due: update(world, live, due))
    if world.faults.take("stop_never_unplugs", live.evse_uid):
        return
    leave = live.plan.disconnect_after_stop_s if live.stopped_by == "remote command" else live.plan.parked_s
    _plan(world, live, "unplug", end + leave, lambda due: unplug(world, live, due))


def stop(world: World, live: LiveSession, at: float) -> None:
    """A stop from afar took effect: energy ends now; a car that was already full is fetched earlier."""
    end = math.ceil(at)
    if live.status != "ACTIVE":
        return
    if live.running().charging_end > end:
        live.stopped_by = "remote command"
        charging_over(world, live, end)
        return
    if world.faults.take("stop_never_unplugs", live.evse_uid):
        _cancel(live, "unplug")
        return
    leave = end + live.plan.disconnect_after_stop_s
    if "unplug" not in live.steps or live.steps["unplug"].at > leave:
        _plan(world, live, "unplug", leave, lambda due: unplug(world, live, due))


def unplug(world: World, live: LiveSession, at: float) -> None:
    """The cable is out: the EVSE is free, and a session that still runs completes."""
    end = math.ceil(at)
    if world.evses[live.evse_uid].session_id == live.id:
        set_status(world, live.evse_uid, "AVAILABLE", end, holder=live)
        world.evses[live.evse_uid].session_id = None
    _cancel(live, "unplug")
    if live.status == "ACTIVE":
        live.running().charging_end = min(live.running().charging_end, end)
        _complete(world, live, end)


def _complete(world: World, live: LiveSession, end: int) -> None:
    _cancel(live, "update", "over")
    live.status, live.end, live.reported_until, live.last_updated = "COMPLETED", end, end, end
    reports.finish(world, live)
    plan_cdr(world, live, end)


def _plan(world: World, live: LiveSession, name: str, at: float, step: Step) -> None:
    _cancel(live, name)
    live.steps[name] = world.schedule.at(at, step)


def _cancel(live: LiveSession, *names: str) -> None:
    for name in names:
        due = live.steps.pop(name, None)
        if due is not None:
            due.cancel()
