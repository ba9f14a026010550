"""What an S3 API said, in words: which key, which permission, what to do next."""

from typing import Any

from fallback.core.errors import (
    CredentialsRefused,
    FallbackError,
    Rejected,
    Unavailable,
)
from fallback.core.text import T, Text

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


def in_words(error: Exception, bucket: str, key: str, permission: str) -> FallbackError:
    """Return *error* of boto3 as one of ours.

    *key* says where the access key in use comes from, *permission* what the call needed
    (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
    """
    from botocore.exceptions import (
        ClientError,
        ConnectionError,  # noqa: A004 - botocore's name for it
        HTTPClientError,
        IncompleteReadError,
        NoCredentialsError,
        PartialCredentialsError,
        SSLError,
    )

    if isinstance(error, ClientError):
        return _refusal(error, bucket, key, permission)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return CredentialsRefused(
            T("there is no key for {bucket}", bucket=bucket),
            customers_see=_STAYS,
            next=T("set {key}, or access_key and secret_key of this host", key=key),
        )
    if isinstance(error, SSLError):
        return Unavailable(
            T("{bucket}: no safe connection ({why})", bucket=bucket, why=str(error)),
            customers_see=_STAYS,
            next=T("look at endpoint and network.ca_file in fallback.toml"),
        )
    if isinstance(error, HTTPClientError | ConnectionError | IncompleteReadError):
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


def _refusal(error: Any, bucket: str, key: str, permission: str) -> FallbackError:
    about, meta = error.response.get("Error", {}), error.response["ResponseMetadata"]
    code, status = str(about.get("Code", "")), int(meta.get("HTTPStatusCode", 0))
    said = f"{status} {code}"
    if code == "RequestTimeTooSkewed":
        server = meta.get("HTTPHeaders", {}).get("date", "")
        return Rejected(
            T("this machine's clock is wrong: {bucket} refuses it", bucket=bucket),
            customers_see=_STAYS,
            next=T("set the clock of this machine; the server's says {date}",
                   date=server),
        )  # fmt: skip
    if code == "NoSuchBucket":
        return Rejected(
            T("there is no bucket {bucket}", bucket=bucket),
            customers_see=T("nothing of ours"),
            next=T("create the bucket, or correct bucket and endpoint of this host"),
        )
    if code in _ELSEWHERE:
        region = meta.get("HTTPHeaders", {}).get("x-amz-bucket-region")
        return Rejected(
            T("{bucket} is in another region ({said})", bucket=bucket, said=said),
            customers_see=_STAYS,
            next=T("set region of this host in fallback.toml: {region}",
                   region=about.get("Region") or region or "?"),
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
            next=_key_remedy(code, bucket, key, permission),
        )
    return Rejected(
        T("{bucket} refuses it: {said} {why}",
          bucket=bucket, said=said, why=str(about.get("Message", ""))),
        customers_see=_STAYS,
        next=T("look at this host's settings in fallback.toml"),
    )  # fmt: skip


def _key_remedy(code: str, bucket: str, key: str, permission: str) -> Text:
    match code:
        case "InvalidAccessKeyId":
            return T("the server knows no such key: look at {key}", key=key)
        case "SignatureDoesNotMatch":
            return T("the secret does not belong to the key of {key}", key=key)
        case "ExpiredToken" | "TokenRefreshRequired" | "InvalidToken":
            return T("the token has ended: renew what {key} refers to", key=key)
        case _:
            needs = permission
            if permission == "s3:GetObject":  # without it, "not there" is refused too
                needs = "s3:GetObject, s3:ListBucket"
            return T(
                "allow the key of {key}: {permission} on {bucket}",
                key=key,
                permission=needs,
                bucket=bucket,
            )
