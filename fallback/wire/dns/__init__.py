"""Questions to name servers, updates to them, and zones as files."""
