"""Amazon's control planes on loopback: moto's server, made as strict as Amazon is.

moto itself answers for S3, STS and ACM. Its CloudFront keeps a part of each
configuration, publishes no function, knows no headers policy and deletes what is in
use, so the CloudFront here is our own, written from Amazon's API reference
(https://docs.aws.amazon.com/cloudfront/latest/APIReference/); the XML on the wire is
botocore's and moto's. Two things of S3 that moto ignores are added: tags in the call
that makes a bucket, and ``ExpectedBucketOwner``.

It runs in a thread of the test's own process, so one test can look behind it.
"""

import itertools
import logging
import re
from contextlib import contextmanager
from functools import cache

import pytest
import xmltodict
from attrs import define, field
from cryptography.hazmat.primitives.asymmetric import rsa
from moto.acm.models import AWSCertificateManagerBackend, acm_backends
from moto.backends import get_backend
from moto.cloudfront import urls
from moto.cloudfront.exceptions import CloudFrontException
from moto.cloudfront.responses import CloudFrontResponse
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.s3.responses import S3Response
from moto.server import ThreadedMotoServer

from tests.servers import s3

ACCOUNT = DEFAULT_ACCOUNT_ID
_NUMBERS = itertools.count(1)
_PAGE = 1  # so that every list is read page by page
_FILLED_IN = {
    "OriginGroups": {"Quantity": 0},
    "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
    "WebACLId": "",
    "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
    "Staging": False,
    "ContinuousDeploymentPolicyId": "",
    "Aliases": {"Quantity": 0},
    "ViewerCertificate": {
        "CloudFrontDefaultCertificate": True,
        "MinimumProtocolVersion": "TLSv1",
        "CertificateSource": "cloudfront",
    },
}


@define
class Cloud:
    """What CloudFront holds; ``held`` are certificates it has not let go of yet."""

    distributions: dict = field(factory=dict)
    controls: dict = field(factory=dict)
    policies: dict = field(factory=dict)
    functions: dict = field(factory=dict)
    invalidations: dict = field(factory=dict)
    references: set = field(factory=set)
    held: set = field(factory=set)
    refusing: dict = field(factory=dict)

    def roll_out(self):
        """Let time pass: every edge knows everything."""
        for there in self.distributions.values():
            there["Status"] = "Deployed"
        self.held.clear()

    def certificates_in_use(self):
        configs = [d["DistributionConfig"] for d in self.distributions.values()]
        used = {c["ViewerCertificate"].get("ACMCertificateArn") for c in configs}
        return used | self.held


CLOUD = Cloud()


def wrong(code, why=""):
    return CloudFrontException(code, why or code)


def _version():
    return f"E{next(_NUMBERS):013d}"


def _quantities(value, path=""):
    """Every list says how long it is (InconsistentQuantities)."""
    if isinstance(value, dict):
        if "Quantity" in value and int(value["Quantity"]) != len(
            value.get("Items", ())
        ):
            raise wrong("InconsistentQuantities", path)
        for key, each in value.items():
            _quantities(each, f"{path}.{key}")
    elif isinstance(value, list):
        for each in value:
            _quantities(each, path)


