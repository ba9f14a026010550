"""A bucket as a thing to be made and taken away; ``host`` beside it publishes.

A bucket is ours when it carries our tag. Amazon takes the tag in the very call that
makes the bucket. Other servers refuse it there (Ceph 16: InvalidArgument), so they get
it right after, and an empty bucket of one's own without any tag is taken for one whose
making was cut short in between.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from fallback.core.errors import Refused
from fallback.core.hosts.provision import Outcome
from fallback.core.hosts.publishing import LEFTOVERS, Manifest, parse_leftovers
from fallback.core.model import MANIFEST
from fallback.core.text import T
from fallback.wire.aws.clients import HOME, Aws

TAG = "fallback"
_SID = "fallback"
_ABSENT = ("404", "NoSuchBucket", "NotFound")
_FOREIGN = ("403", "AccessDenied", "Forbidden")
_MISSING = ("NotImplemented", "MethodNotAllowed", "405", "501")

Statement = dict[str, Any]


@frozen
class Stand:
    """One bucket. ``owner`` is the account it must belong to; empty: not at Amazon's.

    Every verb may be repeated. Raises ``Unavailable``, ``Rejected``,
    ``CredentialsRefused``, or ``Refused`` for a bucket of somebody else.
    """

    aws: Aws
    name: str
    prefix: str = ""
    owner: str = ""

    @property
    def _client(self) -> Any:
        return self.aws.client("s3")

    @property
    def _which(self) -> dict[str, str]:
        owner = {"ExpectedBucketOwner": self.owner} if self.owner else {}
        return {"Bucket": self.name, **owner}

    def _saying(self, permission: str) -> Any:
        return self.aws.saying(self.name, f"s3:{permission}")

    def is_there(self) -> bool:
        """Return whether it is there and one's own; raises ``Refused`` for another's.

        Bucket names are one for the whole world, and a page in a stranger's bucket
        would be the stranger's to change.
        """
        with (
            self._saying("ListBucket"),
            self.aws.unless(*_ABSENT, *_FOREIGN) as said,
        ):
            self._client.head_bucket(**self._which)
        if set(said) & set(_ABSENT):
            return False
        if said or not (self.owner or self._is_listed()):
            self._refuse_foreign()
        return True

    def _is_listed(self) -> bool:
        with self._saying("ListAllMyBuckets"):
            found = self._client.list_buckets().get("Buckets", ())
        return any(each["Name"] == self.name for each in found)

    def _refuse_foreign(self) -> None:
        raise Refused(
            T("the bucket {bucket} belongs to somebody else, or is closed to this key",
              bucket=self.name),
            customers_see=T("no change: nothing was touched"),
            next=T("choose another bucket name, or allow the key s3:ListBucket on it"),
        )  # fmt: skip

    def is_ours(self) -> bool:
        """Return whether it carries our tag, or was about to get it."""
        tags = self._tags()
        return TAG in tags or (not self.owner and not tags and self.is_empty())

    def _tags(self) -> dict[str, str]:
        answer: Mapping[str, Any] = {}
        with (
            self._saying("GetBucketTagging"),
            self.aws.unless("NoSuchTagSet", "NoSuchTagSetError", *_MISSING),
        ):
            answer = self._client.get_bucket_tagging(**self._which)
        return {tag["Key"]: tag["Value"] for tag in answer.get("TagSet", ())}

    def made(self) -> Outcome:
        """Make it without access lists, in its region, with our tag."""
        outcome = Outcome.FOUND
        if not self.is_there():
            outcome = self._create()
        if not self.owner and self.is_ours() and TAG not in self._tags():
            self._put_tag()
            outcome = Outcome.MADE
        return outcome

    def _create(self) -> Outcome:
        region = self.aws.region
        elsewhere = {} if region == HOME else {"LocationConstraint": region}
        about = {"CreateBucketConfiguration": {**elsewhere, "Tags": [_tag(self.name)]}}
        with (
            self._saying("CreateBucket, s3:TagResource"),
            self.aws.unless("BucketAlreadyExists") as said,
        ):
            self._client.create_bucket(
                Bucket=self.name,
                ObjectOwnership="BucketOwnerEnforced",
                **(about if self.owner else {}),  # elsewhere, the address is the region
            )
        if said:
            self._refuse_foreign()
        return Outcome.MADE

    def _put_tag(self) -> None:
        with self._saying("PutBucketTagging"):
            self._client.put_bucket_tagging(
                **self._which, Tagging={"TagSet": [_tag(self.name)]}
            )

    def is_empty(self) -> bool:
        """Return whether nothing at all lies in it."""
        with self._saying("ListBucket"):
            answer = self._client.list_objects_v2(**self._which, MaxKeys=1)
        return not answer.get("Contents")

    def guarded(self, *, public: bool) -> Outcome:
        """Block public access: all of it, or with *public* all but by a policy.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
        Only at Amazon's, where new buckets come with it: elsewhere nothing is blocked
        unless somebody asks, and Ceph 16 then refuses every PutObject.
        """
        if not self.owner:
            return Outcome.FOUND
        wanted = {
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": not public,
            "RestrictPublicBuckets": not public,
        }
        answer: Mapping[str, Any] = {}
        with (
            self._saying("GetBucketPublicAccessBlock"),
            self.aws.unless("NoSuchPublicAccessBlockConfiguration"),
        ):
            answer = self._client.get_public_access_block(**self._which)
        if answer.get("PublicAccessBlockConfiguration") == wanted:
            return Outcome.FOUND
        with self._saying("PutBucketPublicAccessBlock"):
            self._client.put_public_access_block(
                **self._which, PublicAccessBlockConfiguration=wanted
            )
        return Outcome.MADE

    def website(self) -> Outcome:
        """Let it answer as a website: the page at its front and for what is missing."""
        wanted = {
            "IndexDocument": {"Suffix": "index.html"},
            "ErrorDocument": {"Key": f"{self.prefix}404.html"},
        }
        answer: Mapping[str, Any] = {}
        with (
            self._saying("GetBucketWebsite"),
            self.aws.unless("NoSuchWebsiteConfiguration"),
        ):
            answer = self._client.get_bucket_website(**self._which)
        if all(answer.get(key) == value for key, value in wanted.items()):
            return Outcome.FOUND
        with self._saying("PutBucketWebsite"):
            self._client.put_bucket_website(**self._which, WebsiteConfiguration=wanted)
        return Outcome.MADE

    def allowed(self, statement: Statement) -> Outcome:
        """Let the policy hold *statement* as ours; what others put there stays."""
        there = self._policy()
        wanted = {"Sid": _SID, **statement}
        others = [each for each in there if each.get("Sid") != _SID]
        if [each for each in there if each.get("Sid") == _SID] == [wanted]:
            return Outcome.FOUND
        self._put_policy([*others, wanted])
        return Outcome.MADE

    def disallowed(self) -> Outcome:
        """Take our statement out of the policy."""
        there = self._policy()
        others = [each for each in there if each.get("Sid") != _SID]
        if others == there:
            return Outcome.ABSENT
        if others:
            self._put_policy(others)
        else:
            with self._saying("DeleteBucketPolicy"):
                self._client.delete_bucket_policy(**self._which)
        return Outcome.REMOVED

    def _policy(self) -> list[Statement]:
        answer: Mapping[str, Any] = {}
        with (
            self._saying("GetBucketPolicy"),
            self.aws.unless("NoSuchBucketPolicy"),
        ):
            answer = self._client.get_bucket_policy(**self._which)
        found = json.loads(answer.get("Policy", "{}")).get("Statement", [])
        return [found] if isinstance(found, dict) else list(found)

    def _put_policy(self, statements: Sequence[Statement]) -> None:
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        with self._saying("PutBucketPolicy"):
            self._client.put_bucket_policy(**self._which, Policy=json.dumps(policy))

    def emptied(self) -> Outcome:
        """Delete the objects of our last publish and its leftovers, by their lists.

        The manifest goes last: a kill leaves what says which the others are.
        """
        manifest = self._get(MANIFEST)
        held = Manifest.parse(manifest)
        left = self._get(LEFTOVERS)
        paths = {*(held.files if held else ()), *parse_leftovers(left)}
        lists = [(LEFTOVERS, left), (MANIFEST, manifest)]
        last = [path for path, body in lists if body is not None]
        if not paths and not last:
            return Outcome.ABSENT
        for path in (*sorted(paths - {LEFTOVERS, MANIFEST}), *last):
            with self._saying("DeleteObject"):
                self._client.delete_object(**self._which, Key=self.prefix + path)
        return Outcome.REMOVED

    def _get(self, path: str) -> bytes | None:
        with self._saying("GetObject"), self.aws.unless("NoSuchKey"):
            answer = self._client.get_object(**self._which, Key=self.prefix + path)
            return bytes(answer["Body"].read())
        return None

    def removed(self) -> Outcome:
        """Take it away; it must be empty."""
        with self._saying("DeleteBucket"):
            self._client.delete_bucket(**self._which)
        return Outcome.REMOVED


def _tag(place: str) -> dict[str, str]:
    return {"Key": TAG, "Value": place}
