"""Amazon's Signature Version 4 for S3: pure, so that it can be judged beside the SDK's.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote

from attrs import field, frozen

_ALGORITHM = "AWS4-HMAC-SHA256"


@frozen
class Key:
    """An access key; ``token`` belongs to a temporary one, and is empty otherwise."""

    access: str = field(repr=False)
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


@frozen
class Signer:
    """Signs requests with one key for one region."""

    key: Key
    region: str
    _derived: dict[str, bytes] = field(factory=dict, repr=False, eq=False)

    def sign(
        self,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        body: bytes,
        at: datetime,
    ) -> dict[str, str]:
        """Return *headers* with the signature of this very request.

        *path* and *query* are encoded already, by ``encoded_path`` and
        ``encoded_query``; *headers* hold ``Host``, and everything in them is signed.
        """
        moment = at.strftime("%Y%m%dT%H%M%SZ")
        digest = sha256(body).hexdigest()
        known = {
            **headers,
            "x-amz-content-sha256": digest,
            "x-amz-date": moment,
            **({"x-amz-security-token": self.key.token} if self.key.token else {}),
        }
        folded = sorted((k.lower(), " ".join(v.split())) for k, v in known.items())
        names = ";".join(name for name, _ in folded)
        lines = "".join(f"{name}:{value}\n" for name, value in folded)
        canonical = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{digest}"
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        hashed = sha256(canonical.encode()).hexdigest()
        text = f"{_ALGORITHM}\n{moment}\n{scope}\n{hashed}"
        signature = _mac(self._signing_key(moment[:8]), text).hex()
        known["Authorization"] = (
            f"{_ALGORITHM} Credential={self.key.access}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"
        )
        return known

    def _signing_key(self, day: str) -> bytes:
        """Return the key of *day* (YYYYMMDD); it is the same for all its requests."""
        if day not in self._derived:
            made = f"AWS4{self.key.secret}".encode()
            for part in (day, self.region, "s3", "aws4_request"):
                made = _mac(made, part)
            self._derived[day] = made
        return self._derived[day]


def encoded_path(path: str) -> str:
    """Return *path* as it is sent and signed: each byte once, slashes kept.

    S3 alone neither encodes twice nor takes out dot segments and doubled slashes.
    """
    return quote(path, safe="/~")


def encoded_query(parameters: Mapping[str, str]) -> str:
    """Return *parameters* as they are sent and signed: encoded, and sorted by name."""
    pairs = sorted((_encoded(k), _encoded(v)) for k, v in parameters.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def _encoded(text: str) -> str:
    return quote(text, safe="~")


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
