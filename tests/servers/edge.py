"""CloudFront in small: what a visitor gets, by the configuration and functions we make.

The functions run for real, in node. What CloudFront does around them follows its
developer guide: the first matching behaviour decides
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html),
a method it does not allow is 403, a response function does not run for 400 and more,
and an error that has a page of its own gets it.
"""

import fnmatch
import json
import subprocess
from pathlib import Path

from attrs import define

from fallback.wire.aws.cloudfront import request_code, response_code
from tests import need

_HARNESS = Path(__file__).with_suffix(".js")


def run(which, *events, workers=()):
    """Return what the function for *which* gives for each event."""
    code = request_code(workers) if which == "request" else response_code()
    done = subprocess.run(
        [need.program("node"), str(_HARNESS)],
        input=json.dumps({"code": code.decode(), "events": events}).encode(),
        capture_output=True,
        timeout=30,
        check=True,
    )
    return json.loads(done.stdout)


def headers(given):
    return {name: {"value": value} for name, value in given.items()}


@define
class Edge:
    """*objects* is path -> ``s3.api.Parcel``: what the bucket holds.

    *workers* are those that setup knew.
    """

    config: dict
    objects: dict
    workers: tuple = ()

    def ask(self, method, path, **sent):
        """Return (status, headers, body) as a visitor gets them."""
        uri = path.partition("?")[0]
        behavior = self._behavior(uri)
        if method not in behavior["AllowedMethods"]["Items"]:
            return 403, {}, b"edge: method not allowed"
        functions = {
            each["EventType"]: each["FunctionARN"]
            for each in behavior["FunctionAssociations"].get("Items", ())
        }
        request = {"method": method, "uri": uri, "headers": headers(sent)}
        if "viewer-request" in functions:
            event = {"request": request}
            (request,) = run(functions["viewer-request"], event, workers=self.workers)
            if "statusCode" in request:
                body = request["body"]["data"].encode()
                return request["statusCode"], _plain(request["headers"]), body
        return self._from_bucket(request, functions)

    def _behavior(self, uri):
        for each in self.config["CacheBehaviors"]["Items"]:
            if fnmatch.fnmatchcase(uri, each["PathPattern"]):
                return each
        return self.config["DefaultCacheBehavior"]

    def _from_bucket(self, request, functions):
        if request["method"] not in ("GET", "HEAD"):
            raise AssertionError("a writing method reached the bucket")
        uri = request["uri"]
        key = uri.removeprefix("/") or self.config["DefaultRootObject"]
        if key not in self.objects:
            return self._error(403)
        if {"range", "if-none-match"} & request["headers"].keys():
            return 304, {}, b""
        parcel = self.objects[key]
        said = {f"x-amz-meta-{name}": each for name, each in parcel.metadata.items()}
        response = {
            "statusCode": 200,
            "statusDescription": "OK",
            "headers": headers(
                {"content-type": parcel.content_type, "etag": '"1"', **said}
            ),
        }
        if "viewer-response" in functions:
            event = {"request": request, "response": response}
            (response,) = run(functions["viewer-response"], event)
        return response["statusCode"], _plain(response["headers"]), parcel.body

    def _error(self, code):
        for each in self.config["CustomErrorResponses"]["Items"]:
            page = each["ResponsePagePath"].removeprefix("/")
            if each["ErrorCode"] == code and page in self.objects:
                parcel = self.objects[page]
                kind = {"content-type": parcel.content_type}
                return int(each["ResponseCode"]), kind, parcel.body
        return code, {}, b"the origin's own words"


def _plain(given):
    return {name: each["value"] for name, each in given.items()}
