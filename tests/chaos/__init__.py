"""Chaos: real nodes, real database members, real clients, and faults from a seed."""
