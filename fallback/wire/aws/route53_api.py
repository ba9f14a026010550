"""Route 53's door: a read is tried three times, a write is sent once.

Every call ends in the time that the caller has left, whatever drips from over there.
What became of a write whose answer is lost can only be read.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NoReturn

from attrs import frozen

from fallback.core.check.least_privilege import route53_policy
from fallback.core.errors import (
    Conflict,
    CredentialsRefused,
    FallbackError,
    Unavailable,
    Unknown,
)
from fallback.core.text import T, Text
from fallback.wire import deadline, parallel
from fallback.wire.aws.clients import Aws
from fallback.wire.aws.errors import in_words

_ANSWER = timedelta(seconds=20)
_EVERYWHERE = timedelta(seconds=30)
_AGAIN = timedelta(seconds=1)
_STAYS = T("no change: nothing was written")
_LOOK = T("run the same command again: it looks before it acts")
_SOMEBODY_ELSE = re.compile(r"it already exists|it was not found|do not match")


@frozen
class Place:
    """The hosted zone that is looked at, and for which names, as Route 53 has them."""

    id: str
    zone: str
    names: tuple[str, ...]


@frozen
class Door:
    """Route 53, for one account."""

    aws: Aws

    def ask(
        self, place: Place, operation: str, expects: str, **about: str
    ) -> Mapping[str, Any]:
        """Return the answer to one read, in which *expects* is sure to stand.

        Raises ``Unavailable``, ``Rejected`` or ``CredentialsRefused``.
        """
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        client = self.aws.client("route53")
        call = getattr(client, operation)
        try:
            answer: Mapping[str, Any] = parallel.bounded(
                lambda: call(**about), deadline.left(_ANSWER)
            )
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            permission = f"route53:{operation.title().replace('_', '')}"
            raise self._said(error, place, permission) from error
        except TimeoutError as error:
            raise _silent(str(error)) from error
        if expects not in answer:
            raise _silent(f"no {expects} in its answer")
        return answer

    def send(self, place: Place, note: str, batch: Sequence[Mapping[str, Any]]) -> str:
        """Send the *batch* of changes once, and return the change's id.

        Raises ``Conflict`` when Route 53 finds the zone other than the batch says,
        ``Rejected`` when it can never be carried out, ``Unavailable`` when nothing was
        sent or Route 53 is busy, ``CredentialsRefused``, or ``Unknown``.
        """
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            HTTPClientError,
            SSLError,
        )
        from botocore.parsers import ResponseParserError

        client = self.aws.client("route53", tries=1)
        within = deadline.left(_ANSWER)
        if not within:
            raise _silent("no time is left to ask it")
        changes = {"Comment": note, "Changes": list(batch)}
        try:
            answer = parallel.bounded(
                lambda: client.change_resource_record_sets(
                    HostedZoneId=place.id, ChangeBatch=changes
                ),
                within,
            )
            return str(answer["ChangeInfo"]["Id"])
        except ClientError as error:
            self._raise_refusal(error, place)
        except (HTTPClientError, SSLError, ResponseParserError) as error:
            raise _lost(str(error)) from error
        except (TimeoutError, KeyError) as error:
            raise _lost(str(error) or type(error).__name__) from error
        except BotoCoreError as error:  # no key, no connection: nothing was sent
            permission = "route53:ChangeResourceRecordSets"
            raise self._said(error, place, permission) from error

    def _raise_refusal(self, error: Any, place: Place) -> NoReturn:
        """Raise what the answer to a write means.

        Throttling and a change that is still under way are said with 400: nothing was
        done. A server's own failure says nothing about the batch.
        """
        status = int(error.response["ResponseMetadata"].get("HTTPStatusCode", 0))
        about = error.response.get("Error", {})
        if status >= 500:
            raise _lost(f"{status} {about.get('Code', '')}") from error
        why = " ".join(
            [str(about.get("Message", "")), *error.response.get("messages", ())]
        )
        if about.get("Code") == "InvalidChangeBatch" and _SOMEBODY_ELSE.search(why):
            raise Conflict(
                T(
                    "somebody else has changed the zone {zone} in the same moment"
                    " ({said})",
                    zone=place.zone,
                    said=why,
                ),
                customers_see=_STAYS,
                next=_LOOK,
            ) from error
        raise self._said(error, place, "route53:ChangeResourceRecordSets") from error

    def late(self, place: Place, number: str) -> Text | None:
        """Wait until the change is everywhere; return what to say when it is not."""
        end = time.monotonic() + deadline.left(_EVERYWHERE).total_seconds()
        while True:
            try:
                answer = self.ask(place, "get_change", "ChangeInfo", Id=number)
            except FallbackError as error:
                return T(
                    "Route 53 has taken the change; whether all of its servers have it"
                    " cannot be asked: {why}",
                    why=error.what,
                )
            if answer["ChangeInfo"].get("Status") == "INSYNC":
                return None
            if time.monotonic() + _AGAIN.total_seconds() > end:
                return T(
                    "Route 53 has taken the change, and is still bringing it to its"
                    " servers"
                )
            time.sleep(_AGAIN.total_seconds())

    def _said(self, error: Exception, place: Place, permission: str) -> FallbackError:
        """Return *error* in words; a refused right comes with the policy to give."""
        key = self.aws.login.key()
        said = in_words(error, "Route 53", key, permission, _STAYS)
        code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
        if isinstance(said, CredentialsRefused) and "AccessDenied" in str(code):
            policy = route53_policy(place.zone, place.names, place.id)
            said.next = T(
                "the right {permission} is missing; give the user of {key} this"
                " policy:\n{policy}",
                permission=permission,
                key=key,
                policy=json.dumps(policy, indent=2),
            )
        return said


def _silent(why: str) -> Unavailable:
    return Unavailable(
        T("Route 53 does not answer ({why})", why=why),
        customers_see=_STAYS,
        next=T("run the same command again in a minute"),
    )


def _lost(said: str) -> Unknown:
    return Unknown(
        T("Route 53 took the change and gave no usable answer ({said})", said=said),
        customers_see=T("either the records before or those after the change"),
        next=_LOOK,
    )
