"""Three versions of OCPI: which are spoken, how tokens travel, both directions of the handshake in each."""

import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.cpo.app import create_app
from sandbox.cpo.clock import ManualClock
from sandbox.cpo.wires import VERSIONS, Wire, wire_of
from sandbox.cpo.world import CpoConfig
from tests.sandbox.cpo.conftest import NOON, Stage
from tests.sandbox.cpo.emsp import headers, own_credentials
from tests.serving import serve

Json = dict[str, Any]
ALL_DAY = 20_000
every_version = pytest.mark.parametrize("version", VERSIONS)


@pytest.fixture
def old_cpo() -> Iterator[str]:
    """Serve a CPO that speaks 2.1.1 and nothing else."""
    config = CpoConfig(clock=ManualClock(NOON), versions=("2.1.1",), token_a="token-a")
    with serve(create_app(config)) as url:
        yield url


def test_only_the_versions_asked_for_are_spoken(old_cpo: str) -> None:
    """The list names one, and the paths of the others are 404."""
    with httpx.Client(headers=headers("token-a", "2.1.1"), trust_env=False) as http:
        listed = http.get(f"{old_cpo}/ocpi/versions").json()["data"]
        assert listed == [{"version": "2.1.1", "url": f"{old_cpo}/ocpi/2.1.1"}]
        assert http.get(f"{old_cpo}/ocpi/2.1.1").status_code == 200
        assert http.get(f"{old_cpo}/ocpi/2.2.1").status_code == 404


@every_version
def test_an_emsp_registers_and_charges_in_each_version(bare: Stage, version: str) -> None:
    """Handshake, start, session and CDR: everything goes out in the version of the registration."""
    bare.register(version)
    assert bare.start()["result"] == "ACCEPTED"
    bare.pass_time(ALL_DAY)
    (cdr,) = bare.cdrs()
    assert cdr["total_energy"] == 12
    sent = {got.headers["authorization"] for got in bare.emsp.got}
    assert sent == {headers(bare.emsp.token, version)["Authorization"]}
    routed = {"ocpi-to-party-id" in got.headers for got in bare.emsp.got}
    assert routed == {version != "2.1.1"}
    assert bare.data(f"/ocpi/{version}/cdrs") == [cdr]


@every_version
def test_the_cpo_registers_rotates_and_leaves_in_each_version(bare: Stage, version: str) -> None:
    """As initiator: POST, then PUT with two new tokens, then DELETE; the old tokens are dead each time."""
    bare.emsp.versions, bare.version = (version,), version
    bare.hand("register", {"versions_url": f"{bare.emsp.base}/versions", "token": bare.emsp.token})
    assert bare.emsp.received_credentials is not None
    first = bare.emsp.received_credentials["token"]
    assert bare.emsp.of("/credentials", "POST")[0].headers["authorization"].endswith("1") == (version == "2.1.1")
    bare.hand("rotate", {})
    second = bare.emsp.received_credentials["token"]
    assert second != first
    assert bare.call("GET", f"/ocpi/{version}/tariffs", token=first).status_code == 401
    assert bare.call("GET", f"/ocpi/{version}/tariffs", token=second).status_code == 200
    bare.our_token = second
    bare.start()
    bare.pass_time(10)
    (result,) = bare.emsp.of("/result")
    assert result.headers["authorization"] == headers("emsp-token-after-PUT", version)["Authorization"]
    bare.hand("unregister", {})
    assert len(bare.emsp.of("/credentials", "DELETE")) == 1
    assert bare.call("GET", f"/ocpi/{version}/tariffs", token=second).status_code == 401


def test_a_refused_rotation_changes_nothing(stage: Stage) -> None:
    """When the eMSP refuses our PUT, the token we offered opens nothing and the old one still does."""
    stage.emsp.answers.append(("/credentials", 200, 3001))
    answer = stage.http.post(f"{stage.cpo}/_sandbox/rotate", json={})
    assert answer.status_code == 502
    (offer,) = stage.emsp.of("/credentials", "PUT")
    assert stage.call("GET", "/ocpi/versions", token=offer.body["token"]).status_code == 401
    assert stage.call("GET", "/ocpi/versions").status_code == 200


def test_the_newest_common_version_is_taken_unless_one_is_asked_for(bare: Stage) -> None:
    """Of 2.1.1 and 2.3.0 the CPO takes 2.3.0, and 2.1.1 on request."""
    bare.emsp.versions = ("2.1.1", "2.3.0")
    order = {"versions_url": f"{bare.emsp.base}/versions", "token": bare.emsp.token}
    assert bare.hand("register", order)["version"] == "2.3.0"
    order["token"] = bare.emsp.token
    assert bare.hand("register", order | {"version": "2.1.1"})["version"] == "2.1.1"


