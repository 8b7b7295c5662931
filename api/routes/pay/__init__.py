"""What may be paid without signing in, ``/pay``: a charge by whoever scans a post, and what a charge still costs.

Pages for browsers, JSON for apps; who may do what is said by signed links. Does not live here: what links are good for
(``services/guests``, ``services/charging``).
"""

from api.routes.pay.application import create_pay_app

__all__ = ["create_pay_app"]
