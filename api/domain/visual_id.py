"""Visual identifiers: from what a driver reads on the post to the EVSE it names, with a confidence and the reason.

OCPI's ``physical_reference`` is often empty (capabilities.md 0.1), so what the post may show is derived as well: the
EVSE id (eMI3: country, party, ``E``, the rest; with ``*``, with ``-`` or with nothing between), its parts and its tail,
the end of the location's name, the position in the location. Pure; the candidates come from ``services/roaming/find``.
Confidence is in percent. Nothing here ever picks between two that are equally likely.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from api.domain.visual_id_rules import VisualIdRule, by_rules

SURE = 70
"""From here on a match may decide, if it is the only one."""
SUFFIX_LENGTH = 5
"""A shorter ending of an EVSE id says too little to be looked for in the whole network."""
_NO_LETTER_OR_DIGIT = re.compile(r"[^0-9A-Z]")
_EVSE_ID = re.compile(r"([A-Z]{2})[*-]?([A-Z0-9]{3})[*-]?E([A-Z0-9][A-Z0-9*-]{0,30})", re.ASCII)
_LAST_NUMBER = re.compile(r"(\d+)\W*$", re.ASCII)


class Source(StrEnum):
    """Where a visual identifier was read from or derived from."""

    PHYSICAL_REFERENCE = "physical_reference"
    PHYSICAL_NUMBER = "physical_number"
    EVSE_ID = "evse_id"
    EVSE_ID_PART = "evse_id_part"
    EVSE_ID_TAIL = "evse_id_tail"
    LOCATION_NAME = "location_name"
    POSITION = "position"
    NETWORK_RULE = "network_rule"


@dataclass(frozen=True, slots=True)
class EvseId:
    """An eMI3 EVSE id in its parts; ``power_outlet`` is what follows the ``E``, split at its separators."""

    country_code: str
    party_id: str
    power_outlet: tuple[str, ...]

    def __str__(self) -> str:
        """Return the id with the usual separators."""
        return f"{self.country_code}*{self.party_id}*E{'*'.join(self.power_outlet)}"


@dataclass(frozen=True, slots=True)
class Post:
    """What is known of one EVSE that may be shown on its post; ``position`` counts from 1 within the location.

    ``rules`` are those of its network.
    """

    key: str
    evse_id: str | None
    physical_reference: str | None
    location_name: str | None
    position: int
    rules: tuple[VisualIdRule, ...] = ()


@dataclass(frozen=True, slots=True)
class VisualId:
    """One text by which a driver may name an EVSE, why we think so, and how sure that is (percent)."""

    text: str
    source: Source
    confidence: int


@dataclass(frozen=True, slots=True)
class Match:
    """An EVSE that what was typed may mean."""

    key: str
    visual_id: VisualId

    @property
    def confidence(self) -> int:
        """Return how sure the match is, in percent."""
        return self.visual_id.confidence


def normalize(text: str) -> str:
    """Return upper-case letters and digits only: ``#13``, ``13`` and ``DE*ABC*E1*013`` lose what posts vary in."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return _NO_LETTER_OR_DIGIT.sub("", plain)


def parse_evse_id(text: str) -> EvseId | None:
    """Return the parts of an EVSE id written with ``*``, ``-`` or nothing between them; None if it is none."""
    match = _EVSE_ID.fullmatch(unicodedata.normalize("NFKC", text).strip().upper())
    if match is None:
        return None
    outlet = tuple(part for part in re.split(r"[*-]", match[3]) if part)
    return EvseId(match[1], match[2], outlet)


def visual_ids(post: Post) -> tuple[VisualId, ...]:
    """List what the post may show, surest first.

    Where the operator gave a physical reference, the post shows that, and the derived texts lose their weight.
    """
    found = [*_given(post), *_by_network(post), *_derived(post)]
    return tuple(sorted(found, key=lambda each: -each.confidence))


