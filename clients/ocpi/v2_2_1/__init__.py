"""OCPI 2.2.1: its wire shapes, how they map to our model, and the oddities of partners that speak it."""
