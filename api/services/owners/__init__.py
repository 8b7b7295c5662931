"""Operators' agents and owners of sites: what is theirs to see and to do, prices, statements, links to a story."""
