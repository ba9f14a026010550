"""What a shop would use instead, on the same content.

cState and Upptime live on GitHub alone, so this program cannot fetch them. Their
figures were measured beforehand with the same tools, and are marked so.
"""

from audit.outcome import Outcome

_MEASURED_BEFOREHAND = """\

## Peers on the same content

Measured beforehand with the same tools and on the same kind of machine, in November
2026, because neither is on a package registry: cState `cstate/cstate` 1fb3e0d with
`cstate/example` 92a2e8a on Hugo 0.111.3, Polish, one open incident with our text;
Upptime `upptime/status-page` d2acedf, with GitHub's interface answering, and without.

| | cState | Upptime | Upptime, GitHub silent |
|---|---:|---:|---:|
| HTML, gzip, bytes | 8,534 | 2,158 | 2,158 |
| requests | 3 | 22 | 21 |
| bytes over the wire | 19,626 | 57,988 | 56,673 |
| requests to third parties | 0 | 8 | 6 |
| Lighthouse performance | 99 | 74 | – |
| Lighthouse accessibility | 95 | 98 | – |
| Lighthouse best practices | 100 | 96 | – |
| Lighthouse SEO | 100 | 91 | – |
| axe, WCAG, rules and nodes, light | 2 and 3 | 0 and 0 | 2 and 2 |
| axe, WCAG, rules and nodes, dark | 2 and 9 | 0 and 0 | 2 and 2 |
| axe, best practice, rules and nodes | 3 and 9 | 1 and 3 | 3 and 3 |
| vnu errors and warnings | 5 and 3 | 0 and 5 | 0 and 5 |
| words kept without script | 94 % | 62 % | 0 % |
| live update without reload | no | no | no |
| e-mail and phone links | 1 and 1 | 0 and 0 | 0 and 0 |"""


def beside() -> Outcome:
    """Return the table of peers."""
    return Outcome(tuple(_MEASURED_BEFOREHAND.splitlines()))
