"""The companies that small shops are at, and the marks that their servers carry.

Only what is sure stands here: domains that the company itself runs servers under, and
headers that it documents or that only it sends. The comment above a company names its
own page that says so. Menus are called as the panel calls them, in the panel's own
language, and left out where they are not known.
"""

from fallback.core.holders.company import Apex, Company, Desk, octodns
from fallback.core.holders.hosters import HOSTERS

_DELIVERY = (
    # developers.cloudflare.com/dns/nameservers/nameserver-options, /dns/foundation-dns
    Company(
        "cloudflare",
        "Cloudflare",
        domains=("cloudflare.com", "cloudflare.net", "pages.dev", "workers.dev",
                 "foundationdns.com", "foundationdns.net", "foundationdns.org"),
        headers=(("server", "cloudflare"), ("cf-ray", "")),
        registrar=("cloudflare",),
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
        desk=octodns("edgedns"),
    ),
    # docs.bunny.net/dns/nameservers
    Company(
        "bunny",
        "Bunny",
        domains=("bunny.net", "b-cdn.net"),
        headers=(("server", "bunnycdn"), ("cdn-pullzone", "")),
        front=True,
        desk=octodns("bunny", "dash.bunny.net → DNS → {domain}"),
    ),
    Company("imperva", "Imperva", domains=("incapdns.net",),
            headers=(("x-iinfo", ""),), front=True),
    Company("sucuri", "Sucuri", domains=("sucuri.net",),
            headers=(("x-sucuri-id", ""), ("server", "sucuri")), front=True),
    Company("keycdn", "KeyCDN", domains=("kxcdn.com",),
            headers=(("server", "keycdn"),), front=True),
    Company("cdn77", "CDN77", domains=("cdn77.org", "cdn77.com"),
            headers=(("server", "cdn77"),), front=True),
    # gcore.com/docs/dns: ns1.gcorelabs.net, ns2.gcdn.services
    Company("gcore", "Gcore", domains=("gcdn.co", "gcorelabs.net", "gcdn.services"),
            front=True,
            desk=octodns("gcore")),
)  # fmt: skip
"""What stands in front of other servers; asked first."""

_SHOPS = (
    Company("shopify", "Shopify", domains=("myshopify.com", "shopify.com"),
            headers=(("x-shopid", ""), ("powered-by", "shopify"),
                     ("x-sorting-hat-shopid", "")), shop=True),
    # shoper.pl/help/artykul/zarzadzanie-strefami-dns
    Company("shoper", "Shoper", domains=("shoper.pl", "shoparena.pl"), shop=True,
            desk=Desk("Konfiguracja → Domeny → {domain} → Edycja stref DNS")),
    Company("idosell", "IdoSell", domains=("idosell.com", "iai-shop.com"), shop=True),
    Company("sky-shop", "Sky-Shop", domains=("sky-shop.pl", "mysky-shop.pl"),
            shop=True),
    Company("redcart", "RedCart", domains=("redcart.pl",), shop=True),
    Company("atomstore", "AtomStore", domains=("atomstore.pl",), shop=True),
    Company("gomag", "Gomag", domains=("gomag.ro",), shop=True),
    Company("merchantpro", "MerchantPro", domains=("merchantpro.com",), shop=True),
    Company("palbin", "Palbin", domains=("palbin.com",), shop=True),
    Company("bigcommerce", "BigCommerce",
            domains=("bigcommerce.com", "mybigcommerce.com"),
            headers=(("x-bc-store-version", ""),), shop=True),
    Company("jimdo", "Jimdo", domains=("jimdo.com",), shop=True),
    # support.wix.com/en/article/connecting-a-domain-to-the-wix-name-servers
    Company("wix", "Wix", domains=("wixdns.net", "wix.com"), registrar=("wix.com",),
            headers=(("x-wix-request-id", ""),), shop=True,
            desk=Desk("Domains → Domain Actions → Manage DNS Records")),
    # support.squarespace.com/hc/articles/4404183898125; of the other ends it names,
    # googledomains.com and nsone.net are other companies', systemdns.com is shared
    Company("squarespace", "Squarespace",
            domains=("squarespacedns.com", "squarespace.com"),
            headers=(("server", "squarespace"),), shop=True,
            registrar=("squarespace domains",),
            desk=Desk("Domains → {domain} → DNS → DNS Settings")),
)  # fmt: skip

