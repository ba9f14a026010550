"""What a CloudFront distribution in front of a bucket must be like, as a pure value.

Which request ends where, told by the address:

* ``/_fallback/*`` has a behaviour of its own without functions: the object itself, 200.
  Methods other than GET and HEAD get the edge's own 403.
* everything else goes through two functions (``cloudfront_request.js``,
  ``cloudfront_response.js``). The first leaves ``/robots.txt`` and workers (``*.js``,
  and those that setup knew) as they are and turns every other address into
  ``/index.html``; the second answers every HTML page with 503 and Retry-After, which is
  the end that the page announces and its object carries as metadata, else an hour. So
  ``/`` and any deep link are the page with 503, robots and workers are themselves with
  200. A method that is no reading gets 503 from the first function and never reaches
  the bucket; that function reads no object, so its Retry-After is always an hour.
* what the bucket does not have, S3 answers with 403, because nobody may list it; such
  an error, and every other one, becomes 503 with ``/index.html`` (custom error
  responses). Functions do not run for it, so it carries no Retry-After.

Why two functions: a response function is not run when the origin answered 400 or more
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html),
so the origin must say 200 first; a request function cannot give the page by itself, it
reads no object and holds 10 KB at most
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html).
It sees every header of the origin but those that CloudFront keeps for itself
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html#function-restrictions-headers),
and metadata are headers like any other
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html).
A response function may change the status, and one that names no body leaves it alone
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html#functions-event-structure-status-body).

Nothing is ever redirected: http stays http. There is no Strict-Transport-Security,
which would outlive the outage. Query strings are no part of what is cached, or a
mailing's tracking would make every visitor wait for the bucket.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

ORIGIN = "bucket"
OWN = "/_fallback/*"
_CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
"""Amazon's own cache policy: no query string, no cookie, what Cache-Control says
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html)."""
_ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
"""Every status that can have a page of its own
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-response-code.html)."""
_ERROR_KEPT = 10  # seconds: a first publish is seen at once
_READING = ("GET", "HEAD")
_ANYTHING = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")

Config = Mapping[str, Any]


@frozen
class Wanted:
    """What a distribution is made of; ARNs and ids are those of things that exist.

    Until there is a certificate nothing is said about names: those that a distribution
    answers for already stay.
    """

    comment: str
    domain: str
    folder: str
    access_control: str
    request_function: str
    response_function: str
    headers_policy: str
    names: Sequence[str] = ()
    certificate: str = ""

    def config(self) -> dict[str, Any]:
        """Return the part of ``DistributionConfig`` that we decide.

        Whole as far as it goes: an update takes no half behaviours or origins
        (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html).
        """
        return {
            **self._named(),
            "DefaultRootObject": "index.html",
            "Origins": _items([self._origin()]),
            "DefaultCacheBehavior": self._behavior(
                _ANYTHING,
                {
                    "viewer-request": self.request_function,
                    "viewer-response": self.response_function,
                },
            ),
            "CacheBehaviors": _items(
                [{"PathPattern": OWN, **self._behavior(_READING, {})}]
            ),
            "CustomErrorResponses": _items([_error(code) for code in _ERRORS]),
            "Comment": self.comment,
            "PriceClass": "PriceClass_All",  # a cheaper one is slower, not cheaper here
            "Enabled": True,
            "HttpVersion": "http2and3",
            "IsIPV6Enabled": True,
        }

    def _origin(self) -> dict[str, Any]:
        return {
            "Id": ORIGIN,
            "DomainName": self.domain,
            "OriginPath": self.folder,
            "CustomHeaders": _items(()),
            "S3OriginConfig": {"OriginAccessIdentity": ""},
            "ConnectionAttempts": 3,
            "ConnectionTimeout": 5,
            "OriginShield": {"Enabled": False},
            "OriginAccessControlId": self.access_control,
        }

    def _behavior(
        self, methods: Sequence[str], functions: Mapping[str, str]
    ) -> dict[str, Any]:
        return {
            "TargetOriginId": ORIGIN,
            "TrustedSigners": {"Enabled": False, **_items(())},
            "TrustedKeyGroups": {"Enabled": False, **_items(())},
            "ViewerProtocolPolicy": "allow-all",
            "AllowedMethods": {**_items(methods), "CachedMethods": _items(_READING)},
            "SmoothStreaming": False,
            "Compress": True,
            "LambdaFunctionAssociations": _items(()),
            "FunctionAssociations": _items(
                [
                    {"FunctionARN": arn, "EventType": event}
                    for event, arn in functions.items()
                ]
            ),
            "FieldLevelEncryptionId": "",
            "CachePolicyId": _CACHING_OPTIMIZED,
            "ResponseHeadersPolicyId": self.headers_policy,
        }

    def _named(self) -> dict[str, Any]:
        if not self.certificate:
            return {}
        certificate = {
            "CloudFrontDefaultCertificate": False,
            "ACMCertificateArn": self.certificate,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        }
        return {"Aliases": _items(self.names), "ViewerCertificate": certificate}


def headers_policy(name: str, comment: str) -> dict[str, Any]:
    """Return the ``ResponseHeadersPolicyConfig``: what comes with every answer.

    The page carries its own policy of what it may load; only what a ``<meta>`` cannot
    say is said here. Open pages ask the status address, which is another origin.
    """
    return {
        "Name": name,
        "Comment": comment,
        "CorsConfig": {
            "AccessControlAllowOrigins": _items(["*"]),
            "AccessControlAllowHeaders": _items(["*"]),
            "AccessControlAllowMethods": _items(_READING),
            "AccessControlAllowCredentials": False,
            "OriginOverride": True,
        },
        "SecurityHeadersConfig": {
            "FrameOptions": {"Override": True, "FrameOption": "DENY"},
            "ReferrerPolicy": {"Override": True, "ReferrerPolicy": "no-referrer"},
            "ContentSecurityPolicy": {
                "Override": True,
                "ContentSecurityPolicy": "frame-ancestors 'none'",
            },
            "ContentTypeOptions": {"Override": True},
        },
        "CustomHeadersConfig": _items(
            [{"Header": "Service-Worker-Allowed", "Value": "/", "Override": True}]
        ),
    }


def _error(code: int) -> dict[str, Any]:
    return {
        "ErrorCode": code,
        "ResponsePagePath": "/index.html",
        "ResponseCode": "503",
        "ErrorCachingMinTTL": _ERROR_KEPT,
    }


def _items(found: Sequence[Any]) -> dict[str, Any]:
    """Return a list as CloudFront has it; an empty one has no ``Items``."""
    return {"Quantity": len(found), **({"Items": list(found)} if found else {})}


def covers(there: Any, wanted: Any) -> bool:
    """Return whether *there* says all that *wanted* says, whatever it says beside it.

    CloudFront fills defaults in, gives lists in an order of its own, and leaves empty
    texts out of its answers.
    """
    if isinstance(wanted, Mapping):
        held = there if isinstance(there, Mapping) else {}
        return all(covers(held.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        held_items = there if isinstance(there, list) else []
        return len(held_items) == len(wanted) and all(
            any(covers(each, one) for each in held_items) for one in wanted
        )
    return bool(there == wanted or (wanted in ("", False) and there is None))


def brought_to(there: Config, wanted: Config) -> dict[str, Any]:
    """Return *there* with what *wanted* decides; the rest stays, as an update asks."""
    return {**there, **wanted}
