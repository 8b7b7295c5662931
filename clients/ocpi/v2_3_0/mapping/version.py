"""Version details of 2.3.0 (chapter 6): those of 2.2.1 under their own number."""

from collections.abc import Mapping

from clients.ocpi.v2_2_1.mapping import version as before

SERVED = before.SERVED
"""The modules we serve and our side of each."""


def write_version(urls: Mapping[str, str]) -> dict[str, object]:
    """Write our version details; raises Unwritable."""
    return before.write_details("2.3.0", SERVED, urls)
