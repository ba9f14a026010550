"""``make audit``: the page as its visitors get it, measured by other people's tools.

It builds real sites with the real program, one for each theme and state, serves them on
loopback as a good host does, and looks at every page of them: Lighthouse, axe, the Nu
HTML checker, Chromium with and without script, lynx and w3m, an open tab that waits for
an update, and returning customers behind the dead shop's service workers. What must
hold is a gate; a gate that fails names the page. Figures go to ``bench/RESULTS.md``.

One room is one file. A room gets what it needs and returns an ``Outcome``: the lines
for the results, and the faults it found. Nothing leaves this machine but the requests
to package registries that install the tools.

Not covered: real screen readers, Safari and Firefox, and whether the words are plain.
"""
