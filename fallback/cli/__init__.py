"""Parses, calls one action, prints its result."""
