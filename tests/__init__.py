"""The tests: they mirror the tree, and the journeys are named by story."""
