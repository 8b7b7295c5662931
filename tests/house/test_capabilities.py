"""Capabilities: every mark names a row, the driver's first wave is proven, and the page of it all is fresh."""

import ast

from tests.house.capabilities import PAGE, Capability, Proof, known_gaps, listed, marks_in, proofs, render
from tests.house.source import text_of


def test_the_page_is_fresh() -> None:
    """``docs/capabilities.md`` says what the tests say; ``make docs`` writes it."""
    assert text_of(PAGE) == render(listed(), proofs()), "stale: run `make docs`"


def test_marks_name_rows_that_exist() -> None:
    """A mistyped ID proves nothing and would not be missed."""
    rows = listed()
    unknown = {name: tests for name, tests in proofs().items() if name not in rows}
    assert unknown == {}, "no such row in tests/house/capabilities.toml"


def test_rows_are_whole() -> None:
    """Each has a wave from 0 to 3, one of the three areas, and a name of its own."""
    rows = listed()
    assert len(rows) > 150
    assert {row.area for row in rows.values()} == {"driver", "finance", "help"}
    assert {row.wave for row in rows.values()} <= {0, 1, 2, 3}
    assert len({row.name for row in rows.values()}) == len(rows)


def test_the_drivers_first_wave_is_proven() -> None:
    """Every row of wave 1 has a test, but for the gaps that the list admits to; a gap that was filled leaves it."""
    shown = proofs()
    needed = {row.id for row in listed().values() if row.wave == 1 and row.area == "driver"}
    gaps = known_gaps()
    assert sorted(needed - set(shown)) == sorted(gaps), "mend `gaps` in tests/house/capabilities.toml"


def test_marks_are_found_wherever_pytest_takes_them() -> None:
    """On tests, on their parameters, on classes and on modules; helpers and other marks do not count."""
    text = """
pytestmark = [pytest.mark.capability("M1"), pytest.mark.slow]
@pytest.mark.capability("T1", "T2")
async def test_one(): ...
@pytest.mark.capability("C1")
class TestMany:
    @pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.capability("P1"))])
    def test_two(self, x): ...
@pytest.mark.capability("H1")
def helper(): ...
@pytest.mark.capability(NAME)
def test_three(): ...
"""
    assert sorted(marks_in(ast.parse(text))) == [
        ("?", "test_three"), ("C1", "test_two"), ("M1", "test_one"), ("M1", "test_three"), ("M1", "test_two"),
        ("P1", "test_two"), ("T1", "test_one"), ("T2", "test_one"),
    ]  # fmt: skip


def test_a_row_shows_its_tests() -> None:
    """A row with a test is shown with it, one without says so."""
    rows = {each: Capability(each, 1, "driver", f"name of {each}") for each in ("X1", "X2")}
    page = render(rows, {"X1": [Proof("tests/a/test_b.py", "test_c")]})
    assert "| X1 | name of X1 | 1 | shown | [a/test_b.py](../tests/a/test_b.py): `test_c` |" in page
    assert "| X2 | name of X2 | 1 | not shown |  |" in page
    assert "| The driver's side | 2 | 1 | 2 | 1 |" in page
