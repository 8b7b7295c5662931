"""The list is whole: every failure mode from 1 to 34 has a test named after its number."""

import ast
import re
from pathlib import Path

MODES = range(1, 35)
_NAME = re.compile(r"test_mode_(\d\d)_\w+")


def modes_of(source: str) -> set[int]:
    """Return the numbers in the names of a module's tests."""
    names = (
        node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return {int(found[1]) for name in names if (found := _NAME.fullmatch(name))}


def test_every_failure_mode_has_a_test() -> None:
    """``-k mode_07`` finds the seventh, and so for each of the 34."""
    sources = (path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    found = set().union(*map(modes_of, sources))
    assert sorted(set(MODES) - found) == []
    assert sorted(found - set(MODES)) == []


def test_a_number_is_read_from_the_name() -> None:
    """Plain and asynchronous tests count, helpers do not."""
    assert modes_of("async def test_mode_07_x(): ...\ndef test_mode_31_y(): ...\ndef mode_08_z(): ...") == {7, 31}
