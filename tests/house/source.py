"""The project's own files, as the rules of the house look at them. No rule lives here."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("api", "clients", "sandbox", "bench", "tests")
PRODUCT = ("api", "clients", "sandbox", "bench")
MIGRATIONS = "api/migrations/"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules(*folders: str) -> tuple[str, ...]:
    """Return the Python files under ``folders``, as paths from the root of the project."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(sorted(path.relative_to(ROOT).as_posix() for path in found))


@cache
def text_of(path: str) -> str:
    """Return the text of a file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree_of(path: str) -> ast.Module:
    """Return the parsed module at ``path``."""
    return ast.parse(text_of(path), filename=path)


@cache
def own_files() -> tuple[str, ...]:
    """Return every file that is, or would be, committed; without git every file outside hidden and built folders."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S603 - fixed words
    except (OSError, subprocess.CalledProcessError):
        paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        listed = [each.as_posix() for each in paths if each.parts[0] not in {".git", ".venv", "var"}]
    return tuple(sorted(each for each in set(listed) if (ROOT / each).is_file()))


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function and method, nested ones included."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def body_of(function: Function) -> list[ast.stmt]:
    """Return the statements of a function without its docstring."""
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for names and attributes, the empty string for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return ""
