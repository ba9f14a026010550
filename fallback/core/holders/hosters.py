"""Those who sell domains, mail and web space, by the markets that they are known in.

The comment above a company names its own page that says which servers it runs or where
its panel has the records; who has none is known by the delegations and mail servers of
its customers.
"""

from fallback.core.holders.company import Company, Desk, octodns

_POLAND = (
    # pomoc.home.pl/baza-wiedzy/rekordy-domeny
    Company("home.pl", "home.pl", domains=("home.pl",), registrar=("home.pl",),
            desk=Desk("panel.home.pl → Domeny → {domain} → Hosting DNS → Opcje →"
                      " Zarządzaj rekordami DNS")),
    # nazwa.pl/pomoc/baza-wiedzy/zmiana-delegacji-domeny
    Company("nazwa.pl", "nazwa.pl", domains=("nazwa.pl",),
            registrar=("nazwa.pl", "netart registrar"),
            desk=Desk("nazwa.pl/panel → Moje usługi → Domeny → {domain} → konfiguruj")),
    Company("az.pl", "AZ.pl", domains=("az.pl",), registrar=("az.pl",)),
    Company("cyberfolks", "cyber_Folks",
            domains=("cyberfolks.pl", "cyber-folks.pl", "cyberfolks.ro", "gazduire.ro",
                     "linuxpl.com", "linuxpl.info", "linuxpl.eu"),
            registrar=("cyber_folks", "h88")),
    Company("lh.pl", "LH.pl", domains=("lh.pl", "lighthosting.net"),
            registrar=("lh.pl",)),
    Company("seohost", "SEOHOST", domains=("seohost.pl",)),
    # pomoc.dhosting.pl/baza-wiedzy/zarzadzanie-rekordami-dns
    Company("dhosting", "dhosting", domains=("dhosting.pl", "dhosting.com"),
            mail=("dpoczta.pl",), registrar=("dhosting.pl",),
            desk=Desk("dPanel → Domeny → {domain} → Akcje → Zarządzaj DNS")),
    # zenbox.pl/pomoc/artykul/serwery-dns-oraz-strefa-dns-w-zenbox-pl
    Company("zenbox", "Zenbox", domains=("zenbox.pl",)),
    Company("kei.pl", "Kei.pl", domains=("kei.pl",)),
    Company("hekko", "Hekko", domains=("hekko.pl", "hekko.net.pl")),
    Company("hostido", "Hostido", domains=("hostido.pl", "hostido.net.pl")),
    Company("kylos", "Kylos", domains=("kylos.pl",)),
    Company("atthost", "AttHost", domains=("atthost.pl",)),
    Company("smarthost", "Smarthost", domains=("smarthost.pl", "smarthost.eu")),
    Company("mydevil", "MyDevil", domains=("mydevil.net",)),
    Company("domeny.tv", "Domeny.tv", domains=("domeny.tv",)),
    Company("aftermarket.pl", "AfterMarket.pl", domains=("aftermarket.pl",),
            registrar=("aftermarket.pl",)),
    Company("premium.pl", "premium.pl", domains=("premium.pl",),
            registrar=("premium.pl",)),
    # dinfo.pl/pomoc-domeny/domeny-dns
    Company("dinfo", "Dinfo.pl", domains=("dinfo.pl", "dinfo.com.pl"),
            desk=Desk("Domeny wszystkie → {domain}")),
)  # fmt: skip

_ROMANIA = (
    Company("romarg", "ROMARG", domains=("romarg.ro", "romarg.com"),
            registrar=("romarg",)),
    Company("hostico", "Hostico", domains=("hostico.ro",)),
    Company("hosterion", "Hosterion",
            domains=("hosterion.com", "hosterion.net", "hosterion.ro")),
    Company("clausweb", "Claus Web", domains=("clausweb.ro",)),
)  # fmt: skip

