"""What answers may grow: the document must not promise that no value and no field will ever be added (A04, A32).

A request keeps its closed lists, since we refuse what we do not know. In answers a list of values becomes
``x-extensible-enum``, and objects may have more fields than are described. A list
that both use gets a copy for answers.
"""

from collections.abc import Iterator
from typing import Any

_PREFIX = "#/components/schemas/"
MORE = "More values may come: treat one you do not know as the most general one."
Node = dict[str, Any]


def open_answers(document: Node) -> None:
    """Change ``document`` in place so that its answers may grow."""
    schemas: dict[str, Node] = document["components"]["schemas"]
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    asked = _reachable(schemas, [[each.get("requestBody"), each.get("parameters")] for each in operations])
    answers = [each["responses"] for each in operations]
    answered = _reachable(schemas, answers)
    copies = {}
    for name in sorted(answered & asked):
        if "enum" in schemas[name]:
            copies[_PREFIX + name] = f"{_PREFIX}{name}Answer"
            schemas[f"{name}Answer"] = dict(schemas[name])
    own = {each.removeprefix(_PREFIX) for each in copies.values()} | (answered - asked)
    for node in _nodes([answers, [schemas[name] for name in own]]):
        _open(node)
        if node.get("$ref") in copies:
            node["$ref"] = copies[node["$ref"]]


def _open(node: Node) -> None:
    """Turn a closed schema into one that may grow."""
    if isinstance(node.get("const"), str):
        node["enum"] = [node.pop("const")]
    if isinstance(node.get("enum"), list):
        node["x-extensible-enum"] = node.pop("enum")
        node["description"] = " ".join(filter(None, [node.get("description"), MORE]))
    if node.get("additionalProperties") is False:
        del node["additionalProperties"]


def _reachable(schemas: dict[str, Node], start: Any) -> set[str]:
    """Return the names of the schemas that ``start`` refers to, directly or through others."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for node in _nodes(waiting.pop()):
            name = str(node.get("$ref", "")).removeprefix(_PREFIX)
            if name in schemas and name not in found:
                found.add(name)
                waiting.append(schemas[name])
    return found


def _nodes(value: Any) -> Iterator[Node]:
    """Yield every object below ``value`` but what is inside examples."""
    if isinstance(value, dict):
        yield value
        for name, each in list(value.items()):
            if name not in {"examples", "example"}:
                yield from _nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _nodes(each)
