"""No binary floating point in the domain: money is whole minor units, energy and tariffs are Decimal (part 5)."""

import ast

from tests.house.source import dotted, modules, tree_of


def floats(tree: ast.Module) -> list[int]:
    """Return the lines with a float literal, or with the name ``float`` as a type, a call or a default."""
    return sorted(
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        or (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Attribute) and dotted(node) in {"math.sqrt", "time.time", "builtins.float"})
    )


def test_the_domain_knows_no_float() -> None:
    """A cent lost to binary fractions is a cent of somebody's money."""
    held = modules("api/domain")
    assert len(held) > 30
    assert {path: lines for path in held if (lines := floats(tree_of(path)))} == {}


def test_a_float_is_found_in_every_spelling() -> None:
    """Literal, annotation and call."""
    assert floats(ast.parse("a = 0.1\ndef f(b: float): ...\nc = float(a)\nd = 1e3\ne = 1\n")) == [1, 2, 3, 4]
