"""Addresses of a CDN's crowd are found out, and nobody else's."""

from ipaddress import ip_address

import pytest

from fallback.core.holders.shared_ranges import pinned_findings, vendor_at, vendor_of


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("104.16.1.2", "Cloudflare"),
        ("2606:4700::6810:1", "Cloudflare"),
        ("104.32.0.1", ""),
        ("198.51.100.7", ""),
        ("75.2.60.5", ""),
    ],
)
def test_published_ranges_are_known(address: str, expected: str) -> None:
    assert vendor_at(address, {}, {}) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("server-13-32-1-1.fra1.r.cloudfront.net", "CloudFront"),
        ("s3-website.eu-central-1.amazonaws.com.", "Amazon S3"),
        ("ec2-3-1-2-3.eu-central-1.compute.amazonaws.com", ""),
        ("page.netlify.app", "Netlify"),
        ("notnetlify.app", ""),
        ("vps.home.pl", ""),
    ],
)
def test_names_tell_whose_servers_are_shared(name: str, expected: str) -> None:
    assert vendor_of(name) == expected


def test_a_pinned_address_is_told_by_its_own_name_or_by_the_host_s() -> None:
    target = (ip_address("198.51.100.7"), ip_address("198.51.100.8"))
    pointers = {"198.51.100.8": ("server-1.r.cloudfront.net.",)}
    places = {"page.netlify.app": ("198.51.100.7",)}
    for told in ((pointers, {}), ({}, places)):
        (found,) = pinned_findings("kwiaty.example", target, *told)
        assert found.id == "pinned-cdn"
    assert not list(pinned_findings("kwiaty.example", target, {}, {}))
    assert not list(pinned_findings("kwiaty.example", "d1.cloudfront.net", {}, places))


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("page.netlify.app", "75.2.60.5"),
        ("kwiaty.github.io", "185.199.108.153"),
        ("kwiaty.github.io", "2606:50c0:8003::153"),
    ],
)
def test_an_address_that_a_vendor_promises_may_be_written_down(
    place: str, address: str
) -> None:
    target = (ip_address(address),)
    assert not list(pinned_findings("kwiaty.example", target, {}, {place: (address,)}))
