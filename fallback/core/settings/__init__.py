"""From the text of ``fallback.toml`` to values: every complaint at once, by line."""
