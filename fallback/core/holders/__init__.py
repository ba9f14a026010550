"""Who holds what: companies, platforms, and the marks they are known by."""
