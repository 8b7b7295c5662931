"""How a network numbers its posts: rules that turn what is typed, and what we know of a post, into its number.

A rule is a regular expression for the whole text and what to put in its place, as in ``re.sub``. The first that fits
counts. Staff set them per network (``chargehand network set``), so they are checked here and nowhere else.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.domain.errors import Invalid

LONGEST_PATTERN = 200
MOST_RULES = 20
_REPEATED_REPETITION = re.compile(r"[+*}]\)[+*{]")
"""``(a+)+``: takes for ever on a text that nearly fits, and nobody needs it for a number on a post."""


class VisualIdRuleInvalid(Invalid):
    """A rule that cannot be used. Facts: ``pattern``, ``reason``."""


@dataclass(frozen=True, slots=True)
class VisualIdRule:
    """One rule: the whole text must fit ``pattern``, and becomes ``replacement`` (with ``\\1`` for its groups)."""

    pattern: re.Pattern[str]
    replacement: str

    def read(self, text: str) -> str | None:
        """Return what the rule makes of ``text``, or None where it does not fit."""
        found = self.pattern.fullmatch(text)
        return found.expand(self.replacement) if found else None


def visual_id_rule(pattern: str, replacement: str) -> VisualIdRule:
    """Return a rule; raises VisualIdRuleInvalid."""
    if not 0 < len(pattern) <= LONGEST_PATTERN:
        raise VisualIdRuleInvalid("visual_id_rule_invalid", pattern=pattern[:LONGEST_PATTERN], reason="length")
    if _REPEATED_REPETITION.search(pattern):
        raise VisualIdRuleInvalid("visual_id_rule_invalid", pattern=pattern, reason="repeated_repetition")
    try:
        compiled = re.compile(pattern, re.IGNORECASE | re.ASCII)
        re.compile(f"(?:{pattern})|", re.ASCII).sub(replacement, "")  # an unknown group shows here, not when it is used
    except (re.error, IndexError) as error:
        raise VisualIdRuleInvalid("visual_id_rule_invalid", pattern=pattern, reason=str(error)) from None
    return VisualIdRule(compiled, replacement)


def read_rules(stored: Iterable[object]) -> tuple[VisualIdRule, ...]:
    """Return the rules of a network as stored; one that cannot be used any more is passed over."""
    found = []
    for each in stored:
        if isinstance(each, dict) and isinstance(each.get("pattern"), str) and isinstance(each.get("replacement"), str):
            try:
                found.append(visual_id_rule(each["pattern"], each["replacement"]))
            except VisualIdRuleInvalid:
                continue
    return tuple(found[:MOST_RULES])


def by_rules(text: str, rules: Sequence[VisualIdRule]) -> str | None:
    """Return what the first fitting rule makes of ``text``; None: none fits."""
    plain = unicodedata.normalize("NFKC", text).strip()
    read = (rule.read(plain) for rule in rules)
    return next((made for made in read if made), None)
