"""A scripted session from start to CDR: order, times, energy and cost of what the eMSP receives."""

from decimal import Decimal

import pytest

from tests.sandbox.cpo.conftest import AC, NOON, TOKEN, Stage

PLAN = {"energy_kwh": "10.0", "charging_s": 3600, "parked_s": 1800}
PLAN |= {"update_every_s": 900, "first_data_after_s": 30}


def test_a_session_tells_its_whole_story_in_order(stage: Stage) -> None:
    """Result, EVSE CHARGING, session ACTIVE, updates, EVSE AVAILABLE, session COMPLETED, CDR: in this order."""
    answer = stage.start(plan=PLAN, authorization_reference="auth-77")
    assert answer == {"result": "ACCEPTED", "timeout": 30}
    stage.pass_time(10_000)
    kinds = [(got.method, got.path.split("/")[1]) for got in stage.emsp.got]
    assert kinds[:3] == [("POST", "result"), ("PATCH", "locations"), ("PUT", "sessions")]
    assert kinds[-3:] == [("PATCH", "locations"), ("PUT", "sessions"), ("POST", "cdrs")]
    assert set(kinds[3:-3]) == {("PATCH", "sessions")}
    first, last = (got.body for got in stage.emsp.of("/sessions", "PUT"))
    assert (first["status"], first["kwh"], "total_cost" in first) == ("ACTIVE", 0, False)
    assert first["authorization_reference"] == "auth-77"
    assert first["cdr_token"] == {name: TOKEN[name] for name in first["cdr_token"]}
    assert (last["status"], last["kwh"]) == ("COMPLETED", 10)
    assert [got.body["status"] for got in stage.emsp.of("/locations")] == ["CHARGING", "AVAILABLE"]


def test_a_jump_of_the_clock_leaves_an_exact_history(stage: Stage) -> None:
    """Steps fired late by a jump carry the moment at which they were due, to the second."""
    stage.start(plan=PLAN)
    stage.pass_time(100_000)
    # start at noon, result 2 s later, car connected 5 s after that: 11:00:07 UTC
    times = [got.body["last_updated"] for got in stage.emsp.got if "last_updated" in (got.body or {})]
    assert times == [
        "2026-03-02T11:00:07Z",  # EVSE CHARGING
        "2026-03-02T11:00:07Z",  # session ACTIVE
        "2026-03-02T11:00:37Z",  # first data after 30 s, then every 900 s
        "2026-03-02T11:15:37Z",
        "2026-03-02T11:30:37Z",
        "2026-03-02T11:45:37Z",
        "2026-03-02T12:00:07Z",  # energy over after 3600 s
        "2026-03-02T12:00:08Z",  # parking seen
        "2026-03-02T12:15:08Z",
        "2026-03-02T12:30:07Z",  # EVSE AVAILABLE after 1800 s parked
        "2026-03-02T12:30:07Z",  # session COMPLETED
        "2026-03-02T12:31:07Z",  # CDR 60 s later
    ]


def test_the_same_history_comes_in_small_steps_of_time(stage: Stage) -> None:
    """Moving time in small steps gives the same messages as one jump."""
    stage.start(plan=PLAN)
    for _ in range(60):
        stage.pass_time(97)
    small = [got.body for got in stage.patches()]
    assert [body["last_updated"][11:19] for body in small] == [
        "11:00:37",
        "11:15:37",
        "11:30:37",
        "11:45:37",
        "12:00:07",
        "12:00:08",
        "12:15:08",
    ]
    assert len(stage.cdrs()) == 1


def test_appended_periods_add_up_to_the_session(stage: Stage) -> None:
    """The periods of all PATCHes cover charging and parking without gap: energy, hours and hours parked add up."""
    stage.start(plan=PLAN)
    stage.pass_time(5 + 2 + 3600 + 1 + 900)
    periods = [p for got in stage.patches() for p in got.body["charging_periods"]]
    sums: dict[str, Decimal] = {}
    for dimension in (d for p in periods for d in p["dimensions"]):
        sums[dimension["type"]] = sums.get(dimension["type"], Decimal(0)) + dimension["volume"]
    assert sums["ENERGY"] == Decimal(10)
    assert round(sums["TIME"], 6) == Decimal(1)
    assert round(sums["PARKING_TIME"] * 3600) == 901
    assert len({p["start_date_time"] for p in periods}) == len(periods)


