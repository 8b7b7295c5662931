"""Filters of the map: the ways to charge say in SQL what they say in Python, and each filter keeps what it is for."""

from decimal import Decimal
from itertools import combinations, product

import pytest

from api.db import UnitOfWork
from api.domain.ids import PartyId
from api.domain.roaming.location import EvseStatus
from api.domain.roaming.partner import MarketRole, PartyRole
from api.domain.roaming.ways import NetworkTerms, ways_of
from api.models.hub import ClientInfoRow
from api.models.network import Network
from api.services.finding.filters import APP, Filters, Where
from api.services.finding.grid import EARTH, Frame
from api.services.finding.places import fitting_connectors, locations_in_box
from api.services.roaming.documents import write_roles
from api.services.roaming.find import Box
from tests.api.services.finding.builders import a_post, a_site, store
from tests.api.services.roaming.builders import a_connector
from tests.fakes import START, fake_policy

EVERYWHERE = Frame(0, EARTH - 1, 0, EARTH - 1)
POLICY = fake_policy()
ABLE = ("remote_start_stop_capable", "rfid_reader", "ped_terminal")
AGREEMENTS = [
    None,
    NetworkTerms("N", None, "live", True, "none"),
    NetworkTerms("N", None, "live", True, "active"),
    NetworkTerms("N", None, "live", False, "none"),
    NetworkTerms("N", None, "paused", True, "none"),
]


async def agree_on(work: UnitOfWork, terms: NetworkTerms | None) -> None:
    """Note an agreement with DE-CPO."""
    if terms is None:
        return
    async with work() as db:
        db.add(
            Network(
                country_code="DE",
                party_id="CPO",
                name="N",
                state=terms.state,
                app_charging=terms.app_charging,
                pass_policy=terms.pass_policy,
                updated_at=START,
            )
        )


async def keys(work: UnitOfWork, filters: Filters) -> set[str]:
    """Return the locations at which something fits."""
    async with work() as db:
        return set(await fitting_connectors(db, POLICY, EVERYWHERE, filters, 1000))


@pytest.mark.capability("CM04", "CM05", "CM06")
@pytest.mark.parametrize("terms", AGREEMENTS)
@pytest.mark.parametrize("passes", [True, False])
async def test_the_filters_and_the_reasons_say_the_same(
    work: UnitOfWork, terms: NetworkTerms | None, passes: bool
) -> None:
    """Whatever an EVSE can, its status, the agreement: a filter keeps it exactly when that way has no ``why_not``."""
    able = [set(some) for count in range(4) for some in combinations(ABLE, count)]
    cases = [(status, can) for status, can in product(EvseStatus, able) if status is not EvseStatus.REMOVED]
    sites = [
        a_site(f"L{number}", "48.1", "9.2", a_post(f"E{number}", status, capabilities=frozenset(can)))
        for number, (status, can) in enumerate(cases)
    ]
    await store(work, *sites)
    await agree_on(work, terms)
    policy = fake_policy()
    object.__setattr__(policy, "passes_enabled", passes)
    for name, filters in (
        ("app", Filters(app_charging=True)),
        ("with_pass", Filters(with_pass=True)),
        ("ad_hoc", Filters(ad_hoc=True)),
    ):
        async with work() as db:
            found = set(await fitting_connectors(db, policy, EVERYWHERE, filters, 1000))
        wanted = {
            f"prt_1/DE/CPO/L{number}"
            for number, (status, can) in enumerate(cases)
            if getattr(ways_of(can, status, terms or NetworkTerms(), passes_offered=passes), name).ok
        }
        assert found == wanted, name


def test_every_closed_way_says_why() -> None:
    """The three ways are told apart, and an occupied EVSE is none of the reasons (CM05, CM06)."""
    ways = ways_of({"rfid_reader"}, "charging", NetworkTerms(), passes_offered=True)
    assert (ways.app.ok, ways.with_pass.ok, ways.ad_hoc.ok) == (False, True, False)
    assert ways.app.why_not == ("remote_start_not_supported",)
    assert ways.ad_hoc.why_not == ("no_payment_terminal", "remote_start_not_supported")
    needing = NetworkTerms(pass_policy="active")
    assert ways_of(set(ABLE[:1]), "charging", needing, passes_offered=True).ad_hoc.why_not == (
        "no_payment_terminal",
        "network_needs_pass",
    )
    assert ways_of(set(ABLE[:1]), "charging", needing, passes_offered=True, away="offline").app.why_not == (
        "operator_offline",
    )


