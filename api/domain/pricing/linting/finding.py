"""A finding about a tariff: a stable code, how bad it is, where, the facts, and a sentence for the tariff manager."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from api.domain.pricing.linting.sentences import sentence_of


class Severity(StrEnum):
    """How bad: money goes wrong, money probably goes wrong, or worth a look."""

    error = "error"
    warning = "warning"
    hint = "hint"


_PER_COMPONENT: Final = ("components", "prices")
WORST_FIRST: Final = (Severity.error, Severity.warning, Severity.hint)


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One contradiction or doubt; ``facts`` are JSON-safe.

    ``element`` counts from 0 as in ``PriceLine.element_index`` and is ``None`` for what concerns the whole tariff.
    ``tariff_id`` is empty for what concerns several tariffs.
    """

    code: str
    severity: Severity
    tariff_id: str
    element: int | None = None
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Say in one sentence what is wrong, where, and what to do."""
        return sentence_of(self.code, self.element, self.facts)


def worst_first(findings: Iterable[LintFinding]) -> list[LintFinding]:
    """Sort by severity, then by element, what concerns the whole tariff first; else as found."""
    return sorted(
        findings,
        key=lambda each: (WORST_FIRST.index(each.severity), -1 if each.element is None else each.element),
    )


def merged(findings: Iterable[LintFinding]) -> list[LintFinding]:
    """Join findings that differ in nothing but their component, so that one mistake is told once."""
    found: dict[object, LintFinding] = {}
    for index, each in enumerate(findings):
        shared = {name: value for name, value in each.facts.items() if name not in _PER_COMPONENT}
        key: object = (each.code, each.severity, each.tariff_id, each.element, repr(shared))
        if "components" not in each.facts:
            key = index
        twin = found.get(key)
        found[key] = each if twin is None else _joined(twin, each)
    return list(found.values())


def _joined(one: LintFinding, other: LintFinding) -> LintFinding:
    both = {name: _list(one.facts[name]) + _list(other.facts[name]) for name in _PER_COMPONENT if name in one.facts}
    return replace(one, facts=one.facts | both)


def _list(value: object) -> list[object]:
    return [*value] if isinstance(value, list) else [value]
