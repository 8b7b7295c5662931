"""Guests who scan and pay: fresh codes, the visit that one opens, its start, and the receipt that finds its way.

A guest is a driver without an account. Quotes, holds, starts, stops, bills and receipts are those of every driver.
"""
