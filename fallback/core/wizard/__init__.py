"""A new site: what is asked, what is proposed, and the files that come of it."""
