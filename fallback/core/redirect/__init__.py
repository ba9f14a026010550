"""How names move and come back: gates, plans, the journal, and the switch."""
