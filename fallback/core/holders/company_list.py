"""The companies that small shops are at, and the marks that their servers carry.

Only what is sure stands here: domains that the company itself runs servers under, and
headers that it documents or that only it sends. Menus are called as the panel calls
them, and left out where they are not known.
"""

from enum import StrEnum

from attrs import frozen


class Apex(StrEnum):
    """What may stand at the top of a zone beside addresses; stable English words.

    ``OWN``: an alias, but only to the company's own services.
    """

    ALIAS = "alias"
    FLATTEN = "flatten"
    OWN = "own"
    UNKNOWN = "unknown"


@frozen
class Desk:
    """How the zones at a company are changed.

    ``panel`` is the way through its menus, with ``{domain}`` in the domain's place.
    ``provider`` is the word for it in ``[[dns]]``; for ``octodns``, ``package`` is what
    has to be installed, too.
    """

    panel: str = ""
    provider: str = ""
    package: str = ""
    apex: Apex = Apex.UNKNOWN


@frozen
class Company:
    """A company, or one service of it; services with the same ``id`` die together.

    ``domains`` hold servers of every kind, ``dns``, ``mail`` and ``web`` of one; a star
    stands for anything. As a ``registrar`` it writes from these, too. ``headers`` are
    (name, words in its value), in lower case. ``front``: it may stand before somebody
    else's server. ``shop``: it is where whole shops live, orders included. ``known``:
    it is in this list.
    """

    id: str
    name: str
    domains: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    mail: tuple[str, ...] = ()
    web: tuple[str, ...] = ()
    registrar: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    front: bool = False
    shop: bool = False
    desk: Desk = Desk()
    known: bool = True


def _octodns(package: str, panel: str = "", apex: Apex = Apex.UNKNOWN) -> Desk:
    return Desk(panel, "octodns", f"octodns-{package}", apex)


_DELIVERY = (
    Company(
        "cloudflare",
        "Cloudflare",
        domains=("cloudflare.com", "cloudflare.net", "pages.dev", "workers.dev"),
        headers=(("server", "cloudflare"), ("cf-ray", "")),
        front=True,
        desk=Desk(
            "dash.cloudflare.com → {domain} → DNS → Records",
            "cloudflare",
            apex=Apex.FLATTEN,
        ),
    ),
    Company(
        "aws",
        "Amazon CloudFront",
        web=("cloudfront.net",),
        headers=(("x-amz-cf-id", ""), ("server", "cloudfront")),
        front=True,
    ),
    Company(
        "akamai",
        "Akamai",
        domains=("akam.net", "akamai.net", "akamaiedge.net", "edgekey.net",
                 "edgesuite.net", "akamaized.net"),
        headers=(("server", "akamaighost"),),
        front=True,
        desk=_octodns("edgedns"),
    ),
    Company(
        "bunny",
        "Bunny",
        domains=("bunny.net", "b-cdn.net"),
        headers=(("server", "bunnycdn"), ("cdn-pullzone", "")),
        front=True,
        desk=_octodns("bunny", "dash.bunny.net → DNS → {domain}"),
    ),
    Company("imperva", "Imperva", domains=("incapdns.net",),
            headers=(("x-iinfo", ""),), front=True),
    Company("sucuri", "Sucuri", domains=("sucuri.net",),
            headers=(("x-sucuri-id", ""), ("server", "sucuri")), front=True),
    Company("keycdn", "KeyCDN", domains=("kxcdn.com",),
            headers=(("server", "keycdn"),), front=True),
    Company("cdn77", "CDN77", domains=("cdn77.org", "cdn77.com"),
            headers=(("server", "cdn77"),), front=True),
    Company("gcore", "Gcore", domains=("gcdn.co", "gcorelabs.net"), front=True,
            desk=_octodns("gcore")),
)  # fmt: skip
"""What stands in front of other servers; asked first."""