def test_put_may_change_the_version(stage: Stage) -> None:
    """An eMSP that renews its credentials under another version is spoken to in that one."""
    stage.emsp.versions = VERSIONS
    answer = stage.call("PUT", "/ocpi/2.3.0/credentials", own_credentials(stage.emsp))
    stage.our_token, stage.version = answer.json()["data"]["token"], "2.3.0"
    stage.start()
    stage.pass_time(ALL_DAY)
    assert "before_taxes" in stage.cdrs()[0]["total_cost"]


def test_what_is_particular_about_2_1_1(bare: Stage) -> None:
    """Flat credentials, endpoints without roles, embedded places, auth_id, plain costs, no timeout, bare patches."""
    bare.register("2.1.1")
    assert bare.data("/ocpi/2.1.1/credentials")["party_id"] == "VCP"
    assert all(set(e) == {"identifier", "url"} for e in bare.data("/ocpi/2.1.1")["endpoints"])
    assert bare.start() == {"result": "ACCEPTED"}
    bare.pass_time(ALL_DAY)
    first, (cdr,) = bare.emsp.of("/sessions", "PUT")[0].body, bare.cdrs()
    for body in (first, cdr):
        assert body["auth_id"] == "DETSTC00000017"
        assert not {"country_code", "session_id", "cdr_token"} & set(body)
        (evse,) = body["location"]["evses"]
        assert (evse["uid"], len(evse["connectors"])) == ("vcp-evse-0013", 1)
    assert (first["start_datetime"], cdr["stop_date_time"][:4]) == ("2026-03-02T11:00:07Z", "2026")
    assert cdr["total_cost"] == Decimal("0.5") + 12 * Decimal("0.39")
    assert all("last_updated" not in got.body for got in bare.patches() + bare.emsp.of("/locations", "PATCH"))


def test_a_2_1_1_patch_carries_all_periods(bare: Stage) -> None:
    """This edition says nothing of appending, so a list in a PATCH is the whole list."""
    bare.register("2.1.1")
    bare.start()
    bare.pass_time(ALL_DAY)
    starts = {got.body["charging_periods"][0]["start_date_time"] for got in bare.patches()}
    assert starts == {"2026-03-02T11:00:07Z"}


def test_2_1_1_knows_no_cancelled_reservation_and_no_hub(bare: Stage) -> None:
    """Commands and modules that came later are refused."""
    bare.register("2.1.1")
    answer = bare.call("POST", "/ocpi/2.1.1/commands/CANCEL_RESERVATION", {"response_url": "x", "reservation_id": 1})
    assert answer.json()["status_code"] == 2000
    assert bare.call("GET", "/ocpi/2.1.1/hubclientinfo").status_code == 404


def test_what_is_particular_about_2_3_0(bare: Stage) -> None:
    """Tariffs say that tax comes on top; costs are told before taxes, with the taxes beside."""
    bare.register("2.3.0")
    assert {t["tax_included"] for t in bare.data("/ocpi/2.3.0/tariffs")} == {"NO"}
    bare.start()
    bare.pass_time(ALL_DAY)
    (cdr,) = bare.cdrs()
    net = Decimal("0.5") + 12 * Decimal("0.39")
    assert cdr["total_cost"] == {"before_taxes": net, "taxes": [{"name": "VAT", "amount": net * Decimal("0.19")}]}
    assert cdr["tariffs"][0]["tax_included"] == "NO"


def test_bounds_of_a_tariff_are_told_and_billed_where_a_version_has_them() -> None:
    """2.2.1 says excl_vat, 2.3.0 before_taxes; 2.1.1 has no bounds, and so does not bill by them."""
    source: Json = {"id": "t", "currency": "EUR", "elements": [], "last_updated": "2026-01-01T00:00:00Z"}
    source |= {"max_price": {"excl_vat": Decimal(10), "incl_vat": Decimal(12)}}
    wires: list[Wire] = [wire_of(version) for version in VERSIONS]
    told = [wire.tariff(source).get("max_price") for wire in wires]
    assert told == [None, source["max_price"], {"before_taxes": Decimal(10), "after_taxes": Decimal(12)}]
    assert ["max_price" in wire.billable(source) for wire in wires] == [False, True, True]


def test_the_command_line_takes_a_version_and_registers(bare: Stage) -> None:
    """`--version 2.1.1 --register-at URL --token T` registers in 2.1.1 and says so."""
    bare.emsp.versions = VERSIONS
    command = [sys.executable, "-m", "sandbox.cpo", "--version", "2.1.1", "--fault", "late_cdr"]
    command += ["--register-at", f"{bare.emsp.base}/versions", "--token", bare.emsp.token]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        assert process.stdout is not None
        try:
            assert "versions_url=http://127.0.0.1:" in process.stdout.readline()
            assert process.stdout.readline() == "registered at DE-TST, OCPI 2.1.1\n"
        finally:
            process.terminate()
