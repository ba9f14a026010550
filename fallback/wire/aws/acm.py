"""A certificate of Amazon's for the shop's own names, before DNS points anywhere.

It is issued once a record of each name proves whose it is, and renewed without anybody
as long as that record stays (https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html).
CloudFront takes certificates of us-east-1 only. Tried against moto only.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from attrs import frozen

from fallback.core.hosts.provision import Outcome
from fallback.core.text import T, Text
from fallback.wire.aws.clients import HOME, Aws

TAG = "fallback"
_ALIVE = ("PENDING_VALIDATION", "ISSUED")
_RECORDS_COME = timedelta(seconds=10)
_PAUSE = timedelta(seconds=2)


@frozen
class Certificate:
    """One certificate. ``records`` prove the names: (name, value) of a CNAME each."""

    arn: str
    issued: bool
    records: tuple[tuple[str, str], ...]

    def todo(self) -> Iterator[Text]:
        """Yield what a person still has to do for it."""
        if self.issued:
            return
        for name, value in self.records:
            yield T(
                "add this record where your DNS is kept, and leave it there:"
                " {name} CNAME {value}",
                name=name,
                value=value,
            )
        yield T("the certificate is issued some minutes after these records are there")


@frozen
class Certificates:
    """The certificates that are tagged for one place."""

    aws: Aws
    place: str

    @property
    def _client(self) -> Any:
        return self.aws.client("acm", HOME)

    def _saying(self, permission: str) -> Any:
        return self.aws.saying("AWS Certificate Manager", f"acm:{permission}")

    def made(self, names: Sequence[str]) -> tuple[Certificate, Outcome]:
        """Return the certificate for exactly *names*, requested when there is none.

        The token is for a request that is sent again on its way; one whose answer was
        lost is found by its tag the next time.
        """
        for about in self._tagged():
            same = set(about.get("SubjectAlternativeNames", ())) == set(names)
            if same and about["Status"] in _ALIVE:
                return self._with_records(about["CertificateArn"]), Outcome.FOUND
        others = {"SubjectAlternativeNames": list(names[1:])} if names[1:] else {}
        with self._saying("RequestCertificate"):
            made = self._client.request_certificate(
                DomainName=names[0],
                ValidationMethod="DNS",
                IdempotencyToken=uuid4().hex,
                Tags=[{"Key": TAG, "Value": self.place}],
                **others,
            )
        return self._with_records(made["CertificateArn"]), Outcome.MADE

    def removed(self) -> tuple[Outcome, bool]:
        """Take away every one that is ours; return whether one is in use still.

        A distribution that was deleted holds its certificate for a while.
        """
        found = list(self._tagged())
        busy = False
        for about in found:
            with (
                self._saying("DeleteCertificate"),
                self.aws.unless("ResourceInUseException") as said,
            ):
                self._client.delete_certificate(CertificateArn=about["CertificateArn"])
            busy = busy or bool(said)
        return Outcome.REMOVED if found and not busy else Outcome.ABSENT, busy

    def _tagged(self) -> Iterator[Mapping[str, Any]]:
        with self._saying("ListCertificates"):
            pages = list(self._client.get_paginator("list_certificates").paginate())
        for page in pages:
            for each in page["CertificateSummaryList"]:
                arn = each["CertificateArn"]
                with self._saying("ListTagsForCertificate"):
                    tags = self._client.list_tags_for_certificate(CertificateArn=arn)
                if {"Key": TAG, "Value": self.place} in tags.get("Tags", ()):
                    yield self._described(arn)

    def _described(self, arn: str) -> Mapping[str, Any]:
        with self._saying("DescribeCertificate"):
            about = self._client.describe_certificate(CertificateArn=arn)
        certificate: Mapping[str, Any] = about["Certificate"]
        return certificate

    def _with_records(self, arn: str) -> Certificate:
        """Return it with the records to add, which take some seconds to be known."""
        until = time.monotonic() + _RECORDS_COME.total_seconds()
        while True:
            about = self._described(arn)
            options = about.get("DomainValidationOptions", ())
            records = {
                option["ResourceRecord"]["Name"]: option["ResourceRecord"]["Value"]
                for option in options
                if "ResourceRecord" in option
            }
            known = options and all("ResourceRecord" in each for each in options)
            issued = about["Status"] == "ISSUED"
            if known or issued or time.monotonic() > until:
                return Certificate(arn, issued, tuple(sorted(records.items())))
            time.sleep(_PAUSE.total_seconds())