_SHOPS = (
    Company("shopify", "Shopify", domains=("myshopify.com", "shopify.com"),
            headers=(("x-shopid", ""), ("powered-by", "shopify"),
                     ("x-sorting-hat-shopid", "")), shop=True),
    Company("shoper", "Shoper", domains=("shoper.pl", "shoparena.pl"), shop=True),
    Company("idosell", "IdoSell", domains=("idosell.com", "iai-shop.com"), shop=True),
    Company("sky-shop", "Sky-Shop", domains=("sky-shop.pl",), shop=True),
    Company("redcart", "RedCart", domains=("redcart.pl",), shop=True),
    Company("atomstore", "AtomStore", domains=("atomstore.pl",), shop=True),
    Company("gomag", "Gomag", domains=("gomag.ro",), shop=True),
    Company("merchantpro", "MerchantPro", domains=("merchantpro.com",), shop=True),
    Company("palbin", "Palbin", domains=("palbin.com",), shop=True),
    Company("bigcommerce", "BigCommerce",
            domains=("bigcommerce.com", "mybigcommerce.com"), shop=True),
    Company("wix", "Wix", domains=("wixdns.net", "wix.com"),
            headers=(("x-wix-request-id", ""),), shop=True,
            desk=Desk("Domains → Domain Actions → Manage DNS Records")),
    Company("squarespace", "Squarespace",
            domains=("squarespacedns.com", "squarespace.com"),
            headers=(("server", "squarespace"),), shop=True,
            desk=Desk("Domains → {domain} → DNS → DNS Settings")),
)  # fmt: skip

_PLATFORMS = (
    Company("aws", "Amazon Route 53", dns=("awsdns-*",),
            desk=Desk("AWS console → Route 53 → Hosted zones → {domain}", "route53",
                      apex=Apex.OWN)),
    Company("aws", "Amazon Web Services",
            domains=("amazonaws.com", "awsapps.com", "awsglobalaccelerator.com"),
            registrar=("registrar.amazon.com", "aws.com"),
            headers=(("server", "amazons3"), ("server", "awselb"))),
    Company("google", "Google", mail=("google.com", "googlemail.com"),
            web=("google.com", "googlehosted.com", "googleusercontent.com"),
            headers=(("server", "google frontend"), ("server", "ghs"))),
    Company("google-dns", "Google Cloud DNS or Squarespace Domains",
            dns=("googledomains.com",)),
    Company("microsoft", "Microsoft 365", dns=("microsoftonline.com",),
            mail=("outlook.com", "mx.microsoft")),
    Company("microsoft", "Microsoft Azure",
            dns=("azure-dns.com", "azure-dns.net", "azure-dns.org", "azure-dns.info"),
            web=("azurewebsites.net", "azure.com", "azureedge.net", "azurefd.net",
                 "trafficmanager.net", "azurestaticapps.net", "windows.net"),
            headers=(("x-azure-ref", ""),),
            desk=_octodns("azure", "Azure portal → DNS zones → {domain}", Apex.OWN)),
    Company("digitalocean", "DigitalOcean",
            domains=("digitalocean.com", "ondigitalocean.app"),
            desk=_octodns("digitalocean", "Networking → Domains → {domain}")),
    Company("netlify", "Netlify", domains=("netlify.app", "netlify.com",
                                           "netlifyglobalcdn.com"),
            headers=(("server", "netlify"), ("x-nf-request-id", ""))),
    Company("vercel", "Vercel", domains=("vercel-dns.com", "vercel-dns-*.com",
                                         "vercel.app", "vercel.com"),
            headers=(("server", "vercel"), ("x-vercel-id", "")),
            desk=Desk("Domains → {domain} → DNS Records", apex=Apex.ALIAS)),
    Company("github", "GitHub Pages", domains=("github.io",),
            headers=(("server", "github.com"),)),
    Company("heroku", "Heroku", domains=("herokudns.com", "herokuapp.com")),
    Company("render", "Render", domains=("onrender.com",)),
    Company("fly", "Fly.io", domains=("fly.dev",), headers=(("fly-request-id", ""),)),
    Company("wordpress-com", "WordPress.com", domains=("wordpress.com",),
            headers=(("host-header", "wordpress.com"),)),
    Company("wpengine", "WP Engine", domains=("wpengine.com", "wpeproxy.com"),
            headers=(("x-powered-by", "wp engine"),)),
    Company("kinsta", "Kinsta", domains=("kinsta.cloud", "kinsta.com"),
            headers=(("x-kinsta-cache", ""),)),
    Company("fastly", "Fastly", domains=("fastly.net", "fastlylb.net"),
            headers=(("x-served-by", "cache-"), ("x-fastly-request-id", "")),
            front=True),
)  # fmt: skip
"""Those that others build upon come last: a Vercel header tells more than Fastly's."""

