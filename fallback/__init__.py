"""A page for a shop's customers while its server is down, and the shop back."""

__version__ = "0.1.0"
