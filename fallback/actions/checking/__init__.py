"""What ``check`` asks, each question on its own, and what it proves by writing."""