def test_the_cdr_states_what_the_session_cost(stage: Stage) -> None:
    """10 kWh at 0.39 and a start fee of 0.50, 19 % VAT, parking free in the first four hours: 4.40 and 5.236."""
    stage.start(plan=PLAN)
    stage.pass_time(10_000)
    (cdr,) = stage.cdrs()
    assert cdr["total_cost"] == {"excl_vat": Decimal("4.4"), "incl_vat": Decimal("5.236")}
    assert cdr["total_fixed_cost"]["excl_vat"] == Decimal("0.5")
    assert cdr["total_energy_cost"]["excl_vat"] == Decimal("3.9")
    assert cdr["total_parking_cost"]["excl_vat"] == 0
    assert (cdr["total_energy"], cdr["total_time"], cdr["total_parking_time"]) == (10, Decimal("1.5"), Decimal("0.5"))
    assert cdr["session_id"] == stage.emsp.of("/sessions", "PUT")[0].body["id"]
    assert (cdr["cdr_location"]["evse_uid"], cdr["cdr_location"]["evse_id"]) == ("vcp-evse-0013", "DE*VCP*E0013*1")
    assert cdr["tariffs"][0]["id"] == "vcp-ac-vat"
    assert cdr["currency"] == "EUR"


def test_a_stop_ends_the_energy_and_the_stay_goes_on(stage: Stage) -> None:
    """STOP is accepted, then energy ends, parking begins and the car leaves as planned after a stop."""
    stage.start(plan=PLAN | {"disconnect_after_stop_s": 300})
    stage.pass_time(7 + 1800)
    assert stage.command("STOP_SESSION", {"session_id": stage.session_id()})["result"] == "ACCEPTED"
    stage.pass_time(10)
    assert [got.body["result"] for got in stage.emsp.of("/result/STOP")] == ["ACCEPTED"]
    last = stage.patches()[-1].body
    assert (last["status"], last["kwh"]) == ("ACTIVE", Decimal("5.006"))  # 1802 of 3600 s
    assert last["charging_periods"][-1]["dimensions"][0]["type"] == "PARKING_TIME"
    stage.pass_time(400)
    (cdr,) = stage.cdrs()
    assert (cdr["total_energy"], cdr["end_date_time"]) == (Decimal("5.006"), "2026-03-02T11:35:09Z")
    assert cdr["remark"] == "stopped by remote command"


def test_a_charger_that_stops_completes_the_session_with_the_cable_in(stage: Stage) -> None:
    """Stopped by the charger: the session completes with the energy, the EVSE is BLOCKED until the cable is out."""
    stage.start(plan=PLAN | {"stop_by": "charger"})
    stage.pass_time(7 + 3600 + 100)
    assert stage.emsp.of("/sessions", "PUT")[-1].body["end_date_time"] == "2026-03-02T12:00:07Z"
    assert stage.emsp.of("/locations")[-1].body["status"] == "BLOCKED"
    assert stage.cdrs()[0]["total_parking_time"] == 0
    stage.pass_time(1800)
    assert stage.emsp.of("/locations")[-1].body["status"] == "AVAILABLE"
    assert len(stage.cdrs()) == 1


def test_unplugging_by_hand_ends_everything_now(stage: Stage) -> None:
    """The control route pulls the cable in the middle of charging: session and bill end there."""
    stage.start(plan=PLAN)
    stage.pass_time(7 + 360)
    stage.hand(f"sessions/{stage.session_id()}/unplug")
    stage.pass_time(60)
    (cdr,) = stage.cdrs()
    assert (cdr["total_energy"], cdr["total_time"]) == (1, Decimal("0.1"))
    assert stage.hand("next_due", method="GET")["next_due"] is None


def test_next_due_tells_where_to_jump(stage: Stage) -> None:
    """After a start the next step is the result, two virtual seconds on."""
    stage.start(plan=PLAN)
    assert stage.hand("next_due", method="GET")["next_due"] == NOON + 2


def test_power_holds_the_energy_down(stage: Stage) -> None:
    """A car that takes at most 5 kW gets 5 kWh in an hour, whatever its battery would take."""
    stage.start(plan=PLAN | {"max_power_kw": 5})
    stage.pass_time(10_000)
    assert stage.cdrs()[0]["total_energy"] == 5