_SPAIN = (
    Company("arsys", "Arsys",
            domains=("arsys.es", "servidoresdns.net", "serviciodecorreo.es",
                     "piensasolutions.com"),
            dns=("ns-arsys.ui-dns.es", "ns-arsys.ui-dns.com", "ns-arsys.ui-dns.org",
                 "ns-arsys.ui-dns.biz"),
            registrar=("arsys internet",)),
    # dinahosting.com/ayuda/cuales-son-los-dns-de-dinahosting
    Company("dinahosting", "dinahosting",
            domains=("dinahosting.com", "dinaserver.com", "gestiondecuenta.com"),
            registrar=("dinahosting",)),
    Company("dondominio", "DonDominio", domains=("dondominio.com",),
            registrar=("dondominio", "soluciones corporativas ip")),
    Company("raiola", "Raiola Networks",
            domains=("raiolanetworks.es", "raiolanetworks.com")),
    # helpdesk.cdmon.com, "¿Qué es el servidor DNS estático?"
    Company("cdmon", "cdmon",
            domains=("cdmon.com", "cdmon.net", "cdmondns-01.org", "cdmondns-01.com"),
            registrar=("10dencehispahard",)),
    Company("webempresa", "Webempresa", domains=("webempresa.eu", "webempresa.com")),
    Company("nominalia", "Nominalia", domains=("nominalia.com",),
            registrar=("nominalia internet",)),
    Company("lucushost", "LucusHost", domains=("lucushost.com", "lucushost.org")),
    Company("profesionalhosting", "Profesional Hosting",
            domains=("profesionalhosting.com",)),
)  # fmt: skip

_GERMANY = (
    Company("strato", "STRATO", domains=("rzone.de", "strato.de", "stratoserver.net"),
            dns=("ns-strato.ui-dns.de", "ns-strato.ui-dns.com", "ns-strato.ui-dns.org",
                 "ns-strato.ui-dns.biz"),
            registrar=("strato", "cronon"),
            desk=Desk("Domains → Domainverwaltung → {domain} → DNS")),
    # ionos.com/help/domains, "Default DNS Settings for IONOS Domains"; its sisters
    # Arsys and STRATO have names of their own among these, and so stand before it
    Company("ionos", "IONOS",
            domains=("ionos.com", "ionos.de", "ionos.es", "ionos.fr", "ionos.co.uk",
                     "kundenserver.de", "1and1.com", "1and1.es", "1and1.fr",
                     "1and1.co.uk", "perfora.net", "onlinehome-server.info"),
            dns=("ui-dns.com", "ui-dns.de", "ui-dns.org", "ui-dns.biz",
                 "1and1-dns.com", "1and1-dns.de", "1and1-dns.org", "1and1-dns.biz",
                 "1and1-dns.us", "1and1-dns.pl"),
            registrar=("ionos", "1&1 ionos", "1&1 internet"),
            desk=Desk("Domains & SSL → {domain} → DNS")),
    # docs.hetzner.com/dns-console/dns/general/authoritative-name-servers
    Company("hetzner", "Hetzner",
            domains=("hetzner.com", "hetzner.de", "first-ns.de", "second-ns.de",
                     "second-ns.com", "your-server.de", "your-cloud.host"),
            registrar=("hetzner online",),
            desk=octodns("hetzner", "Hetzner Console → DNS → {domain}")),
    Company("all-inkl", "ALL-INKL.COM", domains=("kasserver.com", "all-inkl.com"),
            desk=Desk("kas.all-inkl.com → Tools → DNS-Einstellungen → {domain}")),
    Company("netcup", "netcup", domains=("netcup.net", "netcup.de"),
            registrar=("netcup",)),
    Company("united-domains", "united-domains",
            domains=("udag.de", "udag.net", "udag.org", "united-domains.de"),
            registrar=("united-domains", "united domains")),
    Company("inwx", "INWX", domains=("inwx.de", "inwx.eu", "inwx.com", "inwx.net"),
            registrar=("inwx",), desk=octodns("inwx")),
    Company("mittwald", "mittwald", domains=("agenturserver.de", "mittwald.de")),
    Company("domainfactory", "domainfactory",
            domains=("ispgateway.de", "namespace4you.de")),
    Company("hosteurope", "Host Europe", domains=("hosteurope.de",)),
    Company("alfahosting", "Alfahosting", domains=("alfahosting-server.de",)),
    Company("checkdomain", "checkdomain", domains=("checkdomain.de",)),
    Company("webgo", "webgo", domains=("webgo24.de", "goserver.host")),
    Company("contabo", "Contabo",
            domains=("contabo.net", "contaboserver.net", "contabo.host")),
)  # fmt: skip

