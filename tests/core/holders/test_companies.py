"""Who holds what, told by the names of servers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.holders.companies import (
    Apex,
    change_at,
    dns_companies,
    mail_companies,
    registrable,
    registrar_company,
    same,
    web_companies,
)
from fallback.core.holders.company import Company
from fallback.core.holders.company_list import COMPANIES


@pytest.mark.parametrize(
    ("server", "company"),
    [
        ("dns.home.pl.", "home.pl"),
        ("NS1.NAZWA.PL", "nazwa.pl"),
        ("dns105.ovh.net.", "OVHcloud"),
        ("ns1.linuxpl.com", "cyber_Folks"),
        ("ns-1234.awsdns-26.co.uk.", "Amazon Route 53"),
        ("amir.ns.cloudflare.com.", "Cloudflare"),
        ("ns1053.ui-dns.biz", "IONOS"),
        ("hydrogen.ns.hetzner.com", "Hetzner"),
        ("ns33.domaincontrol.com", "GoDaddy"),
        ("dns1.servidoresdns.net", "Arsys"),
        ("ns1-07.azure-dns.com", "Microsoft Azure"),
        ("ns1.vercel-dns.com", "Vercel"),
        ("ns1.vercel-dns-016.com", "Vercel"),
        ("blue.foundationdns.org", "Cloudflare"),
        ("dns200.anycast.me", "OVHcloud"),
        ("ns2.lighthosting.net", "LH.pl"),
        ("ns1.hostido.net.pl", "Hostido"),
        ("ns2.gestiondecuenta.com", "dinahosting"),
        ("ns5.cdmondns-01.com", "cdmon"),
        ("ns1.dondominio.com", "DonDominio"),
        ("ns1.hosterion.net", "Hosterion"),
        ("ns.udag.net", "united-domains"),
        ("ns3.inwx.eu", "INWX"),
        ("dns1.p01.nsone.net", "NS1, Netlify DNS or Squarespace"),
    ],
)
def test_a_name_server_says_whose_it_is(server: str, company: str) -> None:
    (found,) = dns_companies([server])
    assert (found.name, found.known) == (company, True)


@pytest.mark.parametrize("company", ["STRATO", "Arsys"])
def test_sisters_on_the_same_servers_are_told_apart(company: str) -> None:
    (found,) = dns_companies([f"ns-{company.lower()}.ui-dns.com"])
    assert found.name == company


def test_a_star_in_a_mark_never_reaches_over_a_dot() -> None:
    (found,) = dns_companies(["ns1.awsdns-26.example.com"])
    assert (found.name, found.known) == ("example.com", False)


@pytest.mark.parametrize(
    ("name", "domains", "company"),
    [
        ("home.pl S.A.", (), "home.pl"),
        ("nazwa.pl sp. z o.o.", (), "nazwa.pl"),
        ("GoDaddy.com, LLC", (), "godaddy"),
        ("NameCheap, Inc.", ("namecheap.com",), "namecheap"),
        ("Cloudflare, Inc.", ("cloudflare.com",), "cloudflare"),
        ("Amazon Registrar, Inc.", ("support.aws.com",), "aws"),
        ("Kowalski Hosting", ("panel.kowalski.pl",), "kowalski.pl"),
        ("Kowalski.pl sp. z o.o.", (), "kowalski.pl"),
        ("Kowalski Hosting", (), "kowalski hosting"),
    ],
)
def test_a_registrar_is_known_by_a_domain_of_its_own(
    name: str, domains: tuple[str, ...], company: str
) -> None:
    assert registrar_company(name, domains).id == company


def test_a_registrar_that_nobody_listed_is_the_company_of_its_name_servers() -> None:
    (servers,) = dns_companies(["ns1.kowalski.pl."])
    assert registrar_company("Kowalski", ("kowalski.pl",)).id == servers.id


def test_mail_and_name_servers_of_one_company_are_told_as_one() -> None:
    mail = mail_companies(["aspmx.l.google.com.", "alt1.aspmx.l.google.com."])
    assert [c.name for c in mail] == ["Google"]
    assert mail_companies(["kwiaty-example.mail.protection.outlook.com"])[0].name == (
        "Microsoft 365"
    )
    assert same(mail_companies(["mx1.mail.ovh.net"]), dns_companies(["ns1.ovh.net"]))
    assert not same(mail, dns_companies(["ns1.ovh.net"]))


def test_the_company_with_most_servers_comes_first() -> None:
    found = dns_companies(["ns1.ovh.net", "dns.home.pl", "dns2.home.pl"])
    assert [company.name for company in found] == ["home.pl", "OVHcloud"]


def test_the_web_is_told_by_aliases_and_headers_and_only_then_by_pointers() -> None:
    shop = web_companies(["shops.myshopify.com."], {"Server": "Cloudflare"})
    assert [(c.name, c.front) for c in shop] == [
        ("Cloudflare", True),
        ("Shopify", False),
    ]
    pages = {"server": "GitHub.com", "x-served-by": "cache-waw1-WAW"}
    assert [c.name for c in web_companies(headers=pages)] == ["Fastly", "GitHub Pages"]
    bare = web_companies(headers={"server": "nginx"}, pointers=["h1.seohost.pl"])
    assert [c.name for c in bare] == ["SEOHOST"]
    assert web_companies(headers={"server": "nginx"}) == ()


def test_a_company_that_nobody_listed_is_called_by_its_domain() -> None:
    (found,) = dns_companies(["ns1.maly-hosting.com.pl.", "ns2.maly-hosting.com.pl"])
    assert (found.name, found.known) == ("maly-hosting.com.pl", False)
    assert "maly-hosting.com.pl, where the domain's records" in str(change_at(found))


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("a.b.kwiaty.example.", "kwiaty.example"),
        ("www.kwiaty.com.pl", "kwiaty.com.pl"),
        ("www.kwiaty.waw.pl", "kwiaty.waw.pl"),
        ("dns.home.pl", "home.pl"),
        ("mx.florist.co.uk", "florist.co.uk"),
        ("florist.co", "florist.co"),
        ("floraria.com.ro", "floraria.com.ro"),
        ("pl", "pl"),
        ("", ""),
    ],
)
def test_the_registered_domain_of_a_name(name: str, domain: str) -> None:
    assert registrable(name) == domain


def test_where_records_are_changed_is_said_in_the_panels_own_words() -> None:
    (cloudflare,) = dns_companies(["amir.ns.cloudflare.com"])
    assert str(change_at(cloudflare, "kwiaty.example")) == (
        "at Cloudflare: dash.cloudflare.com → kwiaty.example → DNS → Records"
    )
    assert cloudflare.desk.provider == "cloudflare"
    assert cloudflare.desk.apex is Apex.FLATTEN


@pytest.mark.parametrize(
    ("registrar", "company"),
    [
        ("home.pl S.A.", "home.pl"),
        ("nazwa.pl sp. z o.o.", "nazwa.pl"),
        ("NetArt Registrar Sp. z o.o.", "nazwa.pl"),
        ("AZ.pl Sp. z o.o.", "az.pl"),
        ("H88 S.A.", "cyberfolks"),
        ("OVH", "ovh"),
        ("OVH, SAS", "ovh"),
        ("GoDaddy.com, LLC", "godaddy"),
        ("NAMECHEAP  INC", "namecheap"),
        ("CloudFlare, Inc.", "cloudflare"),
        ("1&1 IONOS SE", "ionos"),
        ("Arsys Internet, S.L. dba NICLINE.COM", "arsys"),
        ("10DENCEHISPAHARD, S.L", "cdmon"),
        ("Amazon Registrar, Inc.", "aws"),
        ("Tucows Domains Inc.", None),
        ("home.place S.A.", None),
        ("OVHX", None),
        ("Domains by OVH", None),
        ("", None),
    ],
)
def test_a_registrar_is_known_by_how_its_name_begins(
    registrar: str, company: str | None
) -> None:
    found = registrar_company(registrar)
    assert (found.id if found.known else None) == company


@given(st.sampled_from([c for c in COMPANIES if c.registrar]))
def test_every_registrars_name_leads_to_its_company_alone(company: Company) -> None:
    for mark in company.registrar:
        for name in (mark, mark.upper(), f"{mark} S.A.", f"{mark}, Inc."):
            assert registrar_company(name).id == company.id, name
        assert registrar_company(f"{mark}x").id != company.id


@given(st.sampled_from(COMPANIES))
def test_every_mark_leads_to_its_company(company: Company) -> None:
    ways = {"dns": dns_companies, "mail": mail_companies}
    for kind in ("domains", "dns", "mail", "web"):
        for mark in getattr(company, kind):
            server = "a." + mark.replace("*", "07")
            ask = ways.get(kind, web_companies)
            assert [found.id for found in ask([server])] == [company.id], server


@given(st.text(max_size=40))
def test_no_name_can_break_the_reader(name: str) -> None:
    assert name.lower().strip(".").endswith(registrable(name))
    assert len(dns_companies([name])) <= 1
