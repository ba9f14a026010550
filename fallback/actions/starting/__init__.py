"""A new site: getting to know the shop, and what is written and said at the end."""
