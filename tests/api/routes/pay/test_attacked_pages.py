"""What strangers send to the pages: nothing of it is an error of ours, and no number of tries at once is more tries."""

import asyncio

import pytest

from api.services.guests.displays import code_for_evse
from tests.bench import Bench
from tests.guests import HTML, Guest


@pytest.mark.parametrize(
    "path", ["/pay/e/%00", "/pay/qr/%00.svg?key=x", "/pay/c/%00.0.0", "/pay/v/%00.x", "/c/%00", "/c/DE%00CPO"]
)
async def test_no_address_is_an_error_of_ours(guest: Guest, path: str) -> None:
    """Signs that no database takes are in no address that we made: 404."""
    assert (await guest.http.get(path, headers=HTML)).status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"date": "0001-01-01", "time": "00:00", "email": "a@example.com", "charger": "EVSE1"},
        {"date": "9999-12-31", "time": "23:59", "email": "a@example.com", "charger": "EVSE1"},
        {"date": "2026-03-02", "time": "10:00", "email": "a\x00@example.com", "charger": "EVSE1"},
    ],
)
async def test_no_lost_receipt_is_an_error_of_ours(guest: Guest, form: dict[str, str]) -> None:
    """Days at the ends of the calendar and signs that no database takes."""
    assert (await guest.http.post("/pay/lost-receipt", data=form, headers=HTML)).status_code in {200, 422}


async def test_no_start_is_an_error_of_ours(stand: Bench, guest: Guest) -> None:
    """Amounts that are no numbers."""
    await guest.scan()
    for amount in ("1e999", '"x"', "null"):
        body = f'{{"quote_id": "q", "amount_minor": {amount}, "currency": "EUR", "email": "a@example.com"}}'
        assert (await guest.http.post(f"{guest.page}/start", content=body)).status_code == 422, amount
    body = '{"quote_id": "q\\u0000", "amount_minor": 1, "currency": "EUR", "email": "a@example.com"}'
    assert (await guest.http.post(f"{guest.page}/start", content=body)).status_code in {409, 422}


async def test_digits_tried_at_once_are_counted_like_others(stand: Bench, guest: Guest) -> None:
    """Of thirty at the same moment ten are looked at."""
    async with stand.work() as db:
        _, printed = await code_for_evse(db=db, ports=stand.ports, now=stand.clock.now(), evse_id="DE*CPO*EVSE1")
    answers = await asyncio.gather(
        *(guest.http.post(printed, data={"digits": f"{each:06d}"}, headers=HTML) for each in range(30))
    )
    assert sorted(each.status_code for each in answers) == [422] * 10 + [429] * 20