class StrictCloudFront(CloudFrontResponse):
    """Refuses what Amazon refuses; each error is named as in the API reference."""

    def _fail_if_told(self, operation):
        if operation in CLOUD.refusing:
            raise wrong(CLOUD.refusing[operation])

    def _matched(self, there):
        given = self._get_param("IfMatch")
        if not given:
            raise wrong("InvalidIfMatchVersion")
        if given != there["ETag"]:
            raise wrong("PreconditionFailed")

    def _page(self, name, items, key):
        marker = self._get_param("Marker")
        items = [each for each in items if not marker or key(each) > marker]
        items.sort(key=key)
        page, rest = items[:_PAGE], items[_PAGE:]
        about = {"MaxItems": _PAGE, "Quantity": len(page), "IsTruncated": bool(rest)}
        about |= {"Marker": marker or "", "Items": page or None}
        if rest:
            about["NextMarker"] = key(page[-1])
        return ActionResult({name: about})

    # distributions

    def _checked(self, config, itself=""):
        _quantities(config)
        if len(config["Comment"]) > 128:
            raise wrong("InvalidArgument", "Comment")
        for origin in config["Origins"]["Items"]:
            if origin["OriginAccessControlId"] not in CLOUD.controls:
                raise wrong("InvalidOriginAccessControl")
            if not re.fullmatch(
                r"[\w.-]+\.s3\.[\w-]+\.amazonaws\.com", origin["DomainName"]
            ):
                raise wrong("InvalidOrigin")
        behaviors = [
            config["DefaultCacheBehavior"],
            *config.get("CacheBehaviors", {}).get("Items", ()),
        ]
        live = {f["arn"] for f in CLOUD.functions.values() if f["live"] is not None}
        for behavior in behaviors:
            if behavior["ResponseHeadersPolicyId"] not in CLOUD.policies:
                raise wrong("NoSuchResponseHeadersPolicy")
            for each in behavior["FunctionAssociations"].get("Items", ()):
                if each["FunctionARN"] not in live:
                    raise wrong("InvalidFunctionAssociation")
        self._check_names(config, itself)

    def _check_names(self, config, itself):
        names = config["Aliases"].get("Items", ())
        others = [d for d in CLOUD.distributions.values() if d["Id"] != itself]
        taken = {
            name
            for other in others
            for name in other["DistributionConfig"]["Aliases"].get("Items", ())
        }
        if taken & set(names):
            raise wrong("CNAMEAlreadyExists")
        arn = config["ViewerCertificate"].get("ACMCertificateArn")
        if not names and not arn:
            return
        certificate = _certificates().get(arn)
        if certificate is None or certificate.status != "ISSUED":
            raise wrong("InvalidViewerCertificate")
        if not set(names) <= set(certificate.sans):
            raise wrong("InvalidViewerCertificate", "the names are not on it")

    def create_distribution_with_tags(self):
        self._fail_if_told("CreateDistribution")
        given = self._get_param("DistributionConfigWithTags")
        config = {**_FILLED_IN, **given["DistributionConfig"]}
        self._checked(config)
        if config["CallerReference"] in CLOUD.references:
            raise wrong("DistributionAlreadyExists")
        CLOUD.references.add(config["CallerReference"])
        identity = _version()
        there = CLOUD.distributions[identity] = {
            "Id": identity,
            "ARN": f"arn:aws:cloudfront::{ACCOUNT}:distribution/{identity}",
            "DomainName": f"d{identity.lower()}.cloudfront.net",
            "Status": "InProgress",
            "LastModifiedTime": utcnow(),
            "InProgressInvalidationBatches": 0,
            "DistributionConfig": config,
            "ETag": _version(),
            "tags": given["Tags"]["Items"],
        }
        return self._answer(there)

    def _answer(self, there):
        return ActionResult({"Distribution": there, "ETag": there["ETag"]})

    def _distribution(self):
        there = CLOUD.distributions.get(self._get_param("Id"))
        if there is None:
            raise wrong("NoSuchDistribution")
        return there

    def get_distribution(self):
        self._fail_if_told("GetDistribution")
        return self._answer(self._distribution())

    def update_distribution(self):
        self._fail_if_told("UpdateDistribution")
        there = self._distribution()
        self._matched(there)
        config, before = (
            self._get_param("DistributionConfig"),
            there["DistributionConfig"],
        )
        missing = before.keys() - config.keys()
        if missing:  # what an update leaves out is not kept
            raise wrong("InvalidArgument", f"missing: {sorted(missing)}")
        if config["CallerReference"] != before["CallerReference"]:
            raise wrong("IllegalUpdate")
        self._checked(config, there["Id"])
        names = config["Aliases"].get("Items", [])
        if names:  # in an order of its own
            config["Aliases"]["Items"] = sorted(names, reverse=True)
        CLOUD.held.add(before["ViewerCertificate"].get("ACMCertificateArn"))
        there |= {
            "DistributionConfig": config,
            "ETag": _version(),
            "Status": "InProgress",
        }
        return self._answer(there)

    def delete_distribution(self):
        there = self._distribution()
        self._matched(there)
        config = there["DistributionConfig"]
        if config["Enabled"] or there["Status"] != "Deployed":
            raise wrong("DistributionNotDisabled")
        CLOUD.held.add(config["ViewerCertificate"].get("ACMCertificateArn"))
        del CLOUD.distributions[there["Id"]]
        return EmptyResult()

    def list_distributions(self):
        self._fail_if_told("ListDistributions")
        found = [{**d["DistributionConfig"], **d} for d in CLOUD.distributions.values()]
        return self._page("DistributionList", found, lambda each: each["Id"])

    def list_tags_for_resource(self):
        arn = self._get_param("Resource")
        tags = [d["tags"] for d in CLOUD.distributions.values() if d["ARN"] == arn]
        return ActionResult({"Tags": {"Items": tags[0] if tags else []}})

    def create_invalidation(self):
        self._fail_if_told("CreateInvalidation")
        identity = self._get_param("DistributionId")
        if identity not in CLOUD.distributions:
            raise wrong("NoSuchDistribution")
        batch = self._get_param("InvalidationBatch")
        _quantities(batch)
        known = CLOUD.invalidations.setdefault(identity, {})
        before = known.setdefault(batch["CallerReference"], batch)
        if before != batch:
            raise wrong("InvalidationBatchAlreadyExists")
        made = {"Id": _version(), "Status": "InProgress", "CreateTime": utcnow()}
        return ActionResult({"Invalidation": {**made, "InvalidationBatch": batch}})

    # what a distribution is made of

    def _used(self, find):
        return any(find(d["DistributionConfig"]) for d in CLOUD.distributions.values())

    def create_origin_access_control(self):
        self._fail_if_told("CreateOriginAccessControl")
        config = self._get_param("OriginAccessControlConfig")
        if config["Name"] in {c["Name"] for c in CLOUD.controls.values()}:
            raise wrong("OriginAccessControlAlreadyExists")
        if len(config["Name"]) > 64 or len(config["Description"]) > 256:
            raise wrong("InvalidArgument")
        identity = _version()
        there = CLOUD.controls[identity] = {
            **config,
            "Id": identity,
            "ETag": _version(),
        }
        return self._control(there)

    def _control(self, there):
        about = {"Id": there["Id"], "OriginAccessControlConfig": there}
        return ActionResult({"OriginAccessControl": about, "ETag": there["ETag"]})

    def get_origin_access_control(self):
        return self._control(CLOUD.controls[self._get_param("Id")])

    def list_origin_access_controls(self):
        found = list(CLOUD.controls.values())
        return self._page("OriginAccessControlList", found, lambda each: each["Id"])

    def delete_origin_access_control(self):
        there = CLOUD.controls[self._get_param("Id")]
        self._matched(there)
        if self._used(lambda config: there["Id"] in str(config["Origins"])):
            raise wrong("OriginAccessControlInUse")
        del CLOUD.controls[there["Id"]]
        return EmptyResult()

    def create_response_headers_policy(self):
        config = self._get_param("ResponseHeadersPolicyConfig")
        _quantities(config)
        names = {p["Config"]["Name"] for p in CLOUD.policies.values()}
        if config["Name"] in names:
            raise wrong("ResponseHeadersPolicyAlreadyExists")
        if len(config["Comment"]) > 128:
            raise wrong("InvalidArgument")
        identity = _version()
        CLOUD.policies[identity] = {
            "Id": identity,
            "Config": config,
            "ETag": _version(),
        }
        return self._policy(CLOUD.policies[identity])

    def _policy(self, there):
        about = {
            "Id": there["Id"],
            "LastModifiedTime": utcnow(),
            "ResponseHeadersPolicyConfig": there["Config"],
        }
        return ActionResult({"ResponseHeadersPolicy": about, "ETag": there["ETag"]})

    def get_response_headers_policy(self):
        there = CLOUD.policies.get(self._get_param("Id"))
        if there is None:
            raise wrong("NoSuchResponseHeadersPolicy")
        return self._policy(there)

    def update_response_headers_policy(self):
        there = CLOUD.policies[self._get_param("Id")]
        self._matched(there)
        there |= {
            "Config": self._get_param("ResponseHeadersPolicyConfig"),
            "ETag": _version(),
        }
        return self._policy(there)

    def list_response_headers_policies(self):
        found = [
            {
                "Type": "custom",
                "ResponseHeadersPolicy": {
                    "Id": each["Id"],
                    "LastModifiedTime": utcnow(),
                    "ResponseHeadersPolicyConfig": each["Config"],
                },
            }
            for each in CLOUD.policies.values()
        ]
        return self._page(
            "ResponseHeadersPolicyList",
            found,
            lambda each: each["ResponseHeadersPolicy"]["Id"],
        )

    def delete_response_headers_policy(self):
        there = CLOUD.policies[self._get_param("Id")]
        self._matched(there)
        if self._used(lambda config: there["Id"] in str(config)):
            raise wrong("ResponseHeadersPolicyInUse")
        del CLOUD.policies[there["Id"]]
        return EmptyResult()

    # functions

    def create_function(self):
        name = self._get_param("Name")
        if name in CLOUD.functions:
            raise wrong("FunctionAlreadyExists")
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name):
            raise wrong("InvalidArgument")
        CLOUD.functions[name] = {
            "name": name,
            "arn": f"arn:aws:cloudfront::{ACCOUNT}:function/{name}",
            "live": None,
            "ETag": _version(),
        }
        return self._write_function(CLOUD.functions[name])

    def _write_function(self, there):
        config, code = (
            self._get_param("FunctionConfig"),
            self._get_param("FunctionCode"),
        )
        if len(code) > 10 * 1024:
            raise wrong("FunctionSizeLimitExceeded")
        if config["Runtime"] not in ("cloudfront-js-1.0", "cloudfront-js-2.0"):
            raise wrong("InvalidArgument")
        there |= {"config": config, "code": code, "ETag": _version()}
        return self._summary(there)

    def _summary(self, there):
        about = {
            "Name": there["name"],
            "Status": "UNPUBLISHED",
            "FunctionConfig": there["config"],
            "FunctionMetadata": {
                "FunctionARN": there["arn"],
                "Stage": "DEVELOPMENT",
                "CreatedTime": utcnow(),
                "LastModifiedTime": utcnow(),
            },
        }
        return ActionResult({"FunctionSummary": about, "ETag": there["ETag"]})

    def _function(self):
        there = CLOUD.functions.get(self._get_param("Name"))
        if there is None:
            raise wrong("NoSuchFunctionExists")
        return there

    def describe_function(self):
        return self._summary(self._function())

    def get_function(self):
        there = self._function()
        code = there["live"] if self._get_param("Stage") == "LIVE" else there["code"]
        if code is None:
            raise wrong("NoSuchFunctionExists")
        about = {"FunctionCode": code, "ETag": there["ETag"]}
        return ActionResult({**about, "ContentType": "application/octet-stream"})

    def update_function(self):
        there = self._function()
        self._matched(there)
        return self._write_function(there)

    def publish_function(self):
        there = self._function()
        self._matched(there)
        there["live"] = there["code"]
        return self._summary(there)

    def delete_function(self):
        there = self._function()
        self._matched(there)
        if self._used(lambda config: there["arn"] in str(config)):
            raise wrong("FunctionInUse")
        del CLOUD.functions[there["name"]]
        return EmptyResult()


