"""What an S3 API said, in words: which key, which permission, what to do next."""

from datetime import timedelta

from fallback.core.errors import (
    CredentialsRefused,
    FallbackError,
    Rejected,
    Unavailable,
)
from fallback.core.text import T, Text
from fallback.wire.s3.api import BadSettings, NoKey, Place, Refusal
from fallback.wire.web.unanswered import NoAnswer

_STAYS = T("whatever was published there before")
_ELSEWHERE = frozenset(
    {
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
        "PermanentRedirect",
        "301",
    }
)
_KEY_IS_WRONG = frozenset(  # some of them come with status 400
    {"ExpiredToken", "InvalidToken", "TokenRefreshRequired", "InvalidAccessKeyId"}
)
_BUSY = frozenset({"SlowDown", "RequestTimeout", "InternalError", "TooManyRequests"})

SPOKEN = (Refusal, NoAnswer, NoKey, BadSettings)
"""Everything that a ``Client`` raises."""


def in_words(error: Exception, place: Place, permission: str) -> FallbackError:
    """Return what a ``Client`` raised as one of ours.

    *permission* is what the call needed
    (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
    """
    bucket = place.bucket
    if isinstance(error, Refusal):
        return _refusal(error, place, permission)
    if isinstance(error, NoKey):
        return CredentialsRefused(
            T("there is no key for {bucket}", bucket=bucket),
            customers_see=_STAYS,
            next=T("set {key}, or access_key and secret_key of this host",
                   key=_who(place)),
        )  # fmt: skip
    if isinstance(error, NoAnswer) and error.untrusted:
        return Unavailable(
            T("{bucket}: no safe connection ({why})", bucket=bucket, why=str(error)),
            customers_see=_STAYS,
            next=T("look at endpoint and network.ca_file in fallback.toml"),
        )
    if isinstance(error, NoAnswer):
        return Unavailable(
            T("{bucket} does not answer ({why})", bucket=bucket, why=str(error)),
            customers_see=_STAYS,
            next=T("deploy again in a minute"),
        )
    return Rejected(
        T("{bucket} cannot be used: {why}", bucket=bucket, why=str(error)),
        customers_see=_STAYS,
        next=T("look at this host's settings in fallback.toml"),
    )


def _who(place: Place) -> str:
    """Return how a person finds the key that is used."""
    if place.access_key is not None:
        return str(place.access_key)
    return "AWS_ACCESS_KEY_ID, or the AWS profile"


def _refusal(error: Refusal, place: Place, permission: str) -> FallbackError:
    bucket, code, status = place.bucket, error.code, error.status
    said = f"{status} {code}".strip()
    if code == "RequestTimeTooSkewed":
        return _wrong_clock(error, bucket)
    if code == "NoSuchBucket":
        return Rejected(
            T("there is no bucket {bucket}", bucket=bucket),
            customers_see=T("nothing of ours"),
            next=T("create the bucket, or correct bucket and endpoint of this host"),
        )
    if code in _ELSEWHERE or (300 <= status < 400):
        return Rejected(
            T("{bucket} is in another region ({said})", bucket=bucket, said=said),
            customers_see=_STAYS,
            next=T("set region of this host in fallback.toml: {region}",
                   region=error.region or "?"),
        )  # fmt: skip
    if code in _BUSY or status >= 500 or status == 429:
        return Unavailable(
            T("{bucket} is in trouble ({said})", bucket=bucket, said=said),
            customers_see=_STAYS,
            next=T("deploy again in a minute"),
        )
    if code in _KEY_IS_WRONG or status in (401, 403):
        return CredentialsRefused(
            T("{bucket} refuses our key ({said})", bucket=bucket, said=said),
            customers_see=_STAYS,
            next=_key_remedy(code, place, permission),
        )
    return Rejected(
        T("{bucket} refuses it: {said} {why}",
          bucket=bucket, said=said, why=error.message),
        customers_see=_STAYS,
        next=T("look at this host's settings in fallback.toml"),
    )  # fmt: skip


def _wrong_clock(error: Refusal, bucket: str) -> FallbackError:
    """Say how far the clock is off; servers refuse what is off by a quarter hour."""
    if error.dates is None:
        return Rejected(
            T("this machine's clock is wrong: {bucket} refuses it", bucket=bucket),
            customers_see=_STAYS,
            next=T("set the clock of this machine"),
        )
    server, ours = error.dates
    minutes = round(abs(ours - server) / timedelta(minutes=1))
    fast = ours > server
    what = T("your clock is {minutes} minutes fast: {bucket} refuses it",
             minutes=minutes, bucket=bucket)  # fmt: skip
    if not fast:
        what = T("your clock is {minutes} minutes slow: {bucket} refuses it",
                 minutes=minutes, bucket=bucket)  # fmt: skip
    return Rejected(
        what,
        customers_see=_STAYS,
        next=T("set the clock of this machine; the server's says {date}",
               date=f"{server:%Y-%m-%d %H:%M:%S} UTC"),
    )  # fmt: skip


def _key_remedy(code: str, place: Place, permission: str) -> Text:
    key, bucket = _who(place), place.bucket
    match code:
        case "InvalidAccessKeyId":
            return T("the server knows no such key: look at {key}", key=key)
        case "SignatureDoesNotMatch":
            secret = str(place.secret_key or "AWS_SECRET_ACCESS_KEY")
            return T(
                "the secret of {secret} does not belong to the key of {key}",
                secret=secret,
                key=key,
            )
        case "ExpiredToken" | "TokenRefreshRequired" | "InvalidToken":
            token = str(place.session_token or key)
            return T("the token has ended: renew what {key} refers to", key=token)
    needs = permission
    if permission == "s3:GetObject":  # without it, "not there" is refused too
        needs = "s3:GetObject, s3:ListBucket"
    if place.owner:
        return T(
            "see whether {bucket} still belongs to {owner}, and allow the key of"
            " {key}: {permission} on {bucket}",
            bucket=bucket,
            owner=place.owner,
            key=key,
            permission=needs,
        )
    return T(
        "allow the key of {key}: {permission} on {bucket}",
        key=key,
        permission=needs,
        bucket=bucket,
    )
