"""What pricing needs of each OCPI version, and which version a tariff and a session were written in.

Lives here: the choice. Does not live here: reading (``v*/mapping/tariff.py``, ``stay.py``), and all else that a version
can do (``dialect.py``, whose ``SUPPORTED`` are the versions in which we talk to partners).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from api.domain.pricing.stay import Stay
from api.domain.pricing.tariff import Tariff
from clients.ocpi import embedded
from clients.ocpi.dialect import UnknownVersion
from clients.ocpi.stay import read_stay

VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
"""The versions whose tariffs can be read."""

_COSTS = ("total_cost", "total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost")
_SPELLED_IN_2_1_1 = ("start_datetime", "end_datetime", "stop_date_time", "auth_id")
_RULES_SINCE_2_2_1 = ("min_current", "max_current", "reservation")


@dataclass(frozen=True, slots=True)
class PricingDialect:
    """How one version's tariffs and stays are read; both raise ``Unreadable`` and nothing else."""

    version: str
    read_tariff: Callable[[object], Tariff]
    read_stay: Callable[[object], Stay]


def pricing_dialect_for(version: str) -> PricingDialect:
    """Return how ``version`` is read; raises UnknownVersion (see ``VERSIONS``)."""
    if version == "2.1.1":
        from clients.ocpi.v2_1_1.mapping import tariff as v2_1_1  # a version is imported only when it is spoken

        return PricingDialect(version, v2_1_1.read_tariff, read_stay)
    if version == "2.2.1":
        from clients.ocpi.v2_2_1.mapping import tariff as v2_2_1

        return PricingDialect(version, v2_2_1.read_tariff, read_stay)
    if version == "2.3.0":
        from clients.ocpi.v2_3_0.mapping import tariff as v2_3_0

        return PricingDialect(version, v2_3_0.read_tariff, read_stay)
    raise UnknownVersion("ocpi_version_unknown", version=version)


def embedded_tariffs(location: object) -> tuple[dict[str, object], ...]:
    """Return the raw tariffs that some feeds put inside a Location, in whatever version."""
    return embedded.embedded_tariffs(location)


def detect_version(tariffs: Iterable[object], stay: object = None) -> str:
    """Return the version whose spelling tariffs and stay show; what shows none is taken for 2.2.1.

    A tariff's own marks come first: read as too early a version it would silently lose its tax and its limits.
    """
    raw = [each for each in tariffs if isinstance(each, Mapping)]
    limits = [tariff.get(name) for tariff in raw for name in ("min_price", "max_price")]
    costs = [stay.get(name) for name in _COSTS] if isinstance(stay, Mapping) else []
    if any("tax_included" in tariff for tariff in raw) or _any_with("before_taxes", limits):
        return "2.3.0"
    if not _any_with("excl_vat", limits) and _any_with("before_taxes", costs):
        return "2.3.0"
    if any(_is_later_than_2_1_1(tariff) for tariff in raw) or _any_with("excl_vat", limits + costs):
        return "2.2.1"
    return "2.1.1" if isinstance(stay, Mapping) and any(name in stay for name in _SPELLED_IN_2_1_1) else "2.2.1"


def _any_with(name: str, values: Iterable[object]) -> bool:
    return any(isinstance(each, Mapping) and name in each for each in values)


def _is_later_than_2_1_1(tariff: Mapping[str, object]) -> bool:
    """Tell by an owner, a tax rate or a restriction that 2.1.1 did not have."""
    if "country_code" in tariff or "party_id" in tariff:
        return True
    elements = list(_objects(tariff.get("elements")))
    components = [each for element in elements for each in _objects(element.get("price_components"))]
    rules = [each for element in elements for each in _objects(element.get("restrictions"))]
    return _any_with("vat", components) or any(_any_with(name, rules) for name in _RULES_SINCE_2_2_1)


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    """Yield the objects of a list, or the one that stands where a list may stand."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, Mapping):
            yield each
