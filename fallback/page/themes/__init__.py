"""How a page looks: a theme, its sandbox, and what a shop's own brand brings."""
