"""Asks the world one question each, within a deadline, and never raises for a no."""