_ELSEWHERE = (
    # docs.ovhcloud.com/en/guides/web-cloud/domains/dns-server-edit
    Company("ovh", "OVHcloud",
            domains=("ovh.net", "ovh.com", "ovh.ca", "anycast.me"), registrar=("ovh",),
            desk=octodns("ovh", "Web Cloud → Domain names → {domain} → DNS zone")),
    # hostinger.com/support/how-to-fix-dns-issue-at-hostinger
    Company("hostinger", "Hostinger",
            domains=("dns-parking.com", "hostinger.com", "hstgr.net", "hstgr.cloud"),
            headers=(("platform", "hostinger"), ("server", "hcdn")),
            registrar=("hostinger",),
            desk=Desk("hPanel → Domains → {domain} → DNS / Nameservers")),
    Company("siteground", "SiteGround",
            domains=("siteground.net", "siteground.biz", "siteground.com",
                     "sgvps.net", "mailspamprotection.com"),
            desk=Desk("Site Tools → Domain → DNS Zone Editor")),
    Company("infomaniak", "Infomaniak", domains=("infomaniak.com", "infomaniak.ch"),
            registrar=("infomaniak network",), desk=octodns("infomaniak")),
    # help.one.com/hc/articles/360000841638
    Company("one.com", "one.com", domains=("one.com",), registrar=("one.com",)),
    Company("transip", "TransIP",
            domains=("transip.net", "transip.nl", "transip.eu"), registrar=("transip",),
            desk=octodns("transip")),
    Company("loopia", "Loopia", domains=("loopia.se",), registrar=("loopia",)),
    Company("openprovider", "Openprovider",
            domains=("openprovider.nl", "openprovider.be", "openprovider.eu"),
            registrar=("hosting concepts",)),
    Company("aruba", "Aruba",
            domains=("aruba.it", "technorail.com", "arubadns.net", "arubadns.com",
                     "arubadns.cz"),
            registrar=("aruba",)),
    Company("register.it", "Register.it", domains=("register.it",),
            registrar=("register s.p.a", "register spa")),
    Company("websupport", "Websupport", domains=("websupport.sk",),
            registrar=("websupport",)),
    Company("forpsi", "Forpsi", domains=("forpsi.net", "forpsi.cz", "forpsi.it")),
    Company("eurodns", "EuroDNS", domains=("eurodns.com",), registrar=("eurodns",)),
    Company("name.com", "Name.com", domains=("name.com",), registrar=("name.com",)),
    Company("namesilo", "NameSilo", domains=("dnsowl.com",), registrar=("namesilo",)),
    Company("dynadot", "Dynadot", domains=("dynadot.com", "dyna-ns.net"),
            registrar=("dynadot",)),
    Company("dreamhost", "DreamHost", domains=("dreamhost.com",),
            registrar=("dreamhost",)),
    Company("network-solutions", "Network Solutions", domains=("worldnic.com",),
            registrar=("network solutions",)),
    # techdocs.akamai.com/cloud-computing, "authoritative name servers"
    Company("linode", "Akamai Cloud (Linode)",
            domains=("linode.com", "linodeusercontent.com")),
    Company("vultr", "Vultr", domains=("vultr.com", "vultrusercontent.com")),
    Company("scaleway", "Scaleway", domains=("scaleway.com", "scw.cloud"),
            registrar=("scaleway", "online sas"), desk=octodns("scaleway")),
)  # fmt: skip

HOSTERS = (*_POLAND, *_ROMANIA, *_SPAIN, *_GERMANY, *_ELSEWHERE)
