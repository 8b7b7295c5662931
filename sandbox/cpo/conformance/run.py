"""Playing all cases in order, and the table of how they went."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sandbox.cpo.conformance import handshake_cases, object_cases, session_cases
from sandbox.cpo.conformance.kit import Case, Failed, Kit, Skipped

CASES: tuple[Case, ...] = (
    *handshake_cases.FIRST,
    *object_cases.CASES,
    *session_cases.CASES,
    *handshake_cases.LAST,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one case went: ``passed``, ``failed`` or ``skipped``, and why."""

    case: Case
    status: str
    why: str = ""


async def play(kit: Kit, names: tuple[str, ...] = ()) -> AsyncIterator[Outcome]:
    """Play the cases one after the other; with ``names``, those and the handshake that they need."""
    for case in CASES:
        if names and case.name not in (*names, "versions", "handshake"):
            continue
        try:
            await case.play(kit)
        except Failed as failure:
            yield Outcome(case, "failed", f"expected {failure.expected}; found {failure.found}")
        except Skipped as reason:
            yield Outcome(case, "skipped", str(reason))
        except (KeyError, TypeError, AttributeError) as error:
            yield Outcome(case, "failed", f"expected an answer of the specified shape; found {error!r}")
        else:
            yield Outcome(case, "passed")


def line(outcome: Outcome) -> str:
    """Write one outcome as a line of the table."""
    return f"{outcome.status:<8}{outcome.case.name:<20}{outcome.case.rule:<42}{outcome.why}".rstrip()
