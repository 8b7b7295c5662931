"""What may be paid without signing in, ``/pay``: whoever has the link may see and pay what one charge still costs.

JSON for now; problems are those of the app. Does not live here: who may have which link (``services/charging``).
"""

from api.routes.pay.application import create_pay_app

__all__ = ["create_pay_app"]