_DNS_AND_MAIL = (
    Company("dnsimple", "DNSimple",
            domains=("dnsimple.com", "dnsimple-edge.net", "dnsimple-edge.org"),
            desk=_octodns("dnsimple", apex=Apex.ALIAS)),
    Company("ns1", "NS1", dns=("nsone.net",), desk=_octodns("ns1", apex=Apex.ALIAS)),
    Company("dnsmadeeasy", "DNS Made Easy", domains=("dnsmadeeasy.com",),
            desk=_octodns("dnsmadeeasy")),
    Company("cloudns", "ClouDNS", domains=("cloudns.net",),
            desk=_octodns("cloudns", apex=Apex.ALIAS)),
    Company("desec", "deSEC", domains=("desec.io", "desec.org"),
            desk=_octodns("desec")),
    Company("he", "Hurricane Electric", domains=("he.net",)),
    Company("godaddy", "GoDaddy", domains=("domaincontrol.com", "secureserver.net",
                                           "godaddy.com"),
            desk=Desk("Domain Portfolio → {domain} → DNS → DNS Records")),
    Company("namecheap", "Namecheap",
            domains=("registrar-servers.com", "namecheaphosting.com",
                     "web-hosting.com", "privateemail.com", "jellyfish.systems"),
            registrar=("namecheap.com",),
            desk=Desk("Domain List → Manage → Advanced DNS", apex=Apex.ALIAS)),
    Company("gandi", "Gandi", domains=("gandi.net", "gpaas.net"),
            desk=_octodns("gandi", "Domain → {domain} → DNS Records", Apex.ALIAS)),
    Company("porkbun", "Porkbun", domains=("porkbun.com",),
            desk=_octodns("porkbun", apex=Apex.ALIAS)),
    Company("zoho", "Zoho Mail", mail=("zoho.com", "zoho.eu", "zoho.in")),
    Company("proton", "Proton Mail", mail=("protonmail.ch",)),
    Company("fastmail", "Fastmail", domains=("messagingengine.com",)),
    Company("mailbox-org", "mailbox.org", mail=("mailbox.org",)),
    Company("yandex", "Yandex", mail=("yandex.net", "yandex.ru")),
    Company("apple", "Apple iCloud", mail=("icloud.com",)),
    Company("mimecast", "Mimecast", mail=("mimecast.com",)),
    Company("proofpoint", "Proofpoint", mail=("pphosted.com", "ppe-hosted.com")),
    Company("barracuda", "Barracuda", mail=("barracudanetworks.com",)),
    Company("mailgun", "Mailgun", mail=("mailgun.org",)),
    Company("migadu", "Migadu", mail=("migadu.com",)),
    Company("improvmx", "ImprovMX", mail=("improvmx.com",)),
    Company("rackspace", "Rackspace", mail=("emailsrvr.com",)),
    Company("titan", "Titan", mail=("titan.email",)),
    Company("forward-email", "Forward Email", mail=("forwardemail.net",)),
)  # fmt: skip

