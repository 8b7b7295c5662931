"""Faults of CDRs, each doing what its line in the table says."""

import pytest

from tests.sandbox.cpo.conftest import Stage
from tests.sandbox.cpo.test_faults import run

MONTHS_S = 90 * 86_400


@pytest.mark.parametrize(("version", "end"), [("2.1.1", "stop_date_time"), ("2.2.1", "end_date_time")])
def test_inverted_period(bare: Stage, version: str, end: str) -> None:
    """The CDR ends before it starts; all else is as it was."""
    bare.register(version)
    run(bare, "inverted_period")
    (cdr,) = bare.cdrs()
    assert cdr[end] < cdr["start_date_time"]
    assert cdr["total_energy"] == 10


def test_cdr_months_later(stage: Stage) -> None:
    """After 89 days there is none, after 91 there is, as if nothing had been."""
    run(stage, "cdr_months_later")
    stage.pass_time(MONTHS_S - 86_400)
    assert stage.cdrs() == []
    stage.pass_time(2 * 86_400)
    assert stage.cdrs()[0]["end_date_time"] == "2026-03-02T12:10:07Z"


def test_no_session_id(stage: Stage) -> None:
    """Only token, place and time tell what the CDR is for."""
    stage.hand("faults", {"name": "no_session_id"})
    stage.start(authorization_reference="ours")
    stage.pass_time(20_000)
    (cdr,) = stage.cdrs()
    assert not {"session_id", "authorization_reference"} & set(cdr)
    assert cdr["cdr_token"]["uid"] == "start-token-1"


@pytest.mark.parametrize(("version", "net"), [("2.2.1", "excl_vat"), ("2.3.0", "before_taxes")])
def test_credit_cdr(bare: Stage, version: str, net: str) -> None:
    """Too much, then the same taken back and the right bill: all of one session; only the total is negated."""
    bare.register(version)
    run(bare, "credit_cdr", seconds=100_000)
    (wrong,) = bare.cdrs()
    bare.pass_time(100_000)
    _, credit, right = bare.cdrs()
    assert (credit["credit"], credit["credit_reference_id"]) == (True, wrong["id"])
    assert credit["total_cost"][net] == -wrong["total_cost"][net]
    assert credit["total_energy"] == wrong["total_energy"] == right["total_energy"] == 10
    assert 0 < right["total_cost"][net] < wrong["total_cost"][net]
    assert len({cdr["id"] for cdr in (wrong, credit, right)}) == 3
    assert {cdr["session_id"] for cdr in (wrong, credit, right)} == {bare.session_id()}
    assert bare.data(f"/ocpi/{version}/cdrs") == [wrong, credit, right]


def test_credit_first(stage: Stage) -> None:
    """The credit CDR comes before the one it credits; the right bill is the last."""
    run(stage, "credit_first")
    credit, wrong, right = stage.cdrs()
    assert credit["credit_reference_id"] == wrong["id"]
    assert "credit" not in wrong
    assert "credit" not in right
    assert credit["total_cost"]["incl_vat"] + wrong["total_cost"]["incl_vat"] == 0


def test_credits_do_not_exist_in_2_1_1(bare: Stage) -> None:
    """Where a version cannot credit, the honest CDR comes and nothing else."""
    bare.register("2.1.1")
    run(bare, "credit_cdr")
    assert len(bare.cdrs()) == 1