def _certificates():
    return acm_backends[ACCOUNT]["us-east-1"]._certificates


def issue_certificates():
    """Do what a person and time do: the records are there, the certificates issued."""
    for certificate in _certificates().values():
        certificate.status = "ISSUED"


def _let_go(backend, arn):
    """Refuse to delete a certificate that a distribution uses."""
    from moto.core.exceptions import JsonRESTError

    if arn in CLOUD.certificates_in_use():
        raise JsonRESTError("ResourceInUseException", "in use by CloudFront")
    return _DELETE_CERTIFICATE(backend, arn)


def _tagging_put(response, request, bucket_name, querystring):
    answer = _PUT_BUCKET(response, request, bucket_name, querystring)
    if not querystring and response.body:
        given = xmltodict.parse(response.body)["CreateBucketConfiguration"] or {}
        tags = (given.get("Tags") or {}).get("Tag", [])
        for tag in tags if isinstance(tags, list) else [tags]:
            response.backend.put_bucket_tagging(bucket_name, {tag["Key"]: tag["Value"]})
    return answer


def _owned(response, request, full_url):
    """Refuse whoever expects another owner, or is another account."""
    from moto.s3.models import s3_backends

    name = response.parse_bucket_name_from_url(request, full_url)
    _, owner = s3_backends.bucket_accounts.get(name, ("", ""))
    expected = request.headers.get("x-amz-expected-bucket-owner", owner)
    if owner and (expected != owner or response.current_account != owner):
        return 403, {}, b""
    return _BUCKET(response, request, full_url)


