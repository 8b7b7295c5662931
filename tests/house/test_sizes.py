"""Sizes: a file fits a few screens, a function fits one, a route is parse, call, shape (house rules, part 2)."""

import ast

from tests.house.source import CODE, MIGRATIONS, Function, body_of, dotted, functions, modules, text_of, tree_of

FILE_LINES = 300
FUNCTION_LINES = 40
ROUTE_STEPS = 15

EXEMPT: dict[str, str] = {
    MIGRATIONS: "a migration is a list of statements, written once and never read as a design",
}
"""Files, by the beginning of their path, that no limit holds for, each with its reason."""

_ROUTER_METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}


def _held() -> list[str]:
    return [path for path in modules(*CODE) if not path.startswith(tuple(EXEMPT))]


def _lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _is_route(function: Function) -> bool:
    """Say whether a function answers requests: decorated by a router, or handed the OCPI face's ``Call``."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and dotted(decorator.func).rpartition(".")[2] in _ROUTER_METHODS:
            return True
    arguments = function.args.args
    is_call = len(arguments) == 1 and dotted(arguments[0].annotation or ast.Pass()) == "Call"
    return is_call and not function.name.startswith("_")


def _steps(function: Function) -> int:
    """Count the statements at every depth: a call broken over lines, one argument each, is one step."""
    return sum(isinstance(node, ast.stmt) for top in body_of(function) for node in ast.walk(top))


def test_no_file_is_longer_than_300_lines() -> None:
    """A file that grows past 300 lines holds two things, and is split."""
    long = {path: lines for path in _held() if (lines := len(text_of(path).splitlines())) > FILE_LINES}
    assert long == {}


def test_no_function_is_longer_than_40_lines() -> None:
    """A function fits a screen, signature and docstring included."""
    every = ((path, each) for path in _held() for each in functions(tree_of(path)))
    long = {f"{path}:{each.name}": _lines(each) for path, each in every if _lines(each) > FUNCTION_LINES}
    assert long == {}


def test_no_route_does_more_than_parse_call_and_shape() -> None:
    """A route has at most 15 steps; what is more belongs into a service or beside the shapes."""
    every = ((path, each) for path in modules("api/routes") for each in functions(tree_of(path)) if _is_route(each))
    steps = {f"{path}:{each.name}": _steps(each) for path, each in every}
    assert len(steps) >= 20, "routes are no longer recognized"
    assert {name: count for name, count in steps.items() if count > ROUTE_STEPS} == {}


def test_exemptions_are_used() -> None:
    """An exemption whose file is gone is taken off the list."""
    assert [each for each in EXEMPT if not any(path.startswith(each) for path in modules(*CODE))] == []


def test_routes_are_recognized_and_counted() -> None:
    """Both kinds of route are found, and steps inside blocks count."""
    source = "@router.post('/x')\ndef a():\n  with b:\n    c()\n    d()\nasync def e(call: Call):\n  return 1\n"
    routes = {each.name: _steps(each) for each in functions(ast.parse(source)) if _is_route(each)}
    assert routes == {"a": 3, "e": 1}
