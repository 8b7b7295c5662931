"""Behavior 12: lists whose pages move, whose links lead nowhere or in circles, or that hold what nobody can read.

A pull ends, whatever the pages do; what it could not see is not taken for gone, and the next one finds it. Bills that
are only listed are paid once each.
"""

import contextlib

import pytest

from api.domain.errors import AppError
from api.models.charging import ChargingSession
from api.services.charging.pull import pull_cdrs
from api.services.roaming.locations import pull_locations
from tests.interop.stage import AC, AC_TOO, PAID_IN_FULL, Stage

LIBRARY = "vcp-evse-0301"
PAGES = [
    "moving_pages",
    "changing_total",
    "self_link",
    "endless_link",
    "relative_link",
    "http_link",
    "ignores_date_from",
    "ignores_offset",
    "bad_object_in_page",
    "truncated_json",
]
HARMLESS = {"changing_total", "endless_link", "relative_link", "http_link", "ignores_date_from", "bad_object_in_page"}
"""All that is on the list can be had in spite of these."""
MOST = 20
"""More requests for two or three pages go round in circles."""


async def three_charges(stage: Stage) -> list[ChargingSession]:
    """Let three drivers charge, whose CDRs are listed on two pages and never sent."""
    await stage.fault("unsent_cdr")
    places = (AC, AC_TOO, LIBRARY)
    found = [await stage.taps(place, driver_id=f"drv_{number}") for number, place in enumerate(places)]
    await stage.passes(hours=2)
    assert {(await stage.charge(charge)).status for charge in found} == {"ended"}
    await stage.hand("faults", method="DELETE")
    stage.transport.requests.clear()
    return found


async def pulls_cdrs(stage: Stage) -> None:
    """Pull CDRs once, and bill what came; a list that cannot be read to its end is no pull."""
    with contextlib.suppress(AppError):
        await pull_cdrs(work=stage.work, ports=stage.ports, partner_id=(await stage.partner()).id)
    await stage.settles()


async def paid(stage: Stage, charges: list[ChargingSession]) -> int:
    """Return how many of the charges are settled, each by one capture."""
    ends = [await stage.now(charge) for charge in charges]
    return sum(end[0] == "settled" and end[1] == "captured" for end in ends)


@pytest.mark.parametrize("fault", PAGES)
async def test_no_bill_on_a_list_is_lost_or_paid_twice(stage: Stage, fault: str) -> None:
    """However the list behaves, a pull ends; when it behaves again, every bill is paid, each once."""
    charges = await three_charges(stage)
    await stage.fault(fault)

    await pulls_cdrs(stage)

    assert len(stage.transport.requests) < MOST
    if fault in HARMLESS:
        assert await paid(stage, charges) == 3
    bad = ["unreadable_object"] if fault == "bad_object_in_page" else []
    assert [each for each in await stage.open_findings() if each != "cdr_missing"] == bad
    await stage.hand("faults", method="DELETE")
    await pulls_cdrs(stage)
    assert await paid(stage, charges) == 3
    assert len(await stage.cdrs()) == 3
    assert len(stage.payments.calls_of("capture_hold")) == 3
    assert await stage.now(charges[0]) == PAID_IN_FULL


@pytest.mark.parametrize("fault", PAGES)
async def test_no_place_is_lost_because_a_list_moved(stage: Stage, fault: str) -> None:
    """A whole pull that misses a place does not close it: people charge there."""
    await stage.fault(fault)
    stage.transport.requests.clear()

    with contextlib.suppress(AppError):
        await pull_locations(
            work=stage.work,
            ports=stage.ports,
            now=stage.clock.now(),
            partner_id=(await stage.partner()).id,
            whole=True,
        )

    assert len(stage.transport.requests) < MOST
    held = await stage.rows("SELECT uid FROM evse WHERE status <> 'removed'")
    assert len(held) == 9
