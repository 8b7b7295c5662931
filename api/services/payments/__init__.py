"""Holds on cards: planned, performed, recorded; what the processor tells us; and the ledger that books it all."""
