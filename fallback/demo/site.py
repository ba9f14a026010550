"""What an owner would have: settings, words, and the zone at the DNS operator.

Everything is as at a real shop, except that hours are seconds and that the addresses
are this machine's.
"""

from fallback.demo.shop import NAME, WORDS

ZONE_FILE = "kwiaty.example.zone"
HOSTS = ("host-one", "host-two")

UPDATE = """\
The disk of our server is broken, and a new one is on its way. Call us or write to us:
we take orders for flowers that way, too.
"""
"""What the owner writes on the day."""


def zone_text(shop: str) -> str:
    """Return the shop's zone with a record of every kind that must come back."""
    return f"""\
; the zone of {NAME}, as the DNS operator keeps it
$ORIGIN kwiaty.example.
$TTL 60
@       IN SOA   ns1 hostmaster 2026112201 7200 900 1209600 60
        IN NS    ns1
        IN A     {shop}
        IN HTTPS 1 . alpn=h2        ; leads browsers past the page: taken away, put back
        IN MX    10 mail
        IN TXT   "v=spf1 mx -all"
        IN CAA   0 issue "letsencrypt.org"
ns1     IN A     127.0.53.53
mail    IN A     127.0.9.9
www     IN CNAME @
*       IN A     {shop}             ; every other name
"""


_SETTINGS = """\
[shop]
name      = "{name}"
url       = "{url}"
timezone  = "Europe/Warsaw"
languages = ["en", "pl"]

[contact]
email = "kwiaty.awaria@elsewhere.example"
phone = "+48600100200"
hours = {{ pl = "codziennie 8–20", en = "daily 8am–8pm" }}

[primary]
contains       = "{words}"
redirect_after = "4s"      # three hours, in a real shop
restore_after  = "3s"      # fifteen minutes
arm_after      = "3s"      # a day
interval       = "1s"      # a minute
mode           = "auto"

[[hosts]]
kind = "folder"
path = "{hosts[0]}"
url  = "{status_url}"

[[hosts]]
kind = "folder"
path = "{hosts[1]}"

[[dns]]
provider = "zonefile"
zone     = "kwiaty.example"
names    = ["kwiaty.example", "www.kwiaty.example"]
target   = ["{page}"]
ttl      = "60s"
path     = "{zone_file}"

[network]
resolvers     = ["{name_server}"]
canaries      = [{canaries}]
allow_private = true
"""


def settings(
    *, url: str, status_url: str, page: str, name_server: str, canaries: tuple[str, ...]
) -> str:
    """Return the settings of the demo's site."""
    return _SETTINGS.format(
        name=NAME,
        words=WORDS,
        hosts=HOSTS,
        zone_file=ZONE_FILE,
        url=url,
        status_url=status_url,
        page=page,
        name_server=name_server,
        canaries=", ".join(f'"{canary}"' for canary in canaries),
    )
