"""The sandbox: peers that speak real HTTP so that the whole service can be tried on one machine.

Holds no product code and shares none: a mistake in the product cannot agree with itself here.
"""
