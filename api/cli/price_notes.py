"""The coded notes on a price as plain sentences. A code without a sentence here is shown with its facts."""

from decimal import Decimal, InvalidOperation
from typing import Final

from api.cli.terminal import short
from api.domain.pricing.breakdown import LIMIT_ELEMENT, Note

_SENTENCES: Final = {
    "version_detected": "The files look like OCPI {version}; use --version to read them as another.",
    "session_open": "The session has no end yet; it is priced until it was last updated, {ended_at}.",
    "energy_in_wh": "The energy of the periods was sent in Wh, as the session's own count shows; it is read as such.",
    "energy_differs": "The charging periods hold {periods} kWh, the session counts {session}; the periods are priced.",
    "tariff_chosen": "The session names no tariff; {tariff_id} is the first given that is valid at its start.",
    "tariff_not_valid": "Tariff {tariff_id} is not valid at the start of the session.",
    "tax_included_missing": "The tariff does not say whether tax is included, as 2.3.0 demands; it is taken not to be.",
    "period_not_cut": "Charging period {period} goes on where the price of {dimension} changes; priced as it begins.",
    "limit_not_evaluable": "Whether the limit of tariff {tariff_id} before tax applies depends on an unknown tax.",
    "tariff_not_given": "A period names tariff {tariff_id}, which was not given; {priced_with} was used instead.",
    "period_without_tariff": "Charging period {period} names no tariff although others do; it is not priced.",
    "reservation_expired": "Nothing was charged, so this is the price of a reservation that expired.",
    "restriction_not_evaluable": (
        "Element {element} of tariff {tariff_id} depends on power or current that was not measured, or that crossed "
        "its limit within a period; it is taken not to apply."
    ),
    "time_exceeds_period": "Charging period {period} states {stated} h but lasts {length} h; priced as stated.",
    "dimension_not_stated": "The tariff prices {dimension}, and no charging period states any.",
    "charging_without_energy": "Charging period {period} states {hours} h of charging time and no energy.",
    "price_only_in_words": "Tariff {tariff_id} has no elements: it tells its price in words only.",
    "alternative_text": "Tariff {tariff_id} comes with a text of its own; the price may depend on what it says.",
    "alternative_url": "Tariff {tariff_id} points to {url}; the price may depend on what is said there.",
    "limit_tax_in_proportion": "The limit of tariff {tariff_id} is applied before tax; tax follows in proportion.",
    "min_price": "The minimum price of tariff {tariff_id} applies: before tax {before} became {after}.",
    "max_price": "The maximum price of tariff {tariff_id} applies: before tax {before} became {after}.",
    "tax_unknown": "No tax rate is stated for {elements}; that tax is unknown.",
}
_NOT_PRICED: Final = {
    "no_component": "{quantity} {unit} of {dimension} cost nothing: the tariff has no price for it.",
    "in_words": "{quantity} {unit} of {dimension} are not priced: the tariff tells its price in words.",
    "not_evaluable": "{quantity} {unit} of {dimension} are not priced: what decides on their price was not measured.",
    "no_match": "{quantity} {unit} of {dimension} cost nothing: no element of the tariff applied.",
}
_NUMBERS: Final = {"quantity", "before", "after"}


def sentence(note: Note) -> str:
    """Return a note as an English sentence, its numbers shortened."""
    template = _SENTENCES.get(note.code)
    if note.code == "not_priced":
        template = _NOT_PRICED.get(str(note.facts.get("reason")))
    shown = {name: _shown(name, value) for name, value in note.facts.items()}
    try:
        return (template or "").format(**shown) or _listed(shown)
    except KeyError:  # the engine tells other facts than this sentence knows
        return _listed(shown)


def _shown(name: str, value: object) -> object:
    """Return a number shortened, elements with what they are, anything else as it is."""
    if name == "elements" and isinstance(value, list):
        return ", ".join("the price limit" if each == LIMIT_ELEMENT else f"element {each}" for each in value)
    try:
        return short(Decimal(str(value))) if name in _NUMBERS else value
    except InvalidOperation:
        return value


def _listed(facts: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())
