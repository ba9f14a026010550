"""An octoDNS class that knows no HTTPS records, like those for Hetzner and Gandi."""

from octodns.provider.yaml import YamlProvider


class Blind(YamlProvider):
    @property
    def SUPPORTS(self):  # noqa: N802 - octoDNS's own name for it
        return super().SUPPORTS - {"HTTPS", "SVCB", "ALIAS"}