_HOSTERS = (
    Company("home.pl", "home.pl", domains=("home.pl",),
            desk=Desk("panel.home.pl → {domain} → DNS")),
    Company("nazwa.pl", "nazwa.pl", domains=("nazwa.pl",)),
    Company("az.pl", "AZ.pl", domains=("az.pl",)),
    Company("cyberfolks", "cyber_Folks",
            domains=("cyberfolks.pl", "cyberfolks.ro", "linuxpl.com", "linuxpl.info",
                     "linuxpl.eu")),
    Company("lh.pl", "LH.pl", domains=("lh.pl",)),
    Company("seohost", "SEOHOST", domains=("seohost.pl",)),
    Company("dhosting", "dhosting", domains=("dhosting.pl", "dhosting.com")),
    Company("zenbox", "Zenbox", domains=("zenbox.pl",)),
    Company("kei.pl", "Kei.pl", domains=("kei.pl",)),
    Company("hekko", "Hekko", domains=("hekko.pl", "hekko.net.pl")),
    Company("smarthost", "Smarthost", domains=("smarthost.pl", "smarthost.eu")),
    Company("mydevil", "MyDevil", domains=("mydevil.net",)),
    Company("ovh", "OVHcloud", domains=("ovh.net", "ovh.com", "ovh.ca"),
            desk=_octodns("ovh", "Web Cloud → Domain names → {domain} → DNS zone")),
    Company("ionos", "IONOS",
            domains=("ionos.com", "ionos.de", "ionos.es", "ionos.fr", "ionos.co.uk",
                     "kundenserver.de", "1and1.com", "1and1.es", "perfora.net",
                     "ui-dns.com", "ui-dns.de", "ui-dns.org", "ui-dns.biz",
                     "onlinehome-server.info"),
            desk=Desk("Domains & SSL → {domain} → DNS")),
    Company("strato", "STRATO", domains=("rzone.de", "strato.de", "stratoserver.net")),
    Company("hetzner", "Hetzner",
            domains=("hetzner.com", "hetzner.de", "first-ns.de", "second-ns.de",
                     "second-ns.com", "your-server.de", "your-cloud.host"),
            desk=_octodns("hetzner", "Hetzner Console → DNS → {domain}")),
    Company("all-inkl", "ALL-INKL.COM", domains=("kasserver.com", "all-inkl.com")),
    Company("netcup", "netcup", domains=("netcup.net", "netcup.de")),
    Company("contabo", "Contabo",
            domains=("contabo.net", "contaboserver.net", "contabo.host")),
    Company("arsys", "Arsys", domains=("arsys.es", "servidoresdns.net",
                                       "serviciodecorreo.es", "piensasolutions.com")),
    Company("dinahosting", "dinahosting",
            domains=("dinahosting.com", "dinaserver.com")),
    Company("raiola", "Raiola Networks",
            domains=("raiolanetworks.es", "raiolanetworks.com")),
    Company("cdmon", "cdmon", domains=("cdmon.com", "cdmon.net", "cdmondns-01.org")),
    Company("webempresa", "Webempresa", domains=("webempresa.eu", "webempresa.com")),
    Company("romarg", "ROMARG", domains=("romarg.ro", "romarg.com")),
    Company("hostico", "Hostico", domains=("hostico.ro",)),
    Company("hosterion", "Hosterion", domains=("hosterion.com", "hosterion.ro")),
    Company("clausweb", "Claus Web", domains=("clausweb.ro",)),
    Company("hostinger", "Hostinger",
            domains=("dns-parking.com", "hostinger.com", "hstgr.net", "hstgr.cloud"),
            headers=(("platform", "hostinger"), ("server", "hcdn")),
            desk=Desk("hPanel → Domains → {domain} → DNS / Nameservers")),
    Company("siteground", "SiteGround",
            domains=("siteground.net", "siteground.biz", "siteground.com",
                     "sgvps.net", "mailspamprotection.com"),
            desk=Desk("Site Tools → Domain → DNS Zone Editor")),
    Company("infomaniak", "Infomaniak", domains=("infomaniak.com", "infomaniak.ch"),
            desk=_octodns("infomaniak")),
    Company("one.com", "one.com", domains=("one.com",)),
    Company("transip", "TransIP", domains=("transip.net", "transip.nl"),
            desk=_octodns("transip")),
    Company("loopia", "Loopia", domains=("loopia.se",)),
    Company("linode", "Akamai Cloud (Linode)", domains=("linode.com",
                                                       "linodeusercontent.com")),
    Company("vultr", "Vultr", domains=("vultr.com", "vultrusercontent.com")),
    Company("scaleway", "Scaleway", domains=("scaleway.com",),
            desk=_octodns("scaleway")),
)  # fmt: skip

COMPANIES = (*_DELIVERY, *_SHOPS, *_PLATFORMS, *_DNS_AND_MAIL, *_HOSTERS)
"""In the order in which they are asked for: the first that knows a name has it."""
