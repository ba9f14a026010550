"""One built site to every host at once, and a look at each."""
