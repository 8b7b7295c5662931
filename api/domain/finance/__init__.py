"""Money in the books: balanced postings, hold totals folded from events, and the reasons of findings."""
