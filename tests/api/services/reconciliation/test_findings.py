"""Lists of findings: what filters let through, the most urgent first, page by page, counts by facet."""

from dataclasses import replace
from datetime import timedelta

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.finance.finding import Severity
from api.services.charging.findings import close_findings
from api.services.reconciliation.findings import FindingFilter, count_facets, list_findings
from api.services.reconciliation.findings_steps import acknowledge, snooze
from api.services.reconciliation.findings_sweep import sweep_findings
from tests.api.services.reconciliation.findings_hands import CLERK, a_finding, of_charge, stored
from tests.bench import Bench
from tests.charges import a_charge

ALL = FindingFilter()


async def listed(bench: Bench, wanted: FindingFilter = ALL) -> list[str]:
    """Return the subjects that a filter lets through, in order."""
    async with bench.work() as db:
        page = await list_findings(db=db, now=bench.clock.now(), wanted=wanted)
    return [row.subject for row in page.rows]


@pytest.fixture
async def some(bench: Bench) -> dict[str, str]:
    """Return findings of all kinds by their subjects, a minute apart."""
    now = bench.clock.now()
    kinds: dict[str, dict[str, object]] = {
        "old warning": {"severity": Severity.WARNING, "minor": None},
        "old breach": {"minor": 5000, "detail": {"invoice": "INV_100%"}},
        "due late": {"due_at": now + timedelta(days=2), "minor": -700},
        "due soon": {"due_at": now + timedelta(hours=2), "severity": Severity.WARNING, "minor": 100},
        "due soon too": {"due_at": now + timedelta(hours=2), "minor": 200, "currency": "CHF"},
        "prt_2/DE/CPO/1": {"reason": "cdr_without_charge", "minor": None},
    }
    ids = {}
    for subject, fields in kinds.items():
        bench.clock.advance(60)
        ids[subject] = await a_finding(bench, subject=subject, **fields)  # type: ignore[arg-type]  # of many types
    return ids


async def test_the_most_urgent_comes_first(bench: Bench, some: dict[str, str]) -> None:
    """By time left, then breaches before warnings, then the older; what is never due comes last."""
    order = ["due soon too", "due soon", "due late", "old breach", "prt_2/DE/CPO/1", "old warning"]
    assert await listed(bench) == order
    after, seen = None, []
    for _ in range(4):
        async with bench.work() as db:
            page = await list_findings(db=db, now=bench.clock.now(), wanted=ALL, after=after, limit=2)
        seen += [row.subject for row in page.rows]
        after = page.next
        if after is None:
            break
    assert seen == order


@pytest.mark.parametrize(
    ("wanted", "subjects"),
    [
        (FindingFilter(severities=frozenset({"warning"})), {"due soon", "old warning"}),
        (FindingFilter(reasons=frozenset({"cdr_without_charge"})), {"prt_2/DE/CPO/1"}),
        (FindingFilter(partner_id="prt_2"), {"prt_2/DE/CPO/1"}),
        (FindingFilter(currency="CHF"), {"due soon too"}),
        (FindingFilter(from_minor=200, to_minor=700), {"due soon too", "due late"}),
        (FindingFilter(older_than=timedelta(minutes=5)), {"old warning"}),
        (FindingFilter(text="inv_100%"), {"old breach"}),
        (FindingFilter(text="DUE"), {"due soon", "due soon too", "due late"}),
        (FindingFilter(text="due%late"), set()),
        (FindingFilter(states=frozenset({"resolved"})), set()),
    ],
    ids=["severity", "reason", "partner", "currency", "amount", "age", "facts", "any case", "wildcard", "state"],
)
async def test_a_filter_lets_through_what_it_says(
    bench: Bench, some: dict[str, str], wanted: FindingFilter, subjects: set[str]
) -> None:
    """Each condition by itself; amounts count without their sign, and wildcards mean themselves."""
    assert set(await listed(bench, wanted)) == subjects


async def test_facets_count_what_choosing_them_would_show(bench: Bench, some: dict[str, str]) -> None:
    """Under all other conditions; a snooze that is over is open for everybody, before a sweep has noted it."""
    now = bench.clock.now()
    async with bench.work() as db:
        await acknowledge(db=db, now=now, finding_id=some["due late"], by=CLERK)
        until = now + timedelta(minutes=10)
        for subject in ("old breach", "old warning"):
            await snooze(db=db, now=now, finding_id=some[subject], until=until, by=CLERK)
        await close_findings(db=db, now=now, reasons=["cdr_unexplained"], subject="due soon")
    wanted = replace(ALL, currency="EUR")
    async with bench.work() as db:
        counted = await count_facets(db=db, now=now, wanted=wanted)
    assert counted["state"] == {"acknowledged": 1, "resolved": 1, "snoozed": 1}
    assert counted["currency"] == {"": 1, "CHF": 1, "EUR": 1}
    assert counted["assignee"] == {"Ada Clerk": 1}
    bench.clock.advance(601)
    assert set(await listed(bench)) == {"due soon too", "due late", "old breach", "old warning", "prt_2/DE/CPO/1"}
    async with bench.work() as db:
        assert (await count_facets(db=db, now=bench.clock.now(), wanted=wanted))["state"]["open"] == 1


async def test_a_finding_is_due_while_its_hold_stands(bench: Bench) -> None:
    """When money would be lost: the end of the hold; once that hold has ended, nothing is due."""
    charge = await a_charge(bench, ChargingStatus.NEEDS_FINANCE)
    finding_id = await of_charge(bench, charge, "cdr_unpriceable")
    row = await stored(bench, finding_id)
    assert (row.due_at, row.partner_id) == ((await bench.hold(charge)).capture_before, charge.partner_id)
    await bench.rows("UPDATE hold SET status = 'released' RETURNING id")
    await sweep_findings(work=bench.work, ports=bench.ports)
    assert (await stored(bench, finding_id)).due_at is None
