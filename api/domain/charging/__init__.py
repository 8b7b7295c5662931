"""The life of one charge: what happened (facts), what to do next (orders), and the machine between them."""
