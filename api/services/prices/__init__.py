"""Our own prices: the book of retail rules, and which of them a charge gets."""
