"""Payouts on pages: the list tells what is left over, and each movement leads to the charge and its journals."""

import pytest
from fastapi import FastAPI

from tests.api.services.finance.paying_out import a_capture, euro, handle
from tests.bench import Bench
from tests.fakes import FakeSettlement
from tests.staff import signed_in


@pytest.fixture
def balance(bench: Bench) -> FakeSettlement:
    """Return the processor's side of our balance."""
    assert isinstance(bench.ports.settlement, FakeSettlement)
    return bench.ports.settlement


async def test_a_payout_is_followed_down_to_its_journals(app: FastAPI, bench: Bench, balance: FakeSettlement) -> None:
    """From the list to the movements to the charge; what nothing explains stands out and can be filtered."""
    charge = await a_capture(bench, balance)
    balance.book("adjustment", euro(300))
    payout = balance.pay_out()
    await handle(bench, payout)
    clerk = await signed_in(bench, app, "finance_clerk")
    listed = await clerk.get("/payouts")
    assert payout.payout_id in listed.text
    assert "11.90 EUR" in listed.text  # 9.28 without its fee of 0.38, and 3.00
    shown = (await clerk.get(f"/payouts/{payout.payout_id}")).text
    assert f'href="/console/charges/{charge.id}"' in shown
    assert 'href="/console/books/journal/jrn_' in shown
    assert shown.count("nothing explains it") == 1
    only = (await clerk.get(f"/payouts/{payout.payout_id}", matched="suspense")).text
    assert (charge.id in only, "nothing explains it" in only) == (False, True)


async def test_the_list_filters_by_its_address(app: FastAPI, bench: Bench, balance: FakeSettlement) -> None:
    """By how far it is explained, by the processor's word and currency; an unknown page is told calmly."""
    await a_capture(bench, balance)
    payout = balance.pay_out()
    await handle(bench, payout)
    clerk = await signed_in(bench, app, "finance_clerk")
    for told, found in (
        ({"matching": "whole"}, True),
        ({"matching": "rest"}, False),
        ({"suspense": "true"}, False),
        ({"currency": "CHF"}, False),
        ({"status": payout.status, "currency": "EUR"}, True),
    ):
        assert (payout.payout_id in (await clerk.get("/payouts", **told)).text) is found, told
    assert (await clerk.get("/payouts", after="po_unknown")).status_code == 404
    assert (await clerk.get("/payouts/po_unknown")).status_code == 404
    for told in ({"currency": "eur"}, {"matching": "blue"}, {"after": "\0"}):
        assert (await clerk.get("/payouts", **told)).status_code == 422
