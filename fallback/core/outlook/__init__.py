"""What a stranger can see of a shop, and what that says of the day its hoster dies."""