@pytest.mark.parametrize(
    ("where", "result"),
    [
        ({"location_id": "VCP-AC-MARKET", "evse_uid": "vcp-evse-0015"}, "REJECTED"),  # INOPERATIVE
        ({"location_id": "VCP-AC-STATION", "evse_uid": "vcp-evse-0114"}, "NOT_SUPPORTED"),  # no remote start
    ],
)
def test_an_evse_that_cannot_start_says_so(stage: Stage, where: dict[str, str], result: str) -> None:
    """The state and the capabilities of an EVSE decide the answer, with a reason in words."""
    answer = stage.command("START_SESSION", {"token": TOKEN} | where)
    assert answer["result"] == result
    assert answer["message"][0]["text"]


def test_a_busy_evse_rejects_a_second_start(stage: Stage) -> None:
    """From the accepted start on the EVSE is taken, and free again after unplugging."""
    stage.start(plan=PLAN)
    assert stage.command("START_SESSION", {"token": TOKEN} | AC)["result"] == "REJECTED"
    stage.pass_time(10_000)
    assert stage.command("START_SESSION", {"token": TOKEN} | AC)["result"] == "ACCEPTED"


def test_a_cdr_waits_for_a_peer_that_is_down(stage: Stage) -> None:
    """A CDR refused with HTTP 503 twice is posted again, the same to the last character."""
    stage.emsp.answers += [("/cdrs", 503, 3000), ("/cdrs", 503, 3000)]
    stage.start(plan=PLAN)
    stage.pass_time(10_000)
    assert len(stage.cdrs()) == 3
    assert stage.cdrs()[0] == stage.cdrs()[1] == stage.cdrs()[2]
    assert stage.hand("sessions", method="GET")[0]["cdr_delivered"]


def test_a_patch_nobody_knows_is_followed_by_the_whole_session(stage: Stage) -> None:
    """A receiver that answers 404 to a PATCH is sent the session with PUT, periods and all."""
    stage.start(plan=PLAN)
    stage.pass_time(10)
    stage.emsp.answers.append(("/sessions", 404, 2003))
    stage.pass_time(1000)
    whole = stage.emsp.of("/sessions", "PUT")[1].body
    assert (whole["status"], whole["kwh"] > 0, len(whole["charging_periods"])) == ("ACTIVE", True, 1)


def test_reset_forgets_sessions_and_keeps_the_registration(stage: Stage) -> None:
    """After a reset the EVSE is free, nothing is planned, and the eMSP is still known."""
    stage.start(plan=PLAN)
    stage.pass_time(100)
    stage.hand("reset")
    assert stage.hand("sessions", method="GET") == []
    assert stage.start(plan=PLAN)["result"] == "ACCEPTED"


def test_a_reserved_evse_is_kept_for_its_token(stage: Stage) -> None:
    """RESERVE_NOW turns the EVSE RESERVED; another token is rejected, the right one starts."""
    order = {"token": TOKEN, "expiry_date": "2026-03-02T12:00:00Z", "reservation_id": "r-1"}
    assert stage.command("RESERVE_NOW", order | AC)["result"] == "ACCEPTED"
    stage.pass_time(3)
    assert stage.emsp.of("/result/RESERVE")[0].body == {"result": "ACCEPTED"}
    other = {"token": TOKEN | {"uid": "another"}} | AC
    assert stage.command("START_SESSION", other)["result"] == "REJECTED"
    assert stage.start(plan=PLAN)["result"] == "ACCEPTED"


def test_a_reservation_ends_by_cancelling_or_by_itself(stage: Stage) -> None:
    """CANCEL_RESERVATION and the expiry both free the EVSE; an unknown reservation is reported as such."""
    order = {"token": TOKEN, "expiry_date": "2026-03-02T12:00:00Z", "reservation_id": "r-1"} | AC
    stage.command("RESERVE_NOW", order)
    stage.command("CANCEL_RESERVATION", {"reservation_id": "r-1"})
    stage.command("CANCEL_RESERVATION", {"reservation_id": "r-2"})
    stage.command("RESERVE_NOW", order | {"reservation_id": "r-3"})
    stage.pass_time(3600)
    results = [got.body["result"] for got in stage.emsp.of("/result/CANCEL")]
    assert sorted(results) == ["ACCEPTED", "UNKNOWN_RESERVATION"]
    states = [got.body["status"] for got in stage.emsp.of("/locations")]
    assert states == ["RESERVED", "AVAILABLE", "RESERVED", "AVAILABLE"]
