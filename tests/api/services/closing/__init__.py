"""Control totals, the close of a month and its lock, settlement with partners, exports."""
