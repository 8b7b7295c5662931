"""The machine can fail: it finds each bug that is planted. Slow, so asked for by ``MUTANTS=1`` (``make mutants``).

``MUTANTS=a_credit_counts_twice,a_fee_is_not_booked`` plants only these.
"""

import os

import pytest

from tests.soak.__main__ import play_round
from tests.soak.machine import Soak
from tests.soak.mutants import MUTANTS
from tests.soak.theatre import theatre

ROUNDS, CASES, STEPS = 6, 12, 25
_ASKED_FOR = os.environ.get("MUTANTS", "")
_PLANTED = [each for each in MUTANTS if _ASKED_FOR == "1" or each.__name__ in _ASKED_FOR.split(",")]


@pytest.mark.skipif(not _PLANTED, reason="slow: make mutants")
@pytest.mark.timeout(3600)
def test_every_planted_bug_is_found(database_url: str) -> None:
    """Each mutant breaks an invariant or the promise within a few dozen examples."""
    alive = []
    with theatre(database_url) as house:
        Soak.house = house
        for mutant in _PLANTED:
            cases = Soak.tally.cases
            with pytest.MonkeyPatch.context() as patch:
                mutant(patch)
                found = next(filter(None, (_round(seed) for seed in range(ROUNDS))), None)
            why = str(found).splitlines()[0] if found else "NOT FOUND"
            print(f"{mutant.__name__}: {why} (after {Soak.tally.cases - cases} cases)", flush=True)
            alive += [] if found else [mutant.__name__]
    print(f"killed {len(_PLANTED) - len(alive)}/{len(_PLANTED)}")
    assert alive == []


def _round(seed: int) -> BaseException | None:
    """Play one round; anything but an honest finding is a mistake of ours."""
    found = play_round(seed, cases=CASES, steps=STEPS, shrink=False)
    if found is not None and not isinstance(found, AssertionError):
        raise found
    return found
