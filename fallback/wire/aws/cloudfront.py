"""CloudFront: what stands in front of a bucket, found again by name or by tag.

Of these only distributions can be tagged everywhere; functions, policies and access
controls are ours by a name made of the bucket's, and by their comment. Answers carry a
version (``ETag``) that the next write must name.

Tried against moto's server with what moto lacks written from Amazon's documentation
(functions that are published, headers policies, what is still in use), never against
CloudFront itself.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from attrs import frozen

from fallback.core.errors import Refused
from fallback.core.hosts.provision import Outcome
from fallback.core.text import T
from fallback.page.hosting import placed
from fallback.wire.aws import distribution
from fallback.wire.aws.clients import HOME, Aws
from fallback.wire.aws.distribution import brought_to, covers

TAG = "fallback"
_RUNTIME = "cloudfront-js-2.0"
_PAUSE = timedelta(seconds=5)


def invalidate(aws: Aws, identity: str, build: str) -> None:
    """Make the edges forget what they hold, because *build* was published.

    ``/*`` counts as one path of the thousand a month that are free. The caller's
    reference is that of the build in this minute: a call that is sent again makes no
    second invalidation, and a build that comes back later does make one
    (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_InvalidationBatch.html).
    """
    client = aws.client("cloudfront", HOME)
    with aws.saying(f"CloudFront {identity}", "cloudfront:CreateInvalidation"):
        client.create_invalidation(
            DistributionId=identity,
            InvalidationBatch={
                "Paths": {"Quantity": 1, "Items": ["/*"]},
                "CallerReference": f"{build}-{datetime.now(UTC):%Y%m%d%H%M}",
            },
        )


@frozen
class Distribution:
    """One distribution as it is there."""

    id: str
    arn: str
    domain: str
    deployed: bool
    version: str
    config: Mapping[str, Any]

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> "Distribution":
        """Return what an answer of the API says."""
        there = answer["Distribution"]
        return cls(
            there["Id"],
            there["ARN"],
            there["DomainName"],
            there["Status"] == "Deployed",
            answer["ETag"],
            there["DistributionConfig"],
        )


@frozen
class Edge:
    """What of CloudFront belongs to one place, such as ``bucket/prefix``.

    Every verb may be repeated. Raises ``Unavailable``, ``Rejected``,
    ``CredentialsRefused``, or ``Refused`` for a thing of that name that is not ours.
    """

    aws: Aws
    place: str

    @property
    def name(self) -> str:
        """Return what our things are called: readable, and different for each place."""
        readable = re.sub(r"[^A-Za-z0-9]+", "-", self.place).strip("-")[:30]
        return f"fallback-{readable}-{sha256(self.place.encode()).hexdigest()[:8]}"

    @property
    def comment(self) -> str:
        """Return how our things are told from others of the same name."""
        return f"made by fallback for {self.place}"[:128]

    @property
    def _client(self) -> Any:
        return self.aws.client("cloudfront", HOME)

    def _saying(self, permission: str) -> Any:
        return self.aws.saying("CloudFront", f"cloudfront:{permission}")

    def _ours(self, what: str, comment: str | None) -> None:
        if comment != self.comment:
            raise Refused(
                T("CloudFront holds {what}, which fallback did not make", what=what),
                customers_see=T("no change: nothing was touched"),
                next=T("rename or delete it there, then run the same command again"),
            )

    # origin access control

    def access_control(self) -> str | None:
        """Return the id of the key by which CloudFront may read the bucket."""
        for item in self._listed("list_origin_access_controls"):
            if item["Name"] == self.name:
                self._ours(self.name, item.get("Description"))
                return str(item["Id"])
        return None

    def made_access_control(self) -> tuple[str, Outcome]:
        """Return its id, made when it was not there."""
        found = self.access_control()
        if found is not None:
            return found, Outcome.FOUND
        with self._saying("CreateOriginAccessControl"):
            made = self._client.create_origin_access_control(
                OriginAccessControlConfig={
                    "Name": self.name,
                    "Description": self.comment,
                    "SigningProtocol": "sigv4",
                    "SigningBehavior": "always",
                    "OriginAccessControlOriginType": "s3",
                }
            )
        return str(made["OriginAccessControl"]["Id"]), Outcome.MADE

    def removed_access_control(self) -> Outcome:
        """Take it away; no distribution may use it any more."""
        found = self.access_control()
        if found is None:
            return Outcome.ABSENT
        with self._saying("DeleteOriginAccessControl"):
            version = self._client.get_origin_access_control(Id=found)["ETag"]
            self._client.delete_origin_access_control(Id=found, IfMatch=version)
        return Outcome.REMOVED

    # response headers policy

    def headers_policy(self) -> str | None:
        """Return the id of the policy that says which headers come with each answer."""
        for item in self._listed("list_response_headers_policies", Type="custom"):
            config = item["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
            if config["Name"] == self.name:
                self._ours(self.name, config.get("Comment"))
                return str(item["ResponseHeadersPolicy"]["Id"])
        return None

    def made_headers_policy(self) -> tuple[str, Outcome]:
        """Return its id, made or brought to what it should be."""
        wanted = distribution.headers_policy(self.name, self.comment)
        found = self.headers_policy()
        with self._saying("CreateResponseHeadersPolicy"):
            if found is None:
                made = self._client.create_response_headers_policy(
                    ResponseHeadersPolicyConfig=wanted
                )
                return str(made["ResponseHeadersPolicy"]["Id"]), Outcome.MADE
            there = self._client.get_response_headers_policy(Id=found)
            held = there["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
            if covers(held, wanted):
                return found, Outcome.FOUND
            self._client.update_response_headers_policy(
                Id=found, IfMatch=there["ETag"], ResponseHeadersPolicyConfig=wanted
            )
        return found, Outcome.MADE

    def removed_headers_policy(self) -> Outcome:
        """Take it away; no distribution may use it any more."""
        found = self.headers_policy()
        if found is None:
            return Outcome.ABSENT
        with self._saying("DeleteResponseHeadersPolicy"):
            version = self._client.get_response_headers_policy(Id=found)["ETag"]
            self._client.delete_response_headers_policy(Id=found, IfMatch=version)
        return Outcome.REMOVED

    # functions

    def made_function(self, event: str, code: bytes) -> tuple[str, Outcome]:
        """Return the ARN of the function for *event* (``request``, ``response``).

        Only a published function can be used, so one whose publishing was cut short is
        published now.
        """
        name = f"{self.name}-{event}"
        there = self._function(name)
        outcome = Outcome.FOUND
        config = {"Comment": self.comment, "Runtime": _RUNTIME}
        with self._saying("CreateFunction, cloudfront:PublishFunction"):
            if there is None:
                outcome = Outcome.MADE
                there = self._client.create_function(
                    Name=name, FunctionConfig=config, FunctionCode=code
                )
            elif self._client.get_function(Name=name)["FunctionCode"].read() != code:
                outcome = Outcome.MADE
                there = self._client.update_function(
                    Name=name,
                    IfMatch=there["ETag"],
                    FunctionConfig=config,
                    FunctionCode=code,
                )
            arn = str(there["FunctionSummary"]["FunctionMetadata"]["FunctionARN"])
            if not self._is_live(name, code):
                outcome = Outcome.MADE
                self._client.publish_function(Name=name, IfMatch=there["ETag"])
        return arn, outcome

    def removed_function(self, event: str) -> Outcome:
        """Take it away; no distribution may use it any more."""
        name = f"{self.name}-{event}"
        there = self._function(name)
        if there is None:
            return Outcome.ABSENT
        with self._saying("DeleteFunction"):
            self._client.delete_function(Name=name, IfMatch=there["ETag"])
        return Outcome.REMOVED

    def _function(self, name: str) -> Mapping[str, Any] | None:
        there: Mapping[str, Any] | None = None
        with (
            self._saying("DescribeFunction"),
            self.aws.unless("NoSuchFunctionExists"),
        ):
            there = self._client.describe_function(Name=name)
        if there is not None:
            self._ours(name, there["FunctionSummary"]["FunctionConfig"].get("Comment"))
        return there

    def _is_live(self, name: str, code: bytes) -> bool:
        live = b""
        with self.aws.unless("NoSuchFunctionExists"):
            answer = self._client.get_function(Name=name, Stage="LIVE")
            live = answer["FunctionCode"].read()
        return bool(live == code)

    # distribution

    def distribution(self, identity: str = "") -> Distribution | None:
        """Return our distribution: the one called *identity*, else by comment and tag.

        One called so that is not tagged as ours is refused.
        """
        if identity:
            there: Distribution | None = None
            with (
                self._saying("GetDistribution"),
                self.aws.unless("NoSuchDistribution"),
            ):
                there = self._read(identity)
            if there is not None and not self._is_tagged(there.arn):
                self._ours(identity, None)
            return there
        for item in self._listed("list_distributions"):
            if item.get("Comment") == self.comment and self._is_tagged(item["ARN"]):
                with self._saying("GetDistribution"):
                    return self._read(str(item["Id"]))
        return None

    def _read(self, identity: str) -> Distribution:
        return Distribution.of(self._client.get_distribution(Id=identity))

    def _is_tagged(self, arn: str) -> bool:
        with self._saying("ListTagsForResource"):
            answer = self._client.list_tags_for_resource(Resource=arn)
        tags = answer["Tags"].get("Items", ())
        return any(tag["Key"] == TAG for tag in tags)

    def made_distribution(
        self, wanted: Mapping[str, Any], identity: str = ""
    ) -> tuple[Distribution, Outcome]:
        """Return our distribution, made or brought to *wanted*.

        The tag comes in the same call, so that a kill leaves none that is not ours.
        """
        there = self.distribution(identity)
        with self._saying("CreateDistribution"):
            if there is None:
                made = self._client.create_distribution_with_tags(
                    DistributionConfigWithTags={
                        "DistributionConfig": {
                            **wanted,
                            "CallerReference": datetime.now(UTC).isoformat(),
                        },
                        "Tags": {"Items": [{"Key": TAG, "Value": self.place}]},
                    }
                )
                return Distribution.of(made), Outcome.MADE
            if covers(there.config, wanted):
                return there, Outcome.FOUND
        return self._updated(there, wanted), Outcome.MADE

    def _updated(self, there: Distribution, wanted: Mapping[str, Any]) -> Distribution:
        with self._saying("UpdateDistribution"):
            return Distribution.of(
                self._client.update_distribution(
                    Id=there.id,
                    IfMatch=there.version,
                    DistributionConfig=brought_to(there.config, wanted),
                )
            )

    def switched_off(
        self, there: Distribution, patience: timedelta
    ) -> tuple[Distribution, Outcome]:
        """Return it out of service, waiting at most *patience* for every edge to know.

        A distribution can be deleted once it is switched off and that is rolled out
        (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HowToDeleteDistribution.html).
        """
        outcome = Outcome.ABSENT
        if there.config["Enabled"]:
            there, outcome = self._updated(there, {"Enabled": False}), Outcome.REMOVED
        until = time.monotonic() + patience.total_seconds()
        while not there.deployed and time.monotonic() < until:
            time.sleep(min(_PAUSE, patience).total_seconds())
            with self._saying("GetDistribution"):
                there = self._read(there.id)
        return there, outcome

    def removed_distribution(self, there: Distribution) -> Outcome:
        """Take away a distribution that is switched off everywhere."""
        with self._saying("DeleteDistribution"):
            self._client.delete_distribution(Id=there.id, IfMatch=there.version)
        return Outcome.REMOVED

    def _listed(self, call: str, **which: str) -> Iterator[Mapping[str, Any]]:
        """Yield what a list holds, page by page; an empty one has no ``Items``."""
        marker: dict[str, str] = {}
        while True:
            with self._saying("".join(part.title() for part in call.split("_"))):
                answer = getattr(self._client, call)(**which, **marker)
            (page,) = (value for key, value in answer.items() if key.endswith("List"))
            yield from page.get("Items", ())
            if not page.get("NextMarker"):
                return
            marker = {"Marker": page["NextMarker"]}


def request_code(workers: Sequence[str]) -> bytes:
    """Return the function that says which object is asked for.

    *workers* are addresses at the shop; those that can be placed and do not end in
    ``.js`` are written into it, for nothing else tells them from a page.
    """
    paths, _ = placed(workers)
    listed = json.dumps([f"/{path}" for path in paths if not path.endswith(".js")])
    empty = b"var WORKERS = [];"
    return _code("request").replace(empty, f"var WORKERS = {listed};".encode(), 1)


def response_code() -> bytes:
    """Return the function that answers pages with 503."""
    return _code("response")


def _code(event: str) -> bytes:
    return Path(__file__).with_name(f"cloudfront_{event}.js").read_bytes()
