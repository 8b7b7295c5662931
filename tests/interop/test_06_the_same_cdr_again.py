"""Behavior 6: the same CDR is POSTed again, or another one under its id.

A repetition gets the same ``Location`` and costs nothing. Of two contents under one id the first counts, the second is
kept and told to finance. The id alone is not the key: two operators may have the same.
"""

from dataclasses import replace
from typing import Any

from sandbox.cpo.outbox import Parcel
from tests.interop.stage import PAID, PAID_IN_FULL, Stage


async def test_a_cdr_that_comes_three_times_is_captured_once(staged: Stage) -> None:
    """Three POSTs, three friendly answers, one CDR, one capture."""
    await staged.fault("duplicate_cdr")
    charge = await staged.taps()

    await staged.passes(hours=2)

    sent = staged.sent("cdr", "POST")
    assert [each["status_code"] for each in sent] == [1000, 1000, 1000]
    assert len(await staged.cdrs()) == 1
    assert await staged.now(charge) == PAID_IN_FULL
    assert len(staged.payments.calls_of("capture_hold")) == 1
    assert await staged.open_findings() == []


async def test_a_repetition_gets_the_same_location(staged: Stage) -> None:
    """What the operator keeps as our name of its CDR does not change, and can be read there."""
    await staged.taps()
    await staged.passes(hours=2)
    body = staged.sent("cdr", "POST")[0]["body"]

    answers = [await staged.says("POST", "cdrs", body) for _ in range(2)]

    [place] = {answer.headers["Location"] for answer in answers}
    shown = await staged.says("GET", place)
    assert (shown.status_code, shown.json()["data"]["id"]) == (200, body["id"])


async def test_another_content_under_the_same_id_is_refused_kept_and_told(staged: Stage) -> None:
    """The first counts: the driver pays it and no more, and finance sees both."""
    await staged.fault("mutated_cdr")
    charge = await staged.taps()

    await staged.passes(hours=2)

    assert [each["status_code"] for each in staged.sent("cdr", "POST")] == [1000, 2001]
    assert await staged.now(charge) == PAID_IN_FULL
    [cdr] = await staged.cdrs()
    assert str(cdr.total_cost) == "4.4"
    assert "5.4" in cdr.conflicting_raw
    assert await staged.open_findings() == ["cdr_conflict"]


async def test_two_operators_may_have_the_same_id(hub: Stage) -> None:
    """Behind a hub both CDRs are kept and each is billed to its own driver."""
    first = await hub.taps("vca-evse-0013")
    second = await hub.taps("vcb-evse-0013", driver_id="drv_2")
    bodies: list[Any] = []
    send = hub.world.send
    hub.world.send = lambda queue, parcel: send(queue, _renamed(parcel, bodies))  # type: ignore[method-assign]  # on its way

    await hub.passes(hours=2)

    assert [body["id"] for body in bodies] == ["THE-SAME", "THE-SAME"]
    rows = await hub.cdrs()
    assert {(row.country_code, row.party_id) for row in rows} == {("DE", "VCA"), ("NL", "VCB")}
    for charge in (first, second):
        assert (await hub.now(charge))[2] == PAID


def _renamed(parcel: Parcel, bodies: list[Any]) -> Parcel:
    """Give every CDR the same id."""
    if parcel.label != "cdr":
        return parcel
    bodies.append(parcel.body | {"id": "THE-SAME"})
    return replace(parcel, body=bodies[-1])
