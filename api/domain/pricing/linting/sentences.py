"""The sentence for each finding: what is wrong, in which element, and what to do, for who keeps the tariffs.

Elements are named by their place from 0, as on a priced line; components by their OCPI names.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from api.domain.pricing.tariff import RESERVATION, RESERVATION_EXPIRES

_TEXTS: Final[dict[str, str]] = {
    "absurd_price": (
        "Element {element} charges {priced} {currency}, which looks like a slip such as cents for whole units; "
        "check the price."
    ),
    "contradictory_restrictions": (
        "Element {element} can never apply, because nothing satisfies {restrictions}; correct them or remove the "
        "element."
    ),
    "currency_invalid": (
        "The currency {currency} is no ISO 4217 code, so nothing can be billed; state a code of three capital "
        "letters such as EUR."
    ),
    "duplicate_component": (
        "Element {element} states {components} more than once and only the first counts, so {priced} is ignored; "
        "leave one of them."
    ),
    "duplicate_id": (
        "The tariff id {id} stands for tariffs with different content, so which one is billed is left to chance; "
        "give each its own id."
    ),
    "element_empty": ("Element {element} has no price component and does nothing; add a price or remove the element."),
    "expiry_cheaper": (
        "Element {element} charges {priced} for reserved time that expires, less than for a reservation that is "
        "used; check which is meant to cost more."
    ),
    "flat_mid_session": (
        "Element {element} may charge {priced} in the middle of a session, because no flat fee applies at every "
        "start; add a FLAT without restrictions, at price 0 if need be, or tell drivers."
    ),
    "flat_never_charged": (
        "Element {element} never charges {priced}, because another FLAT is always charged at the start and only "
        "one is charged a session; put the fee into TIME or PARKING_TIME, or restrict the other."
    ),
    "gap": (
        "No element prices {components} {when}, so it is free then; add an element without restrictions at the end"
        " that says what it costs."
    ),
    "limit_inconsistent": (
        "The {limit} is {after_taxes} after taxes but {before_taxes} before them, which no tax can explain; "
        "correct one of the two."
    ),
    "min_above_max_price": (
        "The min_price {min_price} is above the max_price {max_price}, so no total can satisfy both; correct one "
        "of them."
    ),
    "missing_fallback": (
        "No element prices {components} {when}, so it is free then; add an element without restrictions at the end"
        " as the default."
    ),
    "mixed_currencies": (
        "The tariffs are in different currencies ({currencies}), so no session can be priced with several of them;"
        " check that each belongs to its country."
    ),
    "needs_energy_flow": (
        "Element {element} prices {components} under {needs}, but no energy flows then; drop the restriction or "
        "the component."
    ),
    "negative_limit": "The {limit} is below zero; state the least or most that a session costs, or leave it out.",
    "negative_price": "Element {element} charges {priced}, which pays the driver; state a price of 0 or more.",
    "parking_free": (
        "Element {element} prices TIME but no element prices PARKING_TIME, so staying plugged in after charging is"
        " free; add PARKING_TIME, at price 0 if that is meant."
    ),
    "reservation_component": (
        "Element {element} prices {components}, but a reservation can only have FLAT and TIME; move it to an "
        "element without the reservation restriction."
    ),
    "reservation_expires_alone": (
        "Element {element} prices a reservation that expires, but no element prices one that is used, so that one "
        "is free; add an element restricted to RESERVATION, at price 0 if that is meant."
    ),
    "short_end_time": (
        "In {elements} the end time {end_time} leaves {missing_seconds} s uncovered, because the end itself does "
        "not count; write {meant} instead."
    ),
    "step_size_large": (
        "Element {element} charges {priced} in steps of {step_size} {unit}, so a driver pays for much that was not"
        " used; make the step smaller."
    ),
    "step_size_zero": (
        "Element {element} charges {priced} with step_size {step_size}, which bills exact amounts and is not "
        "foreseen for a price; state 1 if nothing is to be rounded."
    ),
    "tax_partly_unknown": (
        "In {elements} no vat is stated for {components} although other prices state one, so the total after tax "
        "is unknown; state the rate, 0 if there is none."
    ),
    "text_beside_elements": (
        "The tariff has a text beside its elements, which may repeat prices or contradict them; check that it only"
        " adds to the elements."
    ),
    "too_complex_to_check": (
        "The tariff has too many elements or bounds ({size} elements) to find out in reasonable time which of them"
        " apply; split it by date or simplify it."
    ),
    "validity_empty": (
        "The tariff is valid from {starts_at} until {ends_at}, which is no time at all; correct one of the two."
    ),
    "vat_differs": (
        "Element {element} taxes {components} at another rate than elements before it ({rates} %); check which "
        "rate is right."
    ),
    "unknown_restriction": (
        "Element {element} is restricted by {names}, which OCPI does not know, so nobody can tell when it applies; "
        "use the restrictions of the specification."
    ),
    "vat_implausible": "Element {element} states vat {vat} for {components}; state percent, such as 19 for 19 %.",
    "vat_not_applicable": (
        "In {elements} a vat is stated although the tariff says that tax is not applicable, so it is ignored; drop"
        " the vat or correct tax_included."
    ),
}
CODES: Final = frozenset({*_TEXTS, "no_elements", "unreachable_element", "zero_shadows_priced"})
_OF: Final = {RESERVATION: " of a reservation", RESERVATION_EXPIRES: " of an expired reservation"}


def sentence_of(code: str, element: int | None, facts: Mapping[str, object]) -> str:
    """Return the sentence of a finding."""
    words = {name: _word(value) for name, value in facts.items()}
    words |= {"element": str(element), "components": _components(facts), "priced": _priced(facts)}
    if "elements" in facts:
        words["elements"] = _elements(facts["elements"])
    if code in {"unreachable_element", "zero_shadows_priced"}:
        return _shadow(code, facts, words)
    if code == "no_elements":
        return _no_elements(in_words=bool(facts["in_words"]))
    return _TEXTS[code].format_map(words)


def _shadow(code: str, facts: Mapping[str, object], words: Mapping[str, str]) -> str:
    element, priced = words["element"], words["priced"]
    if "when" in facts:
        free = _elements(facts["free"])
        return (
            f"Element {element} does not charge {priced} {words['when']}, because {free} comes first and is free;"
            f" put element {element} before it if its price is meant to win there."
        )
    earlier = _elements(facts["earlier"])
    many = earlier.startswith("elements")
    covers = f"{'already cover' if many else 'already covers'} every case in which it could"
    if code == "zero_shadows_priced":
        free = "" if facts["free"] == facts["earlier"] else f", {_elements(facts['free'])} of them"
        earlier += f" {'come' if many else 'comes'} first{free} for free{',' if free else ''} and"
    return f"Element {element} never charges {priced}, because {earlier} {covers}; {_fix(facts, words)}."


def _fix(facts: Mapping[str, object], words: Mapping[str, str]) -> str:
    element = words["element"]
    match facts["fix"]:
        case "reorder" | "reorder_or_remove" as fix:
            order = f"put the elements in the order {', '.join(map(str, _items(facts['order'])))}"
            return order if fix == "reorder" else f"{order}, or remove element {element}"
        case "spare_default":
            return "it may stay as a default or be removed"
        case "remove":
            return f"remove element {element}, as nothing changes without it"
        case "choose_one":
            return "keep the one that is meant and remove the other"
        case _:
            return f"restrict {_elements(facts['earlier'])} further or remove element {element}"


def _no_elements(*, in_words: bool) -> str:
    if in_words:
        return "The tariff has no elements and states its price in words only, which nothing can compute; add elements."
    return "The tariff has no elements, no text and no link, so it has no price at all; add elements."


def _components(facts: Mapping[str, object]) -> str:
    names = [str(each).upper() for each in _items(facts.get("components"))]
    return _and(names) + _OF.get(str(facts.get("reservation")), "")


def _priced(facts: Mapping[str, object]) -> str:
    names, prices = _items(facts.get("components")), _items(facts.get("prices"))
    told = [f"{str(name).upper()} at {price}" for name, price in zip(names, prices, strict=False)]
    return _and(told) + _OF.get(str(facts.get("reservation")), "")


def _elements(value: object) -> str:
    numbers = [str(each) for each in _items(value)]
    return f"{'element' if len(numbers) == 1 else 'elements'} {_and(numbers)}"


def _word(value: object) -> str:
    if isinstance(value, dict):
        return _and([f"{name} {_word(each)}" for name, each in value.items()])
    return _and([str(each) for each in value]) if isinstance(value, list) else str(value)


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
