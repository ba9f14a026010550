"""What a control plane of Amazon's said, in words: which key, which permission."""

from typing import Any

from fallback.core.errors import (
    CredentialsRefused,
    FallbackError,
    Rejected,
    Unavailable,
)
from fallback.core.text import T, Text

_STAYS = T("whatever was published there before")
_AGAIN = T("run the same command again in a minute")
_TOKEN_ENDED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN_KEY = frozenset({"InvalidAccessKeyId", "InvalidClientTokenId"})
_WRONG_SECRET = frozenset({"SignatureDoesNotMatch", "InvalidSignatureException"})
_WRONG_CLOCK = frozenset({"RequestTimeTooSkewed"})
_BUSY = frozenset(
    {"SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException",
     "OperationAborted", "ServiceUnavailable", "PriorRequestNotComplete"}
)  # fmt: skip


def in_words(
    error: Exception, subject: str, key: str, permission: str, stays: Text = _STAYS
) -> FallbackError:
    """Return *error* of boto3 as one of ours, about *subject*.

    *key* says where the key in use comes from, *permission* what the call needed,
    *stays* what customers see now
    (https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html).
    """
    said = _said(error, subject, key, permission)
    said.customers_see = stays
    return said


def _said(error: Exception, subject: str, key: str, permission: str) -> FallbackError:
    from botocore.exceptions import (
        ClientError,
        ConnectionError,  # noqa: A004 - botocore's name for it
        HTTPClientError,
        NoCredentialsError,
        PartialCredentialsError,
    )
    from botocore.parsers import ResponseParserError

    if isinstance(error, ClientError):
        return _refusal(error, subject, key, permission)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return CredentialsRefused(
            T("there is no key for {subject}", subject=subject),
            next=T("set {key}, or access_key and secret_key in its table", key=key),
        )
    if isinstance(error, HTTPClientError | ConnectionError | ResponseParserError):
        # TLS errors among them, and what somebody between us and it answers
        return Unavailable(
            T("{subject} does not answer ({why})", subject=subject, why=str(error)),
            next=_AGAIN,
        )
    return Rejected(
        T("{subject} cannot be used: {why}", subject=subject, why=str(error)),
        next=T("look at its settings in fallback.toml"),
    )


def _refusal(error: Any, subject: str, key: str, permission: str) -> FallbackError:
    about, meta = error.response.get("Error", {}), error.response["ResponseMetadata"]
    code, status = str(about.get("Code", "")), int(meta.get("HTTPStatusCode", 0))
    said = f"{status} {code}"
    if code in _WRONG_CLOCK:
        return Rejected(
            T("this machine's clock is wrong: {subject} refuses it", subject=subject),
            next=T("set the clock of this machine"),
        )
    if code in _BUSY or status >= 500 or status == 429:
        return Unavailable(
            T("{subject} is in trouble ({said})", subject=subject, said=said),
            next=_AGAIN,
        )
    if status in (401, 403) or code in _TOKEN_ENDED | _UNKNOWN_KEY | _WRONG_SECRET:
        return CredentialsRefused(
            T("{subject} refuses our key ({said})", subject=subject, said=said),
            next=_key_remedy(code, subject, key, permission),
        )
    return Rejected(
        T("{subject} refuses it: {said} {why}",
          subject=subject, said=said, why=str(about.get("Message", ""))),
        next=T("mend what it says there, then run the same command again"),
    )  # fmt: skip


def _key_remedy(code: str, subject: str, key: str, permission: str) -> Text:
    if code in _UNKNOWN_KEY:
        return T("the server knows no such key: look at {key}", key=key)
    if code in _WRONG_SECRET:
        return T("the secret does not belong to the key of {key}", key=key)
    if code in _TOKEN_ENDED:
        return T("the token has ended: renew what {key} refers to", key=key)
    return T(
        "allow the key of {key}: {permission} on {subject}",
        key=key,
        permission=permission,
        subject=subject,
    )
