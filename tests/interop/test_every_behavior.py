"""The list is whole: each of the 15 behaviors has its file, and each fault that is named for one is played there."""

import ast
import re
from pathlib import Path

import pytest

from sandbox.cpo.faults import FAULTS

BEHAVIORS = range(1, 16)
HERE = Path(__file__).parent
PARTNERS = HERE.parent.parent / "docs" / "partners.md"
_FILE = re.compile(r"test_(\d\d)_\w+\.py")
_ROW = re.compile(r"^\| (\d+) \|[^|]*\|([^|]*)\|$", re.MULTILINE)
_FAULT = re.compile(r"`(\w+)`")


def files_of(number: int) -> list[Path]:
    """Return the files of a behavior."""
    return sorted(HERE.glob(f"test_{number:02d}_*.py"))


def named_faults(page: str) -> dict[int, set[str]]:
    """Return what the table of behaviors in ``page`` names for each number; options of the command line are none."""
    return {int(number): set(_FAULT.findall(faults)) for number, faults in _ROW.findall(page)}


def words_of(source: str) -> set[str]:
    """Return the texts in a module, docstrings aside: a fault that is only written about is not played."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return {node.value for node in nodes if isinstance(node.value, str)}


def names_of_tests_in(source: str) -> list[str]:
    """Return the names of a module's tests."""
    found = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [node.name for node in found if node.name.startswith("test_")]


def test_every_behavior_has_its_file_and_nothing_else_has_a_number() -> None:
    """``-k test_07`` finds the seventh, and so for each of the 15."""
    found = {int(match[1]) for path in HERE.iterdir() if (match := _FILE.fullmatch(path.name))}
    assert found == set(BEHAVIORS)
    assert [
        number
        for number in BEHAVIORS
        if not any(names_of_tests_in(path.read_text("utf-8")) for path in files_of(number))
    ] == []


def test_the_page_for_partners_has_a_row_for_each_behavior() -> None:
    """What is read from the page below is the whole table, and its names are those of real faults."""
    named = named_faults(PARTNERS.read_text("utf-8"))
    assert set(named) == set(BEHAVIORS)
    assert all(named.values())
    assert sorted(set().union(*named.values()) - set(FAULTS)) == []


@pytest.mark.parametrize("number", BEHAVIORS)
def test_every_fault_that_is_named_for_a_behavior_is_played(number: int) -> None:
    """A fault in the table of ``docs/partners.md`` stands as a text in a test of its number."""
    played = set().union(*(words_of(path.read_text("utf-8")) for path in files_of(number)))
    assert sorted(named_faults(PARTNERS.read_text("utf-8"))[number] - played) == []


def test_rows_and_words_are_read_as_they_are_meant() -> None:
    """Options are no faults, and a name in a sentence is not a text of its own."""
    assert named_faults("| 3 | late | `a_b` `--hub`, `c` |\n| | x | y |") == {3: {"a_b", "c"}}
    assert words_of('"""Of late_cdr."""\nx = "no_cdr"') >= {"no_cdr"}
    assert "late_cdr" not in words_of('"""Of late_cdr."""\nx = "no_cdr"')
    assert names_of_tests_in("async def test_x(): ...\ndef helper(): ...") == ["test_x"]
