"""A small world on loopback addresses, in which the real product can be watched.

Only the world is small: a shop that can die and come back, the page's host, and a name
server that answers from the zone file the product edits. Nothing here decides anything.
"""
