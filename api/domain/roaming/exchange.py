"""One request to or from a partner with its answer, and what of its bodies may be kept: no token, no driver's id."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

KEPT_TEXT = 4000
"""How much of a masked body is kept, in characters."""
LOOKED_AT = 16 * 1024
"""Bodies above this many bytes are not kept at all."""
MASK = "***"
_SECRET = frozenset(
    {"token", "uid", "contract_id", "auth_id", "visual_number", "group_id", "parent_uid", "response_url", "email"}
)
"""Fields that open doors or name drivers; ``uid`` of an EVSE is masked along, which nobody misses."""
_SHORTEST = 4
"""Masked values at least this long are also masked where they turn up inside other texts."""


class Direction(StrEnum):
    """Who asked whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. ``path`` has neither a query nor anything secret in it; bodies are as they came."""

    partner_id: str | None
    at: datetime
    direction: Direction
    method: str
    path: str
    module: str | None = None
    http_status: int | None = None
    """None: no answer came."""
    ocpi_status: int | None = None
    duration_ms: int = 0
    request_id: str | None = None
    correlation_id: str | None = None
    problem: str | None = None
    request: bytes | None = None
    response: bytes | None = None

    @property
    def failed(self) -> bool:
        """Say whether it went wrong: no answer, an HTTP error, or an OCPI status other than success."""
        if self.problem is not None or self.http_status is None or self.http_status >= 400:
            return True
        return self.ocpi_status is not None and not 1000 <= self.ocpi_status <= 1999


def masked_bodies(exchange: Exchange) -> tuple[str | None, str | None]:
    """Return request and answer with everything secret masked, also where one repeats what the other said."""
    bodies = (exchange.request, exchange.response)
    try:
        values = [_parsed(body) for body in bodies]
        secrets = sorted({secret for value in values for secret in _secrets(value)}, key=len, reverse=True)
        kept = [_text(value, secrets) for value in values]
    except RecursionError:  # nested so deeply that it can be read and not be gone through
        kept = [f"(nested too deeply, {len(body)} bytes)" if body else None for body in bodies]
    return kept[0], kept[1]


def _text(value: object, secrets: list[str]) -> str | None:
    """Return a parsed body as the text that may be kept."""
    if value is None or isinstance(value, _Unkept):
        return None if value is None else value.reason
    text = json.dumps(_masked(value, secrets), ensure_ascii=False, separators=(",", ":"))
    return text.replace("\x00", "?").replace("\\u0000", "?")[:KEPT_TEXT]


@dataclass(frozen=True, slots=True)
class _Unkept:
    """A body that is not kept, and why."""

    reason: str


def _parsed(body: bytes | None) -> object:
    """Return a body as JSON values, None for no body."""
    if not body:
        return None
    if len(body) > LOOKED_AT:
        return _Unkept(f"({len(body)} bytes)")
    try:
        text = body.decode("utf-8-sig").encode("utf-8", "replace").decode()
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return _Unkept(f"(not JSON, {len(body)} bytes)")


def _secrets(value: object) -> Iterator[str]:
    """Yield the texts that stand in secret fields."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name.lower() in _SECRET and isinstance(inner, str):
                if len(inner) >= _SHORTEST:
                    yield inner
            else:
                yield from _secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner)


def _masked(value: object, secrets: list[str]) -> object:
    """Return JSON values with secret fields masked, and secret texts wherever they stand."""
    if isinstance(value, Mapping):
        return {
            _hidden(name, secrets): MASK
            if name.lower() in _SECRET and not isinstance(inner, Mapping | list)
            else _masked(inner, secrets)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_masked(inner, secrets) for inner in value]
    return _hidden(value, secrets) if isinstance(value, str) else value


def _hidden(text: str, secrets: list[str]) -> str:
    """Return a text without any of the secrets."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text.encode("utf-8", "replace").decode()
