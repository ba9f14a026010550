"""What machines are told about the shop: JSON-LD by schema.org, the same on every page.

It says who the shop is and how it is reached, which is true on any day and in any
language; that it is closed now is the page's business.
"""

import json

from fallback.core.config import Config
from fallback.page.content.reading import clean_line

# in a script element "</script" and "<!--" are not text (HTML, "restrictions for
# contents of script elements"); U+2028 and U+2029 end a line in older scripts
_SPELLED = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


def structured(config: Config) -> str:
    """Return the text of a JSON-LD block about the shop of *config*.

    It is safe inside a ``<script>``, whatever the shop is called.
    """
    shop, contact = config.shop, config.contact
    said = {
        "@context": "https://schema.org",
        "@type": "OnlineStore",
        "name": clean_line(shop.name),
        "url": shop.url,
        "email": contact.email,
        "telephone": contact.phone,
    }
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_SPELLED)
