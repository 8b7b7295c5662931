"""What in a new OpenAPI document would break an app that was built against an old one.

An app may send what the old document allowed, and may rely on what it promised of answers. Fields and values that are
added to answers break nobody; what is added to requests must be optional. Problems (4xx, 5xx) may come and go.
"""

from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]
_PREFIX = "#/components/schemas/"
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")


class Comparer:
    """Compares an old document with a new one."""

    def __init__(self, old: Node, new: Node) -> None:
        """Take both documents."""
        self.old, self.new = old, new
        self._seen: set[tuple[str, str, bool]] = set()

    def breaks(self) -> list[str]:
        """Return one line for each thing that would break an app."""
        found = []
        for path, methods in self.old["paths"].items():
            for method, before in methods.items():
                after = self.new["paths"].get(path, {}).get(method)
                where = f"{method.upper()} {path}"
                found += [f"{where}: removed"] if after is None else list(self._operation(where, before, after))
        return found

    def _operation(self, where: str, before: Node, after: Node) -> Iterator[str]:
        if before.get("operationId") != after.get("operationId"):
            yield f"{where}: operationId changed from {before.get('operationId')}"
        if "security" in after and "security" not in before:
            yield f"{where}: needs a sign-in now"
        yield from self._parameters(where, _named(before), _named(after))
        yield from self._request(where, before.get("requestBody"), after.get("requestBody"))
        for status, answer in before["responses"].items():
            if status < "400":
                yield from self._answer(f"{where} {status}", answer, after["responses"].get(status))

    def _parameters(self, where: str, before: dict[str, Node], after: dict[str, Node]) -> Iterator[str]:
        for name, parameter in after.items():
            if parameter.get("required") and not before.get(name, {}).get("required"):
                yield f"{where}: parameter {name} is required now"
        for name, parameter in before.items():
            if name not in after:
                yield f"{where}: parameter {name} removed"
            else:
                yield from self._schema(f"{where} {name}", parameter["schema"], after[name]["schema"], asked=True)

    def _request(self, where: str, before: Node | None, after: Node | None) -> Iterator[str]:
        if after is None:
            if before is not None:
                yield f"{where}: body removed"
            return
        if after.get("required") and not (before or {}).get("required"):
            yield f"{where}: a body is required now"
        yield from self._contents(f"{where} body", (before or {}).get("content", {}), after["content"], asked=True)

    def _answer(self, where: str, before: Node, after: Node | None) -> Iterator[str]:
        if after is None:
            yield f"{where}: answer removed"
            return
        yield from self._contents(where, before.get("content", {}), after.get("content", {}), asked=False)

    def _contents(self, where: str, before: Node, after: Node, *, asked: bool) -> Iterator[str]:
        for media, content in before.items():
            if media not in after:
                yield f"{where}: {media} removed"
            elif "schema" in content:
                yield from self._schema(where, content["schema"], after[media].get("schema", {}), asked=asked)

    def _schema(self, where: str, before: Node, after: Node, *, asked: bool) -> Iterator[str]:
        """Yield what is narrower in a request, or wider in an answer."""
        names = (before.get("$ref", ""), after.get("$ref", ""), asked)
        if names[0] and names in self._seen:
            return
        self._seen.add(names)
        olds, news = self._kinds(self.old, before), self._kinds(self.new, after)
        given, taken = (olds, news) if asked else (news, olds)
        for kind, schema in given.items():
            wider = [kind, "any", *(["number"] if kind == "integer" else [])]
            fits = next((taken[each] for each in wider if each in taken), None)
            if fits is None:
                yield f"{where}: {'no longer takes' if asked else 'may now be'} {kind}"
                continue
            old, new = (schema, fits) if asked else (fits, schema)
            yield from self._values(where, schema, fits)
            yield from self._bounds(where, old, new) if asked else ()
            yield from self._fields(where, old, new, asked=asked)

    def _values(self, where: str, given: Node, taken: Node) -> Iterator[str]:
        if "enum" in taken and set(map(str, given.get("enum", ["anything"]))) - set(map(str, taken["enum"])):
            yield f"{where}: values {given.get('enum', 'of any kind')} against {taken['enum']}"

    def _bounds(self, where: str, old: Node, new: Node) -> Iterator[str]:
        for names, sign in ((_UPPER, 1), (_LOWER, -1)):
            for name in names:
                if name in new and (name not in old or sign * new[name] < sign * old[name]):
                    yield f"{where}: {name} {old.get(name, 'none')} became {new[name]}"
        if "pattern" in new and new["pattern"] != old.get("pattern"):
            yield f"{where}: pattern {new['pattern']}"

    def _fields(self, where: str, old: Node, new: Node, *, asked: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needs, promised = (new, old) if asked else (old, new)
        for name in sorted(set(needs.get("required", [])) - set(promised.get("required", []))):
            yield f"{where}.{name}: {'required now' if asked else 'no longer promised'}"
        for name, schema in before.items():
            if name not in after:
                yield f"{where}.{name}: removed"
            else:
                yield from self._schema(f"{where}.{name}", schema, after[name], asked=asked)
        if "items" in old and "items" in new:
            yield from self._schema(f"{where}[]", old["items"], new["items"], asked=asked)
        rest, others = old.get("additionalProperties"), new.get("additionalProperties")
        if isinstance(rest, dict) and isinstance(others, dict):
            yield from self._schema(f"{where}.*", rest, others, asked=asked)

    def _kinds(self, document: Node, schema: Node) -> dict[str, Node]:
        """Return the alternatives of a schema by their type; what states none takes anything."""
        while "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].removeprefix(_PREFIX)]
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                found: dict[str, Node] = {}
                for each in schema[several]:
                    for kind, alternative in self._kinds(document, each).items():
                        found[kind] = alternative if kind not in found else _joined(found[kind], alternative)
                return found
        types = schema.get("type", "any")
        return dict.fromkeys([types] if isinstance(types, str) else types, schema)


def _joined(one: Node, other: Node) -> Node:
    """Return a schema that takes what either takes, as far as values go."""
    if "enum" in one and "enum" in other:
        return one | {"enum": one["enum"] + other["enum"]}
    return one if "enum" not in one else other


def _named(operation: Node) -> dict[str, Node]:
    return {f"{each['in']} {each['name']}": each for each in operation.get("parameters", [])}
