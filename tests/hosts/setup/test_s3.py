"""A bucket set up with CloudFront in front of it, or as a website, and taken away.

Against moto and a strict CloudFront of our own (``tests.servers.aws``): never against
Amazon itself.
"""

import json
from datetime import timedelta

import pytest
from attrs import define, evolve, field

from fallback.core.config import HostTable, Network, SecretRef
from fallback.core.errors import CredentialsRefused, Refused, Rejected, Unavailable
from fallback.core.hosts.provision import Outcome
from fallback.core.model import MANIFEST
from fallback.hosts import s3
from fallback.hosts.setup.s3 import connect
from tests.contracts.provisioner import NAMES, ProvisionerContract, settled
from tests.fakes.config import small_config
from tests.fakes.host import KilledError
from tests.fakes.site import small_site
from tests.servers import aws
from tests.servers.s3 import KEY

BUCKET = "kwiaty-fallback"
_READS = ("Get", "List", "Head", "Describe")


def settings(server, **more):
    return s3.Settings(
        **{
            "bucket": BUCKET,
            "region": "eu-central-1",
            "endpoint": server.endpoint,
            "website": False,
            "access_key": SecretRef("env", "TEST_S3_KEY"),
            "secret_key": SecretRef("env", "TEST_S3_SECRET"),
            **more,
        }
    )


def provisioner(server, root, network=None, **more):
    config = small_config(root, network=network or Network(canaries=()))
    made = connect(HostTable("s3", "s3", settings(server, **more)), config)
    return evolve(made, patience=timedelta(0))


@define
class Account:
    """Counts and kills at boto3's own door; see ``tests.contracts.provisioner``."""

    server: object
    root: object
    more: dict
    network: object = None
    log: list = field(factory=list)
    left: int | None = None
    known: object = None

    def provisioner(self):
        return self.dying_after(None)

    def dying_after(self, changes):
        self.left = changes
        if self.known is None:  # making clients takes longer than most runs
            self.known = provisioner(self.server, self.root, self.network, **self.more)
            for service in ("s3", "sts", "acm", "cloudfront"):
                home = "us-east-1" if service in ("acm", "cloudfront") else ""
                events = self.known.aws.client(service, home).meta.events
                events.register(f"provide-client-params.{service}", self.count)
        return self.known

    def count(self, params, model, **_):
        if model.name.startswith(_READS):
            return
        if self.left == 0:
            raise KilledError
        if self.left is not None:
            self.left -= 1
        self.log.append(model.name)

    def changes(self):
        done, self.log[:] = list(self.log), []
        return done

    def pass_time(self):
        aws.CLOUD.roll_out()
        aws.issue_certificates()

    def leave_things_of_others(self):
        client = self.server.client()
        client.create_bucket(Bucket="somebody-elses")
        client.put_object(Bucket="somebody-elses", Key="index.html", Body=b"1")
        aws.CLOUD.functions["theirs"] = {
            "name": "theirs", "arn": "arn:theirs", "live": b"x", "code": b"x",
            "config": {"Comment": "", "Runtime": "cloudfront-js-2.0"}, "ETag": "E1",
        }  # fmt: skip

    def things(self):
        cloud = aws.CLOUD
        yield from (f"bucket {each['Name']}" for each in buckets(self.server))
        for each in cloud.distributions.values():
            names = each["DistributionConfig"]["Aliases"].get("Items", ())
            enabled = each["DistributionConfig"]["Enabled"]
            yield f"distribution {enabled} {sorted(names)}"
        yield from (f"control {each['Name']}" for each in cloud.controls.values())
        yield from (
            f"policy {each['Config']['Name']}" for each in cloud.policies.values()
        )
        for each in cloud.functions.values():
            yield f"function {each['name']} {each['live'] == each['code']}"
        yield from (f"certificate {c.sans}" for c in aws._certificates().values())
        for each in buckets(self.server):
            policy = policy_of(self.server, each["Name"])
            yield f"readers {each['Name']} {[s['Principal'] for s in policy]}"


def buckets(server):
    return server.client().list_buckets()["Buckets"]


def policy_of(server, bucket=BUCKET):
    client = server.client()
    try:
        return json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])[
            "Statement"
        ]
    except client.exceptions.ClientError:
        return []


