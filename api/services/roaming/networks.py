"""Networks as drivers know them: which there are, where the app can charge, and who waits for one (CM01, CM27).

A network is a party with posts that may be shown, or one that staff wrote down (``chargehand network set``), with posts
or without. The flag for app charging is our agreement, its state, and what its posts can do, all three.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.guide import StartSequence
from api.domain.errors import Invalid, NotFound
from api.domain.language import LANGUAGES
from api.domain.passes import PassPolicy
from api.domain.roaming.ways import LIVE
from api.domain.visual_id_rules import MOST_RULES, visual_id_rule
from api.models.network import Network
from api.services.roaming.partners import PartnerStatus

_PREFIX = "net_"
_PARTIES = text("""
    SELECT p.country_code, p.party_id, p.first_at, p.name, EXISTS (
        SELECT 1 FROM evse e JOIN location l ON l.key = e.location_key JOIN partner r ON r.id = l.partner_id
        WHERE l.country_code = p.country_code AND l.party_id = p.party_id AND l.publish AND r.status = :connected
        AND e.status <> 'removed' AND e.capabilities @> '["remote_start_stop_capable"]') AS capable
    FROM (SELECT l.country_code, l.party_id, min(r.created_at) AS first_at, min(l.operator_name) AS name
        FROM location l JOIN partner r ON r.id = l.partner_id
        WHERE l.publish AND r.status = :connected
        AND (:only = '' OR upper(l.country_code) || '-' || upper(l.party_id) = :only)
        GROUP BY l.country_code, l.party_id) p
""")


class NetworkState(StrEnum):
    """Whether a network can be used."""

    LIVE = "live"
    PLANNED = "planned"
    PAUSED = "paused"


class UnknownNetwork(NotFound):
    """There is no such network."""


class NetworkInvalid(Invalid):
    """What is to be written down of a network cannot be. Facts: ``field``, ``reason``."""


@dataclass(frozen=True, slots=True)
class NetworkView:
    """A network: what is written down of it, and whether its posts can be started from the app."""

    row: Network
    capable: bool

    @property
    def id(self) -> str:
        """Return the public id."""
        return network_id(self.row.country_code, self.row.party_id)

    @property
    def app_charging(self) -> bool:
        """Say whether the app can charge here now: by agreement, by state and by what the posts can do."""
        return self.row.app_charging and self.row.state == LIVE and self.capable


@dataclass(frozen=True, slots=True)
class NetworkChange:
    """What is to be different about a network; None leaves it as it is."""

    name: str | None = None
    website: str | None = None
    state: str | None = None
    app_charging: bool | None = None
    pass_policy: str | None = None
    start_sequence: str | None = None
    visual_id_rules: list[dict[str, str]] | None = None
    visual_id_hints: dict[str, str] | None = None
    visual_id_picture: str | None = None


def network_id(country_code: str, party_id: str) -> str:
    """Return the public id of a network: ``net_DE-ABC``."""
    return f"{_PREFIX}{country_code.upper()}-{party_id.upper()}"


def policy_of(row: Network) -> PassPolicy:
    """Return which pass a network asks for; a word that we do not know asks for the most."""
    try:
        return PassPolicy(row.pass_policy)
    except ValueError:
        return PassPolicy.ACTIVE


async def list_networks(*, db: AsyncSession, app_charging: bool | None = None) -> list[NetworkView]:
    """Return all networks by name, or those where the app can charge, or cannot."""
    wanted = (each for each in await _views(db) if app_charging in (None, each.app_charging))
    return sorted(wanted, key=lambda each: (each.row.name.casefold(), each.id))


async def _views(db: AsyncSession, only: str = "") -> list[NetworkView]:
    """Return all networks, or the one of a party (``DE-ABC``) alone, without looking at the posts of the others."""
    values = {"connected": PartnerStatus.CONNECTED.value, "only": only}
    found = await (await db.connection()).execute(_PARTIES, values)
    written = select(Network)
    if only:
        country_code, _, party_id = only.partition("-")
        written = written.where(Network.country_code == country_code, Network.party_id == party_id)
    known = {(row.country_code, row.party_id): row for row in await db.exec(written)}
    views = {owner: NetworkView(row, capable=False) for owner, row in known.items()}
    for party in found:
        owner = (party.country_code.upper(), party.party_id.upper())
        row = known.get(owner) or _unwritten(*owner, party.first_at, party.name)
        capable = party.capable or (owner in views and views[owner].capable)
        views[owner] = NetworkView(row, capable=capable)
    return list(views.values())


async def network_of(*, db: AsyncSession, public_id: str) -> NetworkView:
    """Return one network; raises UnknownNetwork."""
    only = public_id.removeprefix(_PREFIX)
    views = await _views(db, only) if only and public_id.startswith(_PREFIX) else []
    found = next((each for each in views if each.id == public_id), None)
    if found is None:
        raise UnknownNetwork("unknown_network")
    return found


async def set_network(
    *, db: AsyncSession, now: datetime, country_code: str, party_id: str, change: NetworkChange
) -> Network:
    """Write down what is different about a network; raises NetworkInvalid, VisualIdRuleInvalid."""
    country, party = _owner(country_code, party_id)
    _check(change)
    row = await db.get(Network, (country, party), with_for_update=True) or _unwritten(country, party, now)
    for name in NetworkChange.__dataclass_fields__:
        value = getattr(change, name)
        if value is not None:
            setattr(row, name, value)
    row.updated_at = now
    db.add(row)
    await db.flush()
    return row


def _unwritten(country_code: str, party_id: str, at: datetime, name: str | None = None) -> Network:
    """Return a network that nothing was written down about: the defaults, and what its own posts call it."""
    called = name or f"{country_code}-{party_id}"
    return Network(country_code=country_code, party_id=party_id, name=called, updated_at=at)


def _owner(country_code: str, party_id: str) -> tuple[str, str]:
    country, party = country_code.strip().upper(), party_id.strip().upper()
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise NetworkInvalid("network_invalid", field="country_code", reason="two letters, as DE")
    if not (len(party) == 3 and party.isascii() and party.isalnum()):
        raise NetworkInvalid("network_invalid", field="party_id", reason="three letters or digits, as ABC")
    return country, party


def _check(change: NetworkChange) -> None:
    """Raise NetworkInvalid or VisualIdRuleInvalid for what cannot be written down."""
    kinds = {"state": NetworkState, "pass_policy": PassPolicy, "start_sequence": StartSequence}
    for field, kind in kinds.items():
        value = getattr(change, field)
        if value is not None and value not in set(kind):
            raise NetworkInvalid("network_invalid", field=field, reason=f"one of {', '.join(kind)}")
    if change.name is not None and not change.name.strip():
        raise NetworkInvalid("network_invalid", field="name", reason="empty")
    for field in ("website", "visual_id_picture"):
        address = getattr(change, field)
        if address is not None and not (urlsplit(address).scheme == "https" and urlsplit(address).hostname):
            raise NetworkInvalid("network_invalid", field=field, reason="an https address")
    unknown = set(change.visual_id_hints or ()) - set(LANGUAGES)
    if unknown:
        raise NetworkInvalid("network_invalid", field="visual_id_hints", reason=f"one of {', '.join(LANGUAGES)}")
    rules = change.visual_id_rules or []
    if len(rules) > MOST_RULES:
        raise NetworkInvalid("network_invalid", field="visual_id_rules", reason=f"at most {MOST_RULES}")
    for rule in rules:
        visual_id_rule(rule["pattern"], rule["replacement"])
