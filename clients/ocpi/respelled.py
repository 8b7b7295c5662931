"""The one redirect that is followed: from a path to the same path with, or without, a slash at its end.

Many web frameworks answer so by themselves, and a partner whose endpoints lack the slash could not be called at all.
Only the slash is taken from what the answer says: scheme, host, port and query stay ours, so it cannot lead elsewhere,
and a partner behind a TLS proxy that thinks it is spoken to over http is understood. Lives here: that rule only.
"""

import httpx

LOCATION = "chargehand_location"
"""Where ``url_guard.GuardedTransport`` keeps the header among a response's extensions: httpx must not see it."""
_KEEPS_THE_METHOD = frozenset({307, 308})
_MAY_BECOME_A_GET = frozenset({301, 302})


def respelled(method: str, url: httpx.URL, response: httpx.Response) -> httpx.URL | None:
    """Return the URL with the other spelling of its end that a redirect asks for; None for any other answer."""
    status, location = response.status_code, response.extensions.get(LOCATION)
    followed = status in _KEEPS_THE_METHOD or (status in _MAY_BECOME_A_GET and method == "GET")
    if not followed or not isinstance(location, str):
        return None
    path, _, query = url.raw_path.decode("ascii").partition("?")
    other = path[:-1] if path.endswith("/") else f"{path}/"
    try:
        target = url.join(location)
    except (httpx.InvalidURL, ValueError):
        return None
    if target.host != url.host or target.raw_path.decode("ascii").partition("?")[0] != other or len(other) < 2:
        return None
    return url.copy_with(raw_path=(f"{other}?{query}" if query else other).encode("ascii"))
