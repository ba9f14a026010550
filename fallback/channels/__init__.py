"""One outage, many messages: what the page says, said on other channels.

Pure rendering from the same words and times as the page, so that no channel ever says
something else. Nothing here is claimed that the owner has not said.
"""
