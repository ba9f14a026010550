"""The other pages: the author's preview, the outlook, the card on paper, the kit."""
