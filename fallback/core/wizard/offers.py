"""The companies that can hold the page or move the names: what each asks of an owner.

Facts only: what it is in one plain sentence, which account it takes, which settings
nobody can guess, and which secrets it needs, under which name and from where. A secret
is never asked for: the owner keeps it, and the settings only say what it is called.
"""

from collections.abc import Iterable, Mapping

from attrs import field, frozen

from fallback.core.text import T, Text

NOWHERE = "change-me.invalid"
"""Stands for a target that is not known yet: no such name can ever exist (RFC 6761
section 6.4), so every gate refuses to lead anybody to it."""
SECOND = "folder-2"


@frozen
class Secret:
    """A secret by the name of its environment variable, and where it is made."""

    key: str
    variable: str
    where: Text


@frozen
class Wanted:
    """A setting that only the owner knows."""

    key: str
    text: Text


@frozen
class Offer:
    """One kind of host, or one provider.

    ``kind`` is the word in fallback.toml, ``company`` the id of who runs it (empty: a
    server of the owner's). ``account`` is where the owner signs up; empty: nowhere.
    """

    kind: str
    company: str
    what: Text
    account: str = ""
    wanted: tuple[Wanted, ...] = ()
    secrets: tuple[Secret, ...] = ()


PLACES = (
    Offer(
        "s3",
        "aws",
        T("Amazon: shows the page under your own address, with the padlock"),
        "aws.amazon.com",
        secrets=(
            Secret(
                "access_key",
                "FALLBACK_S3_ACCESS_KEY",
                T("AWS console, IAM, Users, Create user, Security credentials; it may"
                  " do what fallback setup s3 prints, and nothing else"),
            ),
            Secret(
                "secret_key",
                "FALLBACK_S3_SECRET_KEY",
                T("shown once, beside the key above"),
            ),
        ),
    ),
    Offer(
        "netlify",
        "netlify",
        T("Netlify: a second copy of the page that is quick to make"),
        "app.netlify.com",
        secrets=(
            Secret(
                "token",
                "FALLBACK_NETLIFY_TOKEN",
                T("app.netlify.com, User settings, Applications, Personal access"
                  " tokens; it opens the whole account, so give the page its own"),
            ),
        ),
    ),
    Offer(
        "cloudflare_worker",
        "cloudflare",
        T("Cloudflare: a copy of the page close to every customer"),
        "dash.cloudflare.com",
        wanted=(
            Wanted(
                "account",
                T("the number of your Cloudflare account: 32 digits and letters in the"
                  " address of dash.cloudflare.com"),
            ),
        ),
        secrets=(
            Secret(
                "token",
                "CLOUDFLARE_WORKERS_TOKEN",
                T("dash.cloudflare.com, My Profile, API Tokens: Account, Workers"
                  " Scripts, Edit, and nothing else"),
            ),
        ),
    ),
    Offer(
        "sftp",
        "",
        T("a server of your own, at a company that your shop does not use"),
        wanted=(
            Wanted("host", T("the name or address of that server")),
            Wanted("user", T("the user that logs in there")),
            Wanted("path", T("the folder for the page there, such as /srv/page")),
        ),
    ),
)  # fmt: skip
"""In the order of being offered: what can show the shop's own address first."""

_MOVERS = (
    Offer(
        "cloudflare",
        "cloudflare",
        T("Cloudflare, where your domain is"),
        secrets=(
            Secret(
                "token",
                "CLOUDFLARE_API_TOKEN",
                T("dash.cloudflare.com, My Profile, API Tokens: Zone, DNS, Edit and"
                  " Zone, Zone, Read, for this domain only"),
            ),
        ),
    ),
    Offer(
        "route53",
        "aws",
        T("Amazon, where your domain is"),
        secrets=(
            Secret(
                "access_key",
                "FALLBACK_DNS_KEY",
                T("AWS console, IAM, Users, Create user, Security credentials; it may"
                  " do what fallback check --policy prints, and nothing else"),
            ),
            Secret(
                "secret_key",
                "FALLBACK_DNS_SECRET",
                T("shown once, beside the key above"),
            ),
        ),
    ),
    Offer("manual", "", T("you, by hand")),
    Offer("none", "", T("nobody: your own address stays as it is")),
    Offer(
        "rfc2136",
        "",
        T("a name server of your own"),
        wanted=(Wanted("server", T("its address and port, such as 192.0.2.53:53")),),
        secrets=(
            Secret(
                "key_secret",
                "FALLBACK_TSIG_SECRET",
                T("on that server: tsig-keygen fallback; it may do what fallback check"
                  " --policy prints, and nothing else"),
            ),
        ),
    ),
    Offer(
        "zonefile",
        "",
        T("a name server on this computer"),
        wanted=(Wanted("path", T("the file with the records of the domain")),),
    ),
)  # fmt: skip
PROVIDERS: Mapping[str, Offer] = {offer.kind: offer for offer in _MOVERS}
"""Who can be asked to move the names; the rest is for whoever edits the settings."""


@frozen
class Table:
    """A table of fallback.toml as it will be written: which kind, and its settings."""

    kind: str
    values: Mapping[str, object] = field(factory=dict)


def labels(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return *kinds* by the names that ``core.settings.toml`` gives their hosts."""
    found: list[str] = []
    for kind in kinds:
        count = 1 + sum(label.partition("-")[0] == kind for label in found)
        found.append(kind if count == 1 else f"{kind}-{count}")
    return tuple(found)
