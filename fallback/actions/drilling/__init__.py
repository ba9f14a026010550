"""The steps of a drill, where it is done, and what is remembered of it."""
