"""What a partner's object has that the specification would not have: missing fields, over-long texts, unknown words.

We read such objects all the same; this says what was odd about them, so that a partner's page can. Lives here: the
walk. Does not live here: what each version rules (``v*/rules.py``), and which oddities are read around (``quirks.py``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

MOST = 20
"""How many oddities of one object are told."""
_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True)
class Rule:
    """What the specification says of one field; a list is held to the rule item by item."""

    longest: int | None = None
    """The longest text allowed, in characters."""
    required: bool = False
    words: frozenset[str] | None = None
    """The values of an enum."""
    inside: Mapping[str, "Rule"] = field(default_factory=dict)
    """The fields of an object."""


def oddities(raw: object, rules: Mapping[str, Rule]) -> tuple[str, ...]:
    """Return what is odd about an object, as ``missing:evses[].uid``, ``too_long:...``, ``unknown_value:...=WORD``."""
    found: dict[str, None] = {}
    for oddity in _of_object(raw, rules, ""):
        found[oddity] = None
        if len(found) >= MOST:
            break
    return tuple(found)


def with_rules(rules: Mapping[str, Rule], changes: Mapping[str, Rule]) -> dict[str, Rule]:
    """Return ``rules`` with others in some places, named like ``evses.connectors.standard``: what a version changes."""
    changed = dict(rules)
    for place, rule in changes.items():
        name, _, below = place.partition(".")
        changed[name] = (
            replace(changed[name], inside=with_rules(changed[name].inside, {below: rule})) if below else rule
        )
    return changed


def _of_object(raw: object, rules: Mapping[str, Rule], path: str) -> Iterator[str]:
    if not isinstance(raw, Mapping):
        return
    for name, rule in rules.items():
        where = f"{path}.{name}" if path else name
        value = raw.get(name)
        if value is None or value == []:
            if rule.required:
                yield f"missing:{where}"
        elif isinstance(value, list):
            for each in value:
                yield from _of_value(each, rule, f"{where}[]")
        else:
            yield from _of_value(value, rule, where)


def _of_value(value: object, rule: Rule, where: str) -> Iterator[str]:
    if rule.longest is not None:
        if not isinstance(value, str):
            yield f"no_text:{where}"
        elif len(value) > rule.longest:
            yield f"too_long:{where}"
    if rule.words is not None and value not in rule.words:
        word = str(value)[:_LONGEST_WORD]
        yield f"unknown_value:{where}={word if word.isprintable() else '?'}"
    yield from _of_object(value, rule.inside, where)
