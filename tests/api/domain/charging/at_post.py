"""A pass that begins the charge in ``test_world.py`` at the post, without any start of ours."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from api.domain.charging.facts import BegunAtPost, Fact
from api.domain.charging.orders import Order, SendStart
from api.domain.charging.state import ChargingState, ChargingStatus


class PassAtPost:
    """The rule of it; the world brings the rest."""

    state: ChargingState
    given: list[Order]

    def feed(self, fact: Fact) -> None:
        """Tell the machine."""
        raise NotImplementedError

    @property
    def known_to_partner(self) -> bool:
        """Whether the partner has anything to tell: we asked it to start, or a pass began it there."""
        return SendStart() in self.given or self.state.begun_at_post

    @precondition(lambda self: self.state.status is ChargingStatus.AWAITING_HOLD and not self.given)
    @rule(over=st.booleans())
    def pass_began_it(self, over: bool) -> None:
        """Begin at the post, before anything is known of the hold; perhaps it is over already."""
        self.feed(BegunAtPost(metered=over, over=over))
