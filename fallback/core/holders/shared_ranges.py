"""Addresses that belong to a CDN's crowd and to no customer: never to be pinned.

A vendor may take such an address out of service, or give it to others, without a word.
Names are there to be followed; only addresses that a vendor promises may be written
down.
"""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network

from fallback.core.findings import Finding, Severity
from fallback.core.records import Target, absolute
from fallback.core.text import T

_CLOUDFLARE = (
    "173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22",
    "141.101.64.0/18", "108.162.192.0/18", "190.93.240.0/20", "188.114.96.0/20",
    "197.234.240.0/22", "198.41.128.0/17", "162.158.0.0/15", "104.16.0.0/13",
    "104.24.0.0/14", "172.64.0.0/13", "131.0.72.0/22", "2400:cb00::/32",
    "2606:4700::/32", "2803:f800::/32", "2405:b500::/32", "2405:8100::/32",
    "2a06:98c0::/29", "2c0f:f248::/32",
)  # fmt: skip
"""https://www.cloudflare.com/ips/; the list has not changed in years."""

_NETWORKS = tuple(("Cloudflare", ip_network(text)) for text in _CLOUDFLARE)

_ENDS = (
    (".cloudfront.net.", "CloudFront"),
    (".amazonaws.com.", "Amazon S3"),
    (".netlify.app.", "Netlify"),
    (".netlify.com.", "Netlify"),
    (".pages.dev.", "Cloudflare"),
    (".workers.dev.", "Cloudflare"),
    (".r2.dev.", "Cloudflare"),
    (".github.io.", "GitHub Pages"),
)
"""Under which names a vendor's shared servers are known, forwards and backwards."""

_PROMISED = (
    "75.2.60.5",
    "185.199.108.153", "185.199.109.153", "185.199.110.153", "185.199.111.153",
    "2606:50c0:8000::153", "2606:50c0:8001::153", "2606:50c0:8002::153",
    "2606:50c0:8003::153",
)  # fmt: skip
"""What a vendor tells its customers to write down for an apex.

Netlify's load balancer (docs.netlify.com, "Configure external DNS"), and the addresses
of GitHub Pages (docs.github.com, "Managing a custom domain for your site").
"""


def vendor_of(name: str) -> str:
    """Return whose shared servers are called so; empty: nobody's that is known."""
    spelled = absolute(name)
    if ".compute." in spelled or spelled.startswith("ec2-"):
        return ""  # a machine that is rented alone
    return next((vendor for end, vendor in _ENDS if spelled.endswith(end)), "")


def vendor_at(
    address: str,
    pointers: Mapping[str, Sequence[str]],
    places: Mapping[str, Sequence[str]],
) -> str:
    """Return whose shared address this is; empty: nobody's that is known.

    *pointers* are the names of PTR records by address, *places* the addresses of the
    hosts' own names, by name.
    """
    if address in _PROMISED:
        return ""
    at = ip_address(address)
    for vendor, network in _NETWORKS:
        if at.version == network.version and at in network:
            return vendor
    called = [*pointers.get(address, ())]
    called += [name for name, found in places.items() if address in found]
    return next(filter(None, map(vendor_of, called)), "")


def pinned_findings(
    zone: str,
    target: Target,
    pointers: Mapping[str, Sequence[str]],
    places: Mapping[str, Sequence[str]],
) -> Iterator[Finding]:
    """Yield that *target* names addresses which are nobody's own."""
    if isinstance(target, str):
        return
    for address in target:
        vendor = vendor_at(str(address), pointers, places)
        if vendor:
            yield Finding(
                "pinned-cdn",
                Severity.CRITICAL,
                zone,
                T("the target {address} is one of {vendor}'s shared addresses",
                  address=str(address), vendor=vendor),
                T("on the day it may be somebody else's, or nobody's"),
                T("give the host's name as target; where the top of the zone can follow"
                  " none, set follow = true"),
            )  # fmt: skip
            return