_PUT_BUCKET = S3Response._bucket_response_put
_BUCKET = S3Response._bucket_response
_DELETE_CERTIFICATE = AWSCertificateManagerBackend.delete_certificate


@contextmanager
def amazon():
    """Run the server until the block ends; give its ``s3.S3Server``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AWSCertificateManagerBackend, "delete_certificate", _let_go)
        patch.setattr(S3Response, "_bucket_response_put", _tagging_put)
        patch.setattr(S3Response, "_bucket_response", _owned)
        paths = dict.fromkeys(urls.url_paths, StrictCloudFront.dispatch)
        for more in ("response-headers-policy", "response-headers-policy/(?P<id>[^/]+)",
                     "function/(?P<name>[^/]+)/publish"):  # fmt: skip
            paths[f"{{0}}/2020-05-31/{more}$"] = StrictCloudFront.dispatch
        patch.setattr(urls, "url_paths", paths)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        # every request for a certificate would make a key of its own
        patch.setattr(rsa, "generate_private_key", cache(rsa.generate_private_key))
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server.start()
        try:
            yield s3.S3Server(server.get_host_and_port()[1])
        finally:
            server.stop()


def forget_everything():
    """Make the account a fresh one."""
    for service in ("s3", "acm"):
        get_backend(service).reset()
    CLOUD.__init__()
