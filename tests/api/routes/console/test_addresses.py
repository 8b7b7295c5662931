"""Whatever an address says, the answer is a page or a calm refusal: the service breaks over none."""

import re

import pytest
from fastapi import FastAPI

from api.domain.staff.roles import Role
from api.routes.console.signed_in import Form
from api.routes.page_forms import FormUnreadable
from tests.api.routes.console.test_roles_matrix import guarded
from tests.bench import Bench
from tests.staff import signed_in

NUL_BEHIND = "MjAyNi0wMS0wMVQwMDowMDowMCswMDowMHwA"
"""A place in a list whose id is a NUL."""
NASTY = (
    "",
    "since=0001-01-01&until=9999-12-31",
    "until=9999-12-31",
    "period=9999-12",
    "period=0000-01",
    f"behind={NUL_BEHIND}",
    "after=|99999999999999999999|2026-01-01T00:00:00%2B00:00|x",
    "after=0|2026-01-01T00:00:00%2B00:00|%00",
    "after=0|0001-01-01T00:00:00%2B23:59|x",
    "from=99999999999999999999999&currency=EUR",
    "q=%00&by=%00&text=%00&partner=%00",
)
FILLERS = ("%00", "journal", "mis_1", "9999-12", "0000-01")


async def test_no_address_breaks_a_page(app: FastAPI, bench: Bench) -> None:
    """NULs, months and days beyond time, numbers beyond the database's: refused, on every page."""
    browser = await signed_in(bench, app, *Role, name="Everybody")
    broke = set()
    for route, _ in guarded():
        addresses = {re.sub(r"\{[a-z_]+(:[a-z]+)?\}", filler, route.path) for filler in FILLERS}
        for address in addresses:
            if "POST" in (route.methods or ()):
                answer = await browser.post(address, text="x", reason="other", role="nobody", days="999")
                broke |= {address} if answer.status_code >= 500 else set()
                continue
            for query in NASTY if len(addresses) == 1 or "journal" in address else NASTY[:1]:
                answer = await browser.http.get(f"/console{address}?{query}")
                broke |= {f"{address}?{query}"} if answer.status_code >= 500 else set()
    assert broke == set()


@pytest.mark.parametrize("typed", ["1" * 13, "12.345", "1.٣0", "-1.00", "1e3", "", "."])
def test_what_is_no_amount_of_money_is_refused(typed: str) -> None:
    """Too large for any column, too exact, digits of other scripts, a sign, an exponent."""
    with pytest.raises(FormUnreadable):
        Form({"amount": [typed]}).minor("amount", 2)
