"""Who stands behind a connection: one operator, or a hub with several."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Who:
    """One party: who it is on the wire, and its name."""

    country_code: str
    party_id: str
    name: str

    @property
    def party(self) -> tuple[str, str]:
        """Country code and party id."""
        return self.country_code, self.party_id


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are, and, when we are a hub, the operators behind us."""

    me: Who
    behind: tuple[Who, ...] = ()
