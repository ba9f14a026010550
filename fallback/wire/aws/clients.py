"""Amazon's control planes, for whoever sets a host up: clients, and errors in words.

boto3 is imported on first use, because it costs half a second and publishing to a
bucket alone needs none of this. Every call has short waits and at most three tries;
whatever is made here is made under a name or a token, so that a try that is sent again
makes nothing twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import field, frozen

from fallback.core.config import Config, SecretRef
from fallback.wire.aws.errors import in_words
from fallback.wire.secrets import reveal

HOME = "us-east-1"
"""Where CloudFront and the certificates it may use live, wherever the bucket is."""


@frozen
class Login:
    """Where to call and with which key; without keys boto3 looks for them by itself."""

    region: str = ""
    endpoint: str = ""
    access_key: SecretRef | None = None
    secret_key: SecretRef | None = None
    session_token: SecretRef | None = None

    def key(self) -> str:
        """Return how a person finds the key that is used."""
        if self.access_key is None:
            return "AWS_ACCESS_KEY_ID, or the AWS profile"
        return str(self.access_key)


@frozen
class Aws:
    """An account of Amazon's, or of anybody who speaks like it by ``endpoint``.

    ``region`` is the bucket's. Clients are made when they are asked for, and kept.
    """

    login: Login
    region: str
    session: Any = field(repr=False)
    keys: tuple[str | None, ...] = field(repr=False)
    trusted: Path | None = None
    _kept: dict[tuple[str, str, int], Any] = field(factory=dict, repr=False)

    def client(self, service: str, region: str = "", *, tries: int = 3) -> Any:
        """Return the client of *service* in *region*, else in the bucket's.

        One that calls once only (*tries*) is for what must not be sent again.
        """
        place = service, region or self.region, tries
        if place not in self._kept:
            with self.saying(service, ""):
                self._kept[place] = self._made(*place)
        return self._kept[place]

    def _made(self, service: str, region: str, tries: int) -> Any:
        from botocore.config import Config as Settings

        return self.session.client(
            service,
            region_name=region,
            endpoint_url=self.login.endpoint or None,
            aws_access_key_id=self.keys[0],
            aws_secret_access_key=self.keys[1],
            aws_session_token=self.keys[2],
            verify=str(self.trusted) if self.trusted else None,
            config=Settings(
                connect_timeout=3,
                read_timeout=10,
                retries={"mode": "standard", "total_max_attempts": tries},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                # a dotted bucket name breaks wildcard certificates
                s3={"addressing_style": "path" if self.login.endpoint else "auto"},
            ),
        )

    @contextmanager
    def saying(self, subject: str, permission: str) -> Iterator[None]:
        """Raise what goes wrong inside as ``FallbackError`` about *subject*.

        *permission* is the one that the calls inside need.
        """
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        spoken = ClientError, BotoCoreError, Boto3Error, ResponseParserError, ValueError
        try:
            yield
        except spoken as error:
            raise in_words(error, subject, self.login.key(), permission) from error

    @contextmanager
    def unless(self, *codes: str) -> Iterator[list[str]]:
        """Go on after an answer with one of *codes*; the list then holds it."""
        from botocore.exceptions import ClientError

        said: list[str] = []
        try:
            yield said
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code not in codes:
                raise
            said.append(code)


def log_in(login: Login, config: Config) -> Aws:
    """Return the account, without asking it anything yet.

    Raises ``CredentialsRefused`` when a secret is not there.
    """
    references = login.access_key, login.secret_key, login.session_token
    keys = tuple(reveal(each, config.root) if each else None for each in references)
    import boto3

    session = boto3.session.Session()
    region = login.region or session.region_name or HOME
    trusted = _trusting(config.network.ca_file)
    return Aws(login, region, session, keys, trusted)


def _trusting(ca_file: Path | None) -> Path | None:
    """Return a file that trusts *ca_file* beside the usual authorities."""
    if ca_file is None:
        return None
    # whoever reads the configuration imports this module, and needs none of these
    import atexit
    import ssl
    from tempfile import NamedTemporaryFile

    from botocore.httpsession import where

    usual = Path(ssl.get_default_verify_paths().cafile or where())
    with NamedTemporaryFile(prefix="fallback-", suffix=".pem", delete=False) as file:
        file.write(usual.read_bytes() + b"\n" + ca_file.read_bytes())
    path = Path(file.name)
    atexit.register(path.unlink, missing_ok=True)
    return path