async def test_plugs_and_power_hold_for_the_same_connector(work: UnitOfWork) -> None:
    """A fast combo plug beside a slow one of another kind is no fast one of that kind; unknown is never enough."""
    combo = a_connector("1", standard="iec_62196_t2_combo", power_type="dc", max_electric_power_w=150_000)
    slow = a_connector("2", standard="chademo", power_type="dc", max_electric_power_w=50_000)
    unknown = a_connector("1", max_voltage=None)
    await store(
        work,
        a_site("A", "48.1", "9.2", a_post("A", EvseStatus.AVAILABLE, combo, slow)),
        a_site("B", "48.2", "9.2", a_post("B", EvseStatus.AVAILABLE, unknown)),
    )
    fast = {"prt_1/DE/CPO/A"}
    assert await keys(work, Filters(min_power_w=100_000, standards=("iec_62196_t2_combo",))) == fast
    assert await keys(work, Filters(min_power_w=100_000, standards=("chademo",))) == set()
    assert await keys(work, Filters(min_power_w=50_000, max_power_w=60_000, standards=("chademo", "x"))) == fast
    assert await keys(work, Filters(max_power_w=1_000_000)) == fast
    assert await keys(work, Filters(standards=("iec_62196_t2",))) == {"prt_1/DE/CPO/B"}


async def test_networks_are_named_by_their_party(work: UnitOfWork) -> None:
    """Two owners on one connection are two networks."""
    roles = write_roles([PartyRole(MarketRole.CPO, PartyId("DE", each), each) for each in ("CPO", "TWO")])
    await store(work, a_site("A", "48.1"), a_site("B", "48.1", party_id="TWO"), roles=roles)
    assert await keys(work, Filters(networks=("DE-TWO",))) == {"prt_1/DE/TWO/B"}
    assert await keys(work, Filters(networks=("DE-TWO", "DE-CPO"))) == {"prt_1/DE/TWO/B", "prt_1/DE/CPO/A"}
    assert await keys(work, Filters(networks=("NL-TWO",))) == set()


async def test_what_a_hub_tells_twice_and_who_is_away(work: UnitOfWork) -> None:
    """An EVSE told by its operator and a hub counts once; at one that is away behind the hub nothing can start."""
    hub = write_roles([PartyRole(MarketRole.HUB, PartyId("DE", "HUB"), "Hub")])
    await store(work, a_site("A", "48.1", "9.2", a_post("X1")))
    far = a_site("C", "48.1", "9.2", a_post("X2", evse_id="DE*FAR*EX2"), party_id="FAR")
    await store(work, a_site("B", "48.1", "9.2", a_post("X1", evse_id="DE-CPO-EX1")), far, partner_id="hub", roles=hub)
    assert await keys(work, Filters()) == {"prt_1/DE/CPO/A", "hub/DE/FAR/C"}
    async with work() as db:
        db.add(
            ClientInfoRow(
                partner_id="hub", country_code="DE", party_id="FAR", role="cpo", status="offline", last_updated=START
            )
        )
    assert await keys(work, Filters()) == {"prt_1/DE/CPO/A", "hub/DE/FAR/C"}
    assert await keys(work, Filters(app_charging=True)) == {"prt_1/DE/CPO/A"}
    async with work() as db:
        box = Box(Decimal(9), Decimal(48), Decimal(10), Decimal(49))
        found, _ = await locations_in_box(db=db, policy=POLICY, now=START, box=box, filters=Filters(), limit=9)
    refused = {each.location.key: each.connectors[0].refusals for each in found}
    assert refused == {"prt_1/DE/CPO/A": (), "hub/DE/FAR/C": ("operator_offline",)}


def test_values_are_never_written_into_a_statement() -> None:
    """Whatever is asked for stands in the list of values, only its number in the statement."""
    where = Where()
    where.wanted(Filters(standards=("'; DROP TABLE spot; --",), terms=(("' OR 1=1",),)), passes_offered=True)
    assert "DROP" not in str(where)
    assert "1=1" not in str(where)
    assert len(where.values) == 2
    assert APP not in str(where)