_PLATFORMS = (
    # docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html, and the
    # Developer Guide, "SOA-NSrecords"
    Company("aws", "Amazon Route 53",
            dns=("awsdns-*.com", "awsdns-*.net", "awsdns-*.org", "awsdns-*.co.uk"),
            mailboxes=("awsdns-hostmaster.amazon.com",),
            registrar=("amazon registrar",),
            desk=Desk("AWS console → Route 53 → Hosted zones → {domain}", "route53",
                      apex=Apex.OWN)),
    Company("aws", "Amazon Web Services",
            domains=("amazonaws.com", "awsapps.com", "awsglobalaccelerator.com"),
            headers=(("server", "amazons3"), ("server", "awselb"))),
    Company("google", "Google", mail=("google.com", "googlemail.com"),
            web=("google.com", "googlehosted.com", "googleusercontent.com"),
            headers=(("server", "google frontend"), ("server", "ghs"))),
    # cloud.google.com/dns/docs/update-name-servers; Squarespace's customers, too
    Company("google-dns", "Google Cloud DNS or Squarespace Domains",
            dns=("googledomains.com",),
            mailboxes=("cloud-dns-hostmaster.google.com",)),
    Company("microsoft", "Microsoft 365", dns=("microsoftonline.com",),
            mail=("outlook.com", "mx.microsoft")),
    # learn.microsoft.com/azure/dns/dns-delegate-domain-azure-dns
    Company("microsoft", "Microsoft Azure",
            dns=("azure-dns.com", "azure-dns.net", "azure-dns.org", "azure-dns.info"),
            mailboxes=("azuredns-hostmaster.microsoft.com",),
            web=("azurewebsites.net", "azure.com", "azureedge.net", "azurefd.net",
                 "trafficmanager.net", "azurestaticapps.net", "windows.net"),
            headers=(("x-azure-ref", ""),),
            desk=octodns("azure", "Azure portal → DNS zones → {domain}", Apex.OWN)),
    # docs.digitalocean.com/products/networking/dns/getting-started/dns-registrars
    Company("digitalocean", "DigitalOcean",
            domains=("digitalocean.com", "ondigitalocean.app"),
            desk=octodns("digitalocean", "Networking → Domains → {domain}")),
    Company("netlify", "Netlify", domains=("netlify.app", "netlify.com",
                                           "netlifyglobalcdn.com"),
            headers=(("server", "netlify"), ("x-nf-request-id", ""))),
    # vercel.com/docs/domains/working-with-nameservers
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
            registrar=("automattic",),
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
    # support.dnsimple.com/articles/dnsimple-nameservers
    Company("dnsimple", "DNSimple",
            domains=("dnsimple.com", "dnsimple-edge.com", "dnsimple-edge.net",
                     "dnsimple-edge.io", "dnsimple-edge.org"),
            desk=octodns("dnsimple", apex=Apex.ALIAS)),
    # Netlify and Squarespace give these servers to their customers: who has the panel
    # cannot be told by the name
    Company("ns1", "NS1, Netlify DNS or Squarespace", dns=("nsone.net",)),
    Company("dnsmadeeasy", "DNS Made Easy", domains=("dnsmadeeasy.com",),
            desk=octodns("dnsmadeeasy")),
    Company("cloudns", "ClouDNS", domains=("cloudns.net",),
            desk=octodns("cloudns", apex=Apex.ALIAS)),
    Company("desec", "deSEC", domains=("desec.io", "desec.org"),
            desk=octodns("desec")),
    Company("easydns", "easyDNS",
            domains=("easydns.com", "easydns.net", "easydns.org", "easydns.info",
                     "easydns.ca"),
            registrar=("easydns",), desk=octodns("easydns")),
    Company("ultradns", "UltraDNS",
            domains=("ultradns.com", "ultradns.net", "ultradns.org", "ultradns.biz",
                     "ultradns.info"), desk=octodns("ultra")),
    Company("he", "Hurricane Electric", domains=("he.net",)),
    # godaddy.com/help, "Manage DNS records"; no list of its servers is published
    Company("godaddy", "GoDaddy", domains=("domaincontrol.com", "secureserver.net",
                                           "godaddy.com"),
            registrar=("godaddy", "wild west domains"),
            desk=Desk("Domain Portfolio → {domain} → DNS → DNS Records")),
    # namecheap.com/support/knowledgebase/article.aspx/767, /203
    Company("namecheap", "Namecheap",
            domains=("registrar-servers.com", "namecheaphosting.com",
                     "web-hosting.com", "privateemail.com", "jellyfish.systems"),
            registrar=("namecheap",),
            desk=Desk("Domain List → Manage → Advanced DNS", apex=Apex.ALIAS)),
    # docs.gandi.net/en/domain_names/advanced_users/vanity_nameservers.html
    Company("gandi", "Gandi", domains=("gandi.net", "gpaas.net"),
            registrar=("gandi",),
            desk=octodns("gandi", "Domain → {domain} → DNS Records", Apex.ALIAS)),
    # kb.porkbun.com/article/63-how-to-switch-to-porkbuns-nameservers
    Company("porkbun", "Porkbun", domains=("porkbun.com",),
            registrar=("porkbun",),
            desk=octodns("porkbun", apex=Apex.ALIAS)),
    Company("zoho", "Zoho Mail", mail=("zoho.com", "zoho.eu", "zoho.in")),
    Company("proton", "Proton Mail", mail=("protonmail.ch",)),
    Company("fastmail", "Fastmail", domains=("messagingengine.com",)),
    Company("mailbox-org", "mailbox.org", mail=("mailbox.org",)),
    Company("yandex", "Yandex", mail=("yandex.net", "yandex.ru")),
    Company("apple", "Apple iCloud", mail=("icloud.com",)),
    Company("mimecast", "Mimecast", mail=("mimecast.com",)),
    Company("proofpoint", "Proofpoint", mail=("pphosted.com", "ppe-hosted.com")),
    Company("hornetsecurity", "Hornetsecurity", mail=("hornetsecurity.com",)),
    Company("spamexperts", "SpamExperts", mail=("antispamcloud.com",)),
    Company("barracuda", "Barracuda", mail=("barracudanetworks.com",)),
    Company("mailgun", "Mailgun", mail=("mailgun.org",)),
    Company("migadu", "Migadu", mail=("migadu.com",)),
    Company("improvmx", "ImprovMX", mail=("improvmx.com",)),
    Company("rackspace", "Rackspace", mail=("emailsrvr.com",)),
    Company("titan", "Titan", mail=("titan.email",)),
    Company("forward-email", "Forward Email", mail=("forwardemail.net",)),
)  # fmt: skip

COMPANIES = (*_DELIVERY, *_SHOPS, *_PLATFORMS, *_DNS_AND_MAIL, *HOSTERS)
"""In the order in which they are asked for: the first that knows a name has it."""
