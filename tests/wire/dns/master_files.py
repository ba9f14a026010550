"""Master files as people keep them: every legal habit, in any mixture."""

from hypothesis import strategies as st

ZONE = "kwiaty.example"

_blank = st.sampled_from([" ", "\t", "   ", " \t "])
_remark = st.sampled_from(
    ["", "", " ; a remark", ' ; it says "A 1.2.3.4" (', "\t;;", " ; zażółć"]
)
_seconds = st.sampled_from(["60", "300", "1h", "2d3h", "3600"])
_NAMES = ("@", "www", "WWW", "mail", "*", "kwiaty.example.", "www.kwiaty.example.")


@st.composite
def _data(draw: st.DrawFn) -> str:
    number = draw(st.integers(1, 9))
    return draw(
        st.sampled_from(
            [
                f"A 192.0.2.{number}",
                f"A 192.0.2.{number}",
                f"a 192.0.2.1{number}",
                f"AAAA 2001:DB8:0::{number}",
                f"MX {number} mail",
                f"MX\t{number}  mx.elsewhere.test.",
                f'TXT "no ; comment {number}" bare\\;word "(" ")"',
                f'TXT "quote \\" in {number}" zażółć',
                f"TYPE65280 \\# 1 0{number}",
                f'HTTPS {number} . alpn="h2,h3" port=844{number}',
                f"SVCB {number} svc.elsewhere.test. alpn=h2",
                f'CAA 0 issue "ca{number}.example"',
            ]
        )
    )


@st.composite
def _record(draw: st.DrawFn) -> str:
    owner = draw(st.sampled_from(_NAMES) | st.just(""))
    before = draw(
        st.sampled_from(["", "{t} ", "IN ", "{t} IN ", "IN {t} ", "in\t{t}\t"])
    ).format(t=draw(_seconds))
    data = draw(_data())
    if draw(st.booleans()):
        data = _wrapped(draw, data)
    return f"{owner}{draw(_blank)}{before}{data}{draw(_remark)}"


def _wrapped(draw: st.DrawFn, data: str) -> str:
    """Spread the data over lines, within parentheses, with remarks between."""
    rtype, _, rest = data.partition(" ") if " " in data else (data, "", "")
    if not rest:
        return data
    if draw(st.booleans()):
        return f"{rtype} ({draw(_remark)}\n{draw(_blank)}{rest}{draw(_remark)}\n)"
    return f"( {rtype}{draw(_remark)}\n\n{rest} )"


_line = (
    _record()
    | _record()
    | _record()
    | st.sampled_from(["", "   ", "; only a remark", "\t; another ( one"])
    | st.sampled_from(["$ORIGIN sub", "$ORIGIN kwiaty.example.", "$TTL 900"])
)

_SOAS = (
    "@ IN SOA ns1 host.elsewhere.test. 2026010107 7200 900 1209600 300",
    "kwiaty.example. 600 SOA ns1 host ( 41 ; the serial\n 7200 900\n 1209600 300 )",
    "@ SOA ( ns1 host 4294967295 2h 15m 2w 5m ) ; wraps soon",
)


@st.composite
def master_files(draw: st.DrawFn, *, ttl: bool | None = None) -> str:
    """Draw a master file of ``ZONE``; *ttl*: whether it starts with ``$TTL``."""
    lines = (
        ["$TTL 3600"] if draw(st.booleans() if ttl is None else st.just(ttl)) else []
    )
    lines += [draw(st.sampled_from(_SOAS)), "  NS ns1", "  NS ns2.elsewhere.test."]
    lines += draw(st.lists(_line, max_size=12))
    if draw(st.booleans()):
        lines += ["alias CNAME www.kwiaty.example."]
    text = "\n".join(lines) + draw(st.sampled_from(["\n", "\n", "", "\n\n"]))
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return text.encode().decode("latin-1")
