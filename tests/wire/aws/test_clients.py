"""How Amazon's control planes are called: lazily, with which key, trusting whom."""

import subprocess
import sys

import pytest

from fallback.core.config import Network, SecretRef
from fallback.core.errors import CredentialsRefused, Rejected, Unavailable
from fallback.wire.aws.clients import Login, log_in
from tests.fakes.config import small_config

AUTHORITY = b"-----BEGIN CERTIFICATE-----\nlab\n-----END CERTIFICATE-----\n"


@pytest.fixture(autouse=True)
def _nobodys_profile(monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def test_without_any_key_it_is_said_where_one_is_looked_for(tmp_path):
    account = log_in(Login("eu-central-1"), small_config(tmp_path))
    with (
        pytest.raises(CredentialsRefused) as caught,
        account.saying("AWS", "sts:GetCallerIdentity"),
    ):
        account.client("sts").get_caller_identity()
    assert "AWS_ACCESS_KEY_ID" in str(caught.value.next)


def test_a_secret_that_is_not_there_is_named_by_its_reference(tmp_path, monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    login = Login(access_key=SecretRef("env", "NO_SUCH_KEY"))
    with pytest.raises(CredentialsRefused, match="env:NO_SUCH_KEY"):
        log_in(login, small_config(tmp_path))


def test_a_laboratorys_authority_is_trusted_beside_the_usual_ones(tmp_path):
    (tmp_path / "lab.pem").write_bytes(AUTHORITY)
    network = Network(ca_file=tmp_path / "lab.pem")
    account = log_in(Login(), small_config(tmp_path, network=network))
    trusted = account.trusted.read_bytes()
    assert AUTHORITY in trusted
    assert trusted.count(b"BEGIN CERTIFICATE") > 10
    plain = log_in(Login(), small_config(tmp_path))
    assert plain.trusted is None


def test_secrets_are_not_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("A_SECRET", "a-very-secret-word")
    reference = SecretRef("env", "A_SECRET")
    login = Login(access_key=reference, secret_key=reference)
    account = log_in(login, small_config(tmp_path))
    account.client("sts")
    assert "a-very-secret-word" not in repr(account)


def test_a_bucket_with_a_distribution_loads_no_sdk_before_it_is_needed():
    code = (
        "import sys; from fallback.hosts.s3 import Settings;"
        " list(Settings('b', distribution='E1QXVPK0EXAMPLE').complaints());"
        " import fallback.hosts.setup.s3;"
        " sys.exit(bool({'boto3', 'botocore'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("code", "status", "error", "hint"),
    [
        ("AccessDenied", 403, CredentialsRefused, "acm:RequestCertificate on ACM"),
        ("InvalidClientTokenId", 403, CredentialsRefused, "knows no such key"),
        ("ExpiredToken", 400, CredentialsRefused, "renew"),
        ("SignatureDoesNotMatch", 403, CredentialsRefused, "does not belong"),
        ("RequestTimeTooSkewed", 403, Rejected, "set the clock"),
        ("Throttling", 400, Unavailable, "in a minute"),
        ("InternalError", 500, Unavailable, "in a minute"),
        ("TooManyDistributions", 400, Rejected, "mend what it says"),
    ],
)
def test_what_amazon_says_becomes_the_next_thing_to_do(
    tmp_path, code, status, error, hint
):
    from botocore.exceptions import ClientError

    answer = {
        "Error": {"Code": code, "Message": "their words"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    account = log_in(Login(), small_config(tmp_path))
    with (
        pytest.raises(error) as caught,
        account.saying("ACM", "acm:RequestCertificate"),
    ):
        raise ClientError(answer, "RequestCertificate")
    assert hint in str(caught.value.next)


def test_a_silent_control_plane_is_said_to_be_silent(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANOBODY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-nobody")
    closed = Login("eu-central-1", "http://127.0.0.1:9")
    account = log_in(closed, small_config(tmp_path))
    with pytest.raises(Unavailable, match="does not answer"), account.saying("AWS", ""):
        account.client("sts").get_caller_identity()