def match(typed: str, post: Post, *, in_one_place: bool) -> Match | None:
    """Return the surest way in which ``typed`` names the post, or None.

    ``in_one_place`` says that the search is bound to a location or to the driver's surroundings; without that a bare
    tail such as ``1``, or what an operator calls a post, names one in every street and proves nothing.
    """
    wanted = normalize(typed)
    if not wanted:
        return None
    # A whole EVSE id says more than the number that a rule would make of it.
    read = "" if parse_evse_id(typed) else normalize(by_rules(typed, post.rules) or "")
    ways = [each for each in visual_ids(post) if _same(wanted, each.text) or (read and _same(read, each.text))]
    ending = _ending(wanted, post)
    if ending is not None:
        ways.append(ending)
    if not ways:
        return None
    telling = ways if in_one_place else [each for each in ways if _tells_apart(wanted, each)]
    best = max(telling or ways, key=lambda each: each.confidence)
    if not telling:
        best = VisualId(best.text, best.source, min(best.confidence, SURE - 20))
    return Match(post.key, best)


def decide(matches: Sequence[Match]) -> Match | None:
    """Return the one match that may be taken without asking the driver, or None."""
    sure = [each for each in matches if each.confidence >= SURE]
    return sure[0] if len(sure) == 1 else None


def _given(post: Post) -> list[VisualId]:
    reference = (post.physical_reference or "").strip()
    if not normalize(reference):
        return []
    found = [VisualId(reference, Source.PHYSICAL_REFERENCE, 100)]
    number = _LAST_NUMBER.search(reference)
    if number and normalize(reference) != number[1]:
        found.append(VisualId(number[1], Source.PHYSICAL_NUMBER, 85))
    return found


def _by_network(post: Post) -> list[VisualId]:
    """Return the number that the network's own rules make of what we know: what its posts show."""
    for known in (post.physical_reference, post.evse_id):
        number = by_rules(known, post.rules) if known else None
        if number and normalize(number):
            return [VisualId(number, Source.NETWORK_RULE, 90)]
    return []


def _derived(post: Post) -> list[VisualId]:
    weight = 40 if normalize(post.physical_reference or "") else 0
    found = []
    if post.evse_id:
        found.append(VisualId(post.evse_id, Source.EVSE_ID, 100))
    parsed = parse_evse_id(post.evse_id or "")
    if parsed is not None:
        outlet = "*".join(parsed.power_outlet)
        found += [VisualId(f"E{outlet}", Source.EVSE_ID_PART, 95), VisualId(outlet, Source.EVSE_ID_PART, 95)]
        if len(parsed.power_outlet) > 1:
            found.append(VisualId(parsed.power_outlet[-1], Source.EVSE_ID_TAIL, 80 - weight))
    name = _LAST_NUMBER.search(post.location_name or "")
    if name:
        found.append(VisualId(name[1], Source.LOCATION_NAME, 30))
    found.append(VisualId(str(post.position), Source.POSITION, 40 - weight // 2))
    return found


def _same(wanted: str, text: str) -> bool:
    """Compare without separators, and numbers without leading zeros: ``1`` and ``001`` are one number."""
    shown = normalize(text)
    if wanted == shown:
        return True
    return wanted.isdigit() and shown.isdigit() and int(wanted) == int(shown)


def _ending(wanted: str, post: Post) -> VisualId | None:
    """Match any longer ending of the EVSE id, for posts that show only a part of it."""
    if len(wanted) < SUFFIX_LENGTH or not post.evse_id or not normalize(post.evse_id).endswith(wanted):
        return None
    return VisualId(post.evse_id, Source.EVSE_ID_PART, 90)


def _tells_apart(wanted: str, best: VisualId) -> bool:
    """Say whether the text means one post of all networks: EVSE ids are unique, what a post is called is not."""
    return best.source is Source.EVSE_ID or (best.source is Source.EVSE_ID_PART and len(wanted) >= SUFFIX_LENGTH)
