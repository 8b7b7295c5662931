"""Docstrings: a module says what lives in it, a public function what it promises, a test which rule it proves."""

import ast
from collections.abc import Iterator

from tests.house.source import CODE, MIGRATIONS, PRODUCT, functions, modules, tree_of


def _public(tree: ast.Module, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Yield public functions, classes and methods with their dotted names, special methods excepted."""
    pending: list[tuple[str, ast.AST]] = [(prefix, tree)]
    while pending:
        name, owner = pending.pop()
        for node in ast.iter_child_nodes(owner):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
                yield f"{name}{node.name}", node
                if isinstance(node, ast.ClassDef):
                    pending.append((f"{name}{node.name}.", node))


def _undocumented(tree: ast.Module) -> list[str]:
    """Return the public names of a module that have no docstring; a property's setter shares its getter's."""
    return [
        name
        for name, node in _public(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not ast.get_docstring(node)
    ]


def test_every_module_says_what_lives_in_it() -> None:
    """Every module opens with a docstring, migrations and tests included."""
    assert [path for path in modules(*CODE) if not ast.get_docstring(tree_of(path))] == []


def test_every_public_name_says_what_it_promises() -> None:
    """Every public function, method and class of the product, the sandbox and the benches has a docstring."""
    held = [path for path in modules(*PRODUCT) if not path.startswith(f"{MIGRATIONS}versions/")]
    assert {path: names for path in held if (names := _undocumented(tree_of(path)))} == {}


def test_every_test_says_which_rule_it_proves() -> None:
    """Every test function has a docstring."""
    every = ((path, each) for path in modules("tests") for each in functions(tree_of(path)))
    tests = [(path, each) for path, each in every if each.name.startswith("test_")]
    assert len(tests) > 100
    assert [f"{path}:{each.name}" for path, each in tests if not ast.get_docstring(each)] == []


def test_a_missing_docstring_is_found() -> None:
    """The search finds functions, classes and methods, and leaves private ones alone."""
    source = "def a(): ...\ndef _b(): ...\nclass C:\n    def d(self): ...\n    def _e(self): ...\n"
    assert sorted(_undocumented(ast.parse(source))) == ["C", "C.d", "a"]
