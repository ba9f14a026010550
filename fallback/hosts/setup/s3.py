"""Makes the bucket, and on Amazon's own what stands in front of it.

There the bucket stays private: CloudFront alone may read it, by an origin access
control and a bucket policy that names one distribution. Which request ends where is
told in ``fallback.wire.aws.distribution``. Elsewhere, or with ``website = true``, the
bucket answers by itself as a website, and everybody may read it.

Each step finds what an earlier run made, so a run that was cut short, or that waits
for a record or for the edges, is finished by the same command. Tried on moto and a fake
of what moto lacks only (``tests.servers.aws``).
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from attrs import define, field, frozen

from fallback.core.config import Config, HostTable, Network
from fallback.core.errors import Refused
from fallback.core.hosts.provision import Outcome, Provision, Step
from fallback.core.settings.addresses import is_address
from fallback.core.text import T, Text
from fallback.hosts.s3 import Settings, login
from fallback.wire.aws.acm import Certificates
from fallback.wire.aws.clients import Aws, log_in
from fallback.wire.aws.cloudfront import (
    Distribution,
    Edge,
    request_code,
    response_code,
)
from fallback.wire.aws.distribution import Wanted
from fallback.wire.dns import nameservers
from fallback.wire.s3.stand import Stand

_WITH_A_DASH = frozenset(
    {
        "ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "eu-west-1", "sa-east-1",
        "us-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
    }
)  # fmt: skip
_PATIENCE = timedelta(seconds=60)
_AGAIN = T(
    "CloudFront takes some minutes to switch a distribution off everywhere: run the"
    " same command again in 15 minutes"
)


def connect(table: HostTable, config: Config) -> "S3Provisioner":
    """Return what makes the host of *table*. Raises ``CredentialsRefused``."""
    assert isinstance(table.settings, Settings)
    aws = log_in(login(table.settings), config)
    workers = config.shop.workers or ()
    return S3Provisioner(table.settings, aws, config.network, workers, table.url)


@define
class _Log:
    """What became of each step, and what is left for a person."""

    steps: list[Step] = field(factory=list)
    todo: list[Text] = field(factory=list)

    def note(self, what: Text, *outcomes: Outcome) -> None:
        """Write one step down; one of several parts tells of the part that changed."""
        changes = Outcome.MADE, Outcome.REMOVED
        telling = next((each for each in outcomes if each in changes), outcomes[0])
        self.steps.append(Step(what, telling))


@frozen
class S3Provisioner:
    """See ``fallback.core.ports.Provisioner``.

    *workers* are the shop's service workers as far as they are known, *url* the status
    address of the host, or empty.
    """

    settings: Settings
    aws: Aws
    network: Network
    workers: Sequence[str] = ()
    url: str = ""
    patience: timedelta = _PATIENCE

    def setup(self, names: Sequence[str]) -> Provision:
        """See ``fallback.core.ports.Provisioner.setup``."""
        if self._is_website and self._prefix:
            raise Refused(
                T("a bucket's website shows the page only at its top"),
                customers_see=T("no change: nothing was made"),
                next=T("take prefix out of the host's table in fallback.toml"),
            )
        log, stand = _Log(), self._stand()
        made = stand.made()
        log.note(T("bucket {name}", name=stand.name), made)
        if self._is_website:
            self._open_website(log, stand)
            return self._told(log, self._website_settings(), "")
        if stand.is_ours():
            log.note(T("block on public access to it"), stand.guarded(public=False))
        there = self._put_in_front(log, names)
        log.note(
            T("permission for {id} to read it", id=there.id),
            stand.allowed(self._reader(there)),
        )
        if not there.deployed:
            log.todo.append(T(
                "wait about five minutes, until CloudFront has brought {id} everywhere",
                id=there.id,
            ))  # fmt: skip
        if not self.settings.distribution:
            log.todo.append(T(
                "write the line distribution below this host before you deploy: without"
                " it CloudFront is not told of a new page, and shows the page before it"
                " for up to half a minute",
            ))  # fmt: skip
        settings = {"url": f"https://{there.domain}", "distribution": there.id}
        return self._told(log, settings, there.arn)

    @property
    def _is_website(self) -> bool:
        website = self.settings.website
        if website is None:
            return bool(self.settings.endpoint) and not self.settings.distribution
        return website

    @property
    def _prefix(self) -> str:
        prefix = self.settings.prefix.strip("/")
        return f"{prefix}/" if prefix else ""

    @property
    def _place(self) -> str:
        return f"{self.settings.bucket}/{self._prefix}".strip("/")

    def _stand(self) -> Stand:
        """Return the bucket; on Amazon's it must belong to the account that asks."""
        owner = ""
        if not self._is_website or not self.settings.endpoint:
            with self.aws.saying("AWS", "sts:GetCallerIdentity"):
                owner = self.aws.client("sts").get_caller_identity()["Account"]
        return Stand(self.aws, self.settings.bucket, self._prefix, owner)

    def _edge(self) -> Edge:
        return Edge(self.aws, self._place)

    def _certificates(self) -> Certificates:
        return Certificates(self.aws, self._place)

    def _open_website(self, log: _Log, stand: Stand) -> None:
        if not stand.is_ours():
            raise Refused(
                T("{bucket} is a bucket that setup did not make, and a website would"
                  " show everybody what is in it", bucket=stand.name),
                customers_see=T("no change: nothing was touched"),
                next=T("choose another bucket name, or open it yourself and run:"
                       " fallback deploy"),
            )  # fmt: skip
        log.note(T("reading for everybody"), stand.guarded(public=True),
                 stand.allowed(self._everybody()))  # fmt: skip
        log.note(T("website of the bucket"), stand.website())

    def _everybody(self) -> dict[str, object]:
        return {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{self.settings.bucket}/{self._prefix}*",
        }

    def _reader(self, there: Distribution) -> dict[str, object]:
        """Return who may read: one distribution, and nobody else.

        https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
        """
        return {
            **self._everybody(),
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Condition": {"StringEquals": {"AWS:SourceArn": there.arn}},
        }

    def _put_in_front(self, log: _Log, names: Sequence[str]) -> Distribution:
        edge = self._edge()
        access, became = edge.made_access_control()
        log.note(T("CloudFront's key to the bucket (origin access control)"), became)
        asks, asked = edge.made_function("request", request_code(self.workers))
        answers, answered = edge.made_function("response", response_code())
        log.note(T("functions that answer 503"), asked, answered)
        headers, became = edge.made_headers_policy()
        log.note(T("policy of response headers"), became)
        certificate, became = self._certificates().made(names)
        log.note(T("certificate for {names}", names=", ".join(names)), became)
        log.todo.extend(certificate.todo())
        wanted = Wanted(
            edge.comment,
            f"{self.settings.bucket}.s3.{self.aws.region}.amazonaws.com",
            f"/{self._prefix}".rstrip("/"),
            access,
            asks,
            answers,
            headers,
            names,
            certificate.arn if certificate.issued else "",
        )
        there, became = edge.made_distribution(
            wanted.config(), self.settings.distribution
        )
        log.note(T("distribution {id}", id=there.id), became)
        return there

    def _told(self, log: _Log, settings: dict[str, str], arn: str) -> Provision:
        return Provision(tuple(log.steps), tuple(log.todo), settings, self._policy(arn))

    def _policy(self, arn: str) -> str:
        """Return the narrowest policy for whoever publishes, as IAM takes it."""
        bucket = f"arn:aws:s3:::{self.settings.bucket}"
        statements = [
            (["s3:ListBucket", "s3:GetBucketLocation"], bucket),
            (
                ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                f"{bucket}/{self._prefix}*",
            ),
            *([(["cloudfront:CreateInvalidation"], arn)] if arn else []),
        ]
        return json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": actions, "Resource": resource}
                    for actions, resource in statements
                ],
            },
            indent=2,
        )

    def pointing_here(self) -> Collection[str]:
        """See ``fallback.core.ports.Provisioner.pointing_here``.

        A name at the top of a zone leads to CloudFront by addresses only, so those that
        its own name has now count as well.
        """
        if self._is_website:
            return self._website_hosts() or self._operators_hosts()
        there = self._edge().distribution(self.settings.distribution)
        if there is None:
            return self._website_hosts()
        return (*self._website_hosts(), there.domain, *self._addresses(there.domain))

    def _website_settings(self) -> dict[str, str]:
        hosts = self._website_hosts()
        if not hosts:
            return {}
        return {"url": f"http://{hosts[0]}/{self._prefix}".rstrip("/")}

    def _website_hosts(self) -> tuple[str, ...]:
        """Return the hosts of the bucket's website, the one of its region first.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
        """
        bucket, region = self.settings.bucket, self.aws.region
        if self.settings.endpoint and self._is_website:
            return ()
        dashed = f"{bucket}.s3-website-{region}.amazonaws.com"
        dotted = f"{bucket}.s3-website.{region}.amazonaws.com"
        return (dashed, dotted) if region in _WITH_A_DASH else (dotted, dashed)

    def _operators_hosts(self) -> tuple[str, ...]:
        """Return where the website is at another operator's, as far as we can know.

        The operator's address, the bucket's own below it, the status address, and what
        they lead to: a name points here by any of these.
        """
        operator = (urlsplit(self.settings.endpoint).hostname or "").lower()
        status = (urlsplit(self.url).hostname or "").lower()
        hosts = dict.fromkeys(host for host in (operator, status) if host)
        found = dict.fromkeys(a for host in hosts for a in self._leads_to(host))
        own = () if is_address(operator) else (f"{self.settings.bucket}.{operator}",)
        return (*hosts, *own, *(a for a in found if a not in hosts))

    def _leads_to(self, host: str) -> Iterator[str]:
        if not is_address(host):
            yield from self._addresses(host)

    def _addresses(self, domain: str) -> Iterator[str]:
        for rtype in ("A", "AAAA"):
            answer = nameservers.resolve(domain, rtype, self.network)
            if answer is not None:
                yield from answer.rdatas

    def attached(self) -> Mapping[str, Text]:
        """See ``fallback.core.ports.Provisioner.attached``: DNS alone leads here."""
        return {}

    def teardown(self) -> Provision:
        """See ``fallback.core.ports.Provisioner.teardown``."""
        log, stand = _Log(), self._stand()
        if self._is_website or self._take_from_front(log):
            self._take_bucket(log, stand)
        return Provision(tuple(log.steps), tuple(log.todo))

    def _take_from_front(self, log: _Log) -> bool:
        """Take CloudFront's things away; return whether all of them are gone."""
        edge = self._edge()
        there = edge.distribution(self.settings.distribution)
        if there is not None:
            there, became = edge.switched_off(there, self.patience)
            if not there.deployed:
                log.note(T("service of distribution {id}", id=there.id), became)
                log.todo.append(_AGAIN)
                return False
            became = edge.removed_distribution(there)
        log.note(
            T("distribution {id}", id=there.id) if there else T("distribution"),
            became if there else Outcome.ABSENT,
        )
        log.note(
            T("CloudFront's key to the bucket (origin access control)"),
            edge.removed_access_control(),
        )
        log.note(T("functions that answer 503"), edge.removed_function("request"),
                 edge.removed_function("response"))  # fmt: skip
        log.note(T("policy of response headers"), edge.removed_headers_policy())
        became, busy = self._certificates().removed()
        if not busy:
            log.note(T("certificate"), became)
        else:
            log.todo.append(T("CloudFront still holds the certificate: run the same"
                              " command again in 15 minutes"))  # fmt: skip
        return True

    def _take_bucket(self, log: _Log, stand: Stand) -> None:
        what = T("bucket {name}", name=stand.name)
        if not stand.is_there():
            log.note(what, Outcome.ABSENT)
            return
        log.note(T("permission to read it"), stand.disallowed())
        log.note(T("the published page"), stand.emptied())
        if not stand.is_ours():
            return
        if stand.is_empty():
            log.note(what, stand.removed())
        else:
            log.todo.append(
                T("the bucket {name} holds files that are not fallback's, so it stays:"
                  " delete it yourself once nobody needs them", name=stand.name)
            )  # fmt: skip