@pytest.fixture
def cloud(account, tmp_path, cloudfront_net):
    return Account(account, tmp_path, {}, cloudfront_net)


class TestBehindCloudFront(ProvisionerContract):
    kind = "s3"
    share = 0.15

    @pytest.fixture
    def vendor(self, cloud):
        return cloud


@pytest.mark.torture
class TestBehindCloudFrontWhereverItIsKilled(TestBehindCloudFront):
    share = 1.0


class TestWebsite(ProvisionerContract):
    """At another operator's, by ``endpoint``."""

    kind = "s3"

    @pytest.fixture
    def vendor(self, account, tmp_path):
        return Account(account, tmp_path, {"website": None, "region": ""})


class TestAmazonsWebsite(ProvisionerContract):
    kind = "s3"

    @pytest.fixture
    def vendor(self, website):
        return website


@pytest.fixture
def website(account, tmp_path, monkeypatch):
    """Return a website at Amazon's own door, which is moto's here."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint)
    return Account(account, tmp_path, {"website": True, "endpoint": ""})


def test_another_operators_website_is_where_its_addresses_and_the_status_address_are(
    account, tmp_path, cloudfront_net
):
    """By a name of the operator's, of the bucket below it, or of the owner's."""
    there = settings(account, website=None, endpoint="https://s3.cloudfront.net:8443")
    config = small_config(tmp_path, network=cloudfront_net)
    table = HostTable("s3", "s3", there, url="http://status.cloudfront.net/page")
    assert set(connect(table, config).pointing_here()) == {
        "s3.cloudfront.net",
        f"{BUCKET}.s3.cloudfront.net",
        "status.cloudfront.net",
        "192.0.2.44",
    }


def test_the_line_distribution_is_asked_for_until_it_is_written_down(cloud):
    first = cloud.provisioner().setup(NAMES)
    (asked,) = (str(todo) for todo in first.by_hand if "line distribution" in str(todo))
    assert "half a minute" in asked
    (there,) = aws.CLOUD.distributions.values()
    written = provisioner(cloud.server, cloud.root, distribution=there["Id"])
    again = [str(todo) for todo in written.setup(NAMES).by_hand]
    assert not any("line distribution" in todo for todo in again)


def test_workers_of_any_name_are_written_into_the_function_and_kept_up_to_date(cloud):
    settled(cloud, "setup")
    known = evolve(cloud.provisioner(), workers=("/sw.js", "/push/worker"))
    steps = {str(s.what): s.outcome for s in known.setup(NAMES).steps}
    assert steps["functions that answer 503"] is Outcome.MADE
    (asks,) = (f for name, f in aws.CLOUD.functions.items() if name.endswith("request"))
    assert b'["/push/worker"]' in asks["live"]
    steps = {str(s.what): s.outcome for s in known.setup(NAMES).steps}
    assert steps["functions that answer 503"] is Outcome.FOUND


def distribution():
    (there,) = aws.CLOUD.distributions.values()
    return there["DistributionConfig"]


def test_only_this_distribution_may_read_the_bucket(cloud):
    settled(cloud, "setup")
    (statement,) = policy_of(cloud.server)
    (there,) = aws.CLOUD.distributions.values()
    assert statement == {
        "Sid": "fallback",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": there["ARN"]}},
    }
    client = cloud.server.client()
    guard = client.get_public_access_block(Bucket=BUCKET)
    assert set(guard["PublicAccessBlockConfiguration"].values()) == {True}
    owner = client.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]
    assert owner["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_a_website_can_be_read_and_nothing_more(website):
    done = settled(website, "setup")
    (statement,) = policy_of(website.server)
    assert (statement["Principal"], statement["Action"]) == ("*", "s3:GetObject")
    assert statement["Resource"] == f"arn:aws:s3:::{BUCKET}/*"
    guard = website.server.client().get_public_access_block(Bucket=BUCKET)
    assert guard["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }
    host = f"{BUCKET}.s3-website.eu-central-1.amazonaws.com"
    assert done.settings == {"url": f"http://{host}"}
    assert set(website.provisioner().pointing_here()) == {
        host,
        f"{BUCKET}.s3-website-eu-central-1.amazonaws.com",
    }


def test_without_another_operators_address_it_is_cloudfront(website):
    website.more["website"] = None
    settled(website, "setup")
    assert distribution()["Enabled"]


def test_ones_own_bucket_at_amazons_stays_even_when_it_is_empty(website):
    """Setup would have made it with a tag, so it was somebody else."""
    website.more["website"] = None
    website.server.make_bucket(BUCKET)
    settled(website, "setup")
    settled(website, "teardown")
    assert [each["Name"] for each in buckets(website.server)] == [BUCKET]


def test_the_certificate_is_attached_once_it_is_issued_and_the_record_is_said(cloud):
    first = cloud.provisioner().setup(NAMES)
    said = [str(todo) for todo in first.by_hand]
    for name in NAMES:
        assert any(f".{name}. CNAME " in each for each in said)
    assert distribution()["Aliases"] == {"Quantity": 0}
    cloud.pass_time()
    cloud.provisioner().setup(NAMES)
    config = distribution()
    assert set(config["Aliases"]["Items"]) == set(NAMES)
    assert config["ViewerCertificate"]["SSLSupportMethod"] == "sni-only"
    cloud.pass_time()
    (there,) = aws.CLOUD.distributions.values()
    written = provisioner(cloud.server, cloud.root, distribution=there["Id"])
    assert written.setup(NAMES).by_hand == ()


def test_another_name_later_takes_nothing_from_the_names_that_work(cloud):
    settled(cloud, "setup")
    more = (*NAMES, "shop.kwiaty.example")
    waiting = cloud.provisioner().setup(more)
    assert waiting.by_hand
    assert set(distribution()["Aliases"]["Items"]) == set(NAMES)
    cloud.pass_time()
    cloud.provisioner().setup(more)
    assert set(distribution()["Aliases"]["Items"]) == set(more)


def test_dns_points_here_by_the_distributions_name_its_address_or_the_website(cloud):
    settled(cloud, "setup")
    (there,) = aws.CLOUD.distributions.values()
    assert set(cloud.provisioner().pointing_here()) == {
        there["DomainName"],
        "192.0.2.44",
        f"{BUCKET}.s3-website.eu-central-1.amazonaws.com",
        f"{BUCKET}.s3-website-eu-central-1.amazonaws.com",
    }


def test_a_certificate_that_was_never_validated_is_asked_for_again(cloud):
    cloud.provisioner().setup(NAMES)
    (first,) = aws._certificates().values()
    first.status = "VALIDATION_TIMED_OUT"
    assert cloud.provisioner().setup(NAMES).by_hand
    assert len(aws._certificates()) == 2
    settled(cloud, "teardown")
    assert not aws._certificates()


def test_other_operators_have_no_cloudfront_and_get_a_website(account, tmp_path):
    vendor = Account(account, tmp_path, {"website": None, "region": ""})
    settled(vendor, "setup")
    assert account.client().get_bucket_website(Bucket=BUCKET)["IndexDocument"]
    assert not aws.CLOUD.distributions


def test_a_website_below_a_prefix_is_refused_before_anything_is_made(account, tmp_path):
    """Every link on the page begins at the top of its host."""
    vendor = Account(account, tmp_path, {"website": None, "prefix": "page"})
    with pytest.raises(Refused, match="only at its top") as caught:
        settled(vendor, "setup")
    assert "prefix" in str(caught.value.next)
    assert account.client().list_buckets()["Buckets"] == []


def test_the_printed_settings_are_those_of_the_distribution(cloud):
    said = settled(cloud, "setup").settings
    (there,) = aws.CLOUD.distributions.values()
    assert said == {
        "url": f"https://{there['DomainName']}",
        "distribution": there["Id"],
    }
    again = provisioner(cloud.server, cloud.root, distribution=there["Id"])
    assert outcomes(again.setup(NAMES)) == {Outcome.FOUND}


def test_the_printed_policy_allows_publishing_and_nothing_else(cloud):
    policy = json.loads(settled(cloud, "setup").policy)
    allowed = {
        action: each["Resource"]
        for each in policy["Statement"]
        for action in each["Action"]
    }
    (there,) = aws.CLOUD.distributions.values()
    assert allowed == {
        "s3:ListBucket": f"arn:aws:s3:::{BUCKET}",
        "s3:GetBucketLocation": f"arn:aws:s3:::{BUCKET}",
        "s3:GetObject": f"arn:aws:s3:::{BUCKET}/*",
        "s3:PutObject": f"arn:aws:s3:::{BUCKET}/*",
        "s3:DeleteObject": f"arn:aws:s3:::{BUCKET}/*",
        "cloudfront:CreateInvalidation": there["ARN"],
    }


def test_what_somebody_changed_by_hand_is_brought_back(cloud):
    settled(cloud, "setup")
    distribution()["Enabled"] = False
    distribution()["PriceClass"] = "PriceClass_100"
    for function in aws.CLOUD.functions.values():
        function["code"] = b"function handler(event) { return event.request; }"
    again = cloud.provisioner().setup(NAMES)
    assert Outcome.MADE in outcomes(again)
    assert distribution()["Enabled"] is True
    assert distribution()["PriceClass"] == "PriceClass_All"
    assert all(f["code"] == f["live"] for f in aws.CLOUD.functions.values())


def test_what_we_do_not_decide_about_a_distribution_stays(cloud):
    settled(cloud, "setup")
    distribution()["WebACLId"] = "their-firewall"
    distribution()["HttpVersion"] = "http1.1"
    cloud.provisioner().setup(NAMES)
    assert distribution()["WebACLId"] == "their-firewall"
    assert distribution()["HttpVersion"] == "http2and3"


def test_a_bucket_of_another_account_is_refused_and_nothing_is_made(cloud):
    from moto.s3.models import s3_backends

    s3_backends["999999999999"]["aws"].create_bucket(BUCKET, "eu-central-1")
    with pytest.raises(Refused, match="somebody else"):
        cloud.provisioner().setup(NAMES)
    assert cloud.changes() == []


def test_a_distribution_that_setup_did_not_make_is_left_alone(cloud):
    settled(cloud, "setup")
    (there,) = aws.CLOUD.distributions.values()
    there["tags"] = []
    mine = {"distribution": there["Id"]}
    theirs = provisioner(cloud.server, cloud.root, **mine)
    before = json.dumps(there["DistributionConfig"])
    for verb in (lambda: theirs.setup(NAMES), theirs.teardown):
        with pytest.raises(Refused, match="did not make"):
            verb()
    assert json.dumps(there["DistributionConfig"]) == before


def test_a_function_of_the_same_name_that_is_not_ours_is_left_alone(cloud):
    settled(cloud, "setup")
    for function in aws.CLOUD.functions.values():
        function["config"] = {"Comment": "mine", "Runtime": "cloudfront-js-2.0"}
    with pytest.raises(Refused, match="did not make"):
        cloud.provisioner().setup(NAMES)


def test_ones_own_bucket_with_files_in_it_keeps_them_and_its_policy(cloud):
    client = cloud.server.client()
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="catalogue.pdf", Body=b"1")
    theirs = {
        "Sid": "them", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }  # fmt: skip
    policy = {"Version": "2012-10-17", "Statement": [theirs]}
    client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    settled(cloud, "setup")
    assert theirs in policy_of(cloud.server)
    assert len(policy_of(cloud.server)) == 2
    settled(cloud, "teardown")
    assert policy_of(cloud.server) == [theirs]
    assert client.get_object(Bucket=BUCKET, Key="catalogue.pdf")["Body"].read() == b"1"


@pytest.mark.parametrize("where", ["website", "elsewhere"])
def test_a_website_never_opens_a_bucket_that_holds_other_things(
    account, tmp_path, website, where
):
    client = account.client()
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="invoices.csv", Body=b"1")
    elsewhere = Account(account, tmp_path, {"website": True, "region": ""})
    vendor = website if where == "website" else elsewhere
    with pytest.raises(Refused, match="show everybody"):
        vendor.provisioner().setup(NAMES)
    assert policy_of(account) == []


def published(cloud):
    (there,) = aws.CLOUD.distributions.values()
    own = settings(cloud.server, distribution=there["Id"])
    host = s3.connect(own, small_config(cloud.root))
    host.publish(small_site("1"))
    gone = {"_fallback/log/older.html": None}
    host.publish(small_site("2", sequence=2000, extra=gone))
    return host


def test_the_published_page_goes_with_its_bucket(cloud):
    settled(cloud, "setup")
    published(cloud)
    settled(cloud, "teardown")
    assert buckets(cloud.server) == []


def test_a_bucket_that_holds_files_of_others_stays_and_it_is_said(cloud):
    settled(cloud, "setup")
    published(cloud)
    client = cloud.server.client()
    client.put_object(Bucket=BUCKET, Key="_fallback/theirs.pdf", Body=b"1")
    said = settled(cloud, "teardown")
    assert "not fallback's" in str(said.by_hand[0])
    listed = client.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [each["Key"] for each in listed] == ["_fallback/theirs.pdf"]
    assert Outcome.REMOVED not in outcomes(cloud.provisioner().teardown())


def test_a_distribution_that_is_still_in_service_is_never_said_to_be_gone(cloud):
    settled(cloud, "setup")
    first = cloud.provisioner().teardown()
    assert "15 minutes" in str(first.by_hand[0])
    assert not distribution()["Enabled"]
    assert len(first.steps) == 1
    second = cloud.provisioner().teardown()
    assert outcomes(second) == {Outcome.ABSENT}
    assert second.by_hand == first.by_hand
    assert buckets(cloud.server)


@pytest.mark.parametrize(
    ("call", "code", "error", "word"),
    [
        (
            "CreateDistribution",
            "AccessDenied",
            CredentialsRefused,
            "CreateDistribution",
        ),
        (
            "CreateOriginAccessControl",
            "TooManyOriginAccessControls",
            Rejected,
            "TooMany",
        ),
        ("ListDistributions", "ServiceUnavailable", Unavailable, "trouble"),
    ],
)
def test_what_cloudfront_refuses_is_said_with_the_permission(
    cloud, call, code, error, word
):
    aws.CLOUD.refusing[call] = code
    with pytest.raises(error) as caught:
        settled(cloud, "setup")
    said = f"{caught.value.what} {caught.value.next}"
    assert word in said
    assert KEY not in said


class TestPublishing:
    """What a publish does to a bucket that has a distribution."""

    def test_the_edges_are_told_once_for_what_was_written(self, cloud):
        settled(cloud, "setup")
        host = published(cloud)
        (told,) = aws.CLOUD.invalidations.values()
        assert len(told) == 2
        assert {tuple(b["Paths"]["Items"]) for b in told.values()} == {("/*",)}
        gone = {"_fallback/log/older.html": None}
        site = small_site("2", sequence=2000, extra=gone)
        assert host.publish(site).written == ()
        assert len(told) == 2
        assert all(site.build_id in key for key in list(told)[1:])

    def test_edges_that_were_not_told_are_said_and_the_page_is_there(self, cloud):
        from fallback.core.errors import PartlyDone

        settled(cloud, "setup")
        aws.CLOUD.refusing["CreateInvalidation"] = "AccessDenied"
        (there,) = aws.CLOUD.distributions.values()
        own = settings(cloud.server, distribution=there["Id"])
        host = s3.connect(own, small_config(cloud.root))
        with pytest.raises(PartlyDone) as caught:
            host.publish(small_site())
        assert caught.value.code == 3
        assert "half a minute" in str(caught.value.customers_see)
        assert "cloudfront:CreateInvalidation" in str(caught.value.next)
        assert MANIFEST in host.read_back()

    def test_it_promises_what_a_distribution_can_answer(self, cloud):
        own = settings(cloud.server, distribution="E0000000000001")
        caps = s3.connect(own, small_config(cloud.root)).caps
        assert (caps.front, caps.deep, caps.post) == (503, 503, 503)
        assert caps.retry_after
        assert caps.tls_ahead


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"distribution": "d111.cloudfront.net"}, "distribution"),
        ({"distribution": "E1QXVPK0EXAMPLE", "website": True}, "website"),
    ],
)
def test_settings_that_make_no_sense_are_complained_about(account, more, key):
    complaints = dict(settings(account, **more).complaints())
    assert set(complaints) == {key}


def outcomes(provision):
    return {step.outcome for step in provision.steps}
