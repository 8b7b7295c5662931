"""Receipts and the proof, after charges that went well and ones that did not."""
