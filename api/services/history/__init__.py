"""What a driver charged before: the list with its filters and as a table, what was paid and by whom, and ratings."""
