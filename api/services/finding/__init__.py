"""Where drivers charge: the map and its filters, the search, alternatives, favorites, watches, last success."""
