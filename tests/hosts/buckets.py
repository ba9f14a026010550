"""A bucket as the exam sees it: from behind the host's back, counting and killing."""

from attrs import define, evolve, field

from fallback.core.config import SecretRef
from fallback.hosts.s3 import Settings, connect
from fallback.wire.s3.host import S3Host
from tests.fakes.host import KilledError

KEYS = {
    "access_key": SecretRef("env", "TEST_S3_KEY"),
    "secret_key": SecretRef("env", "TEST_S3_SECRET"),
}


def s3_host(config, endpoint, bucket, **more):
    return connect(Settings(bucket, endpoint=endpoint, **{**KEYS, **more}), config)


@define
class Counting:
    """Counts and kills at the one door through which every call goes."""

    client: object
    place: object

    def __getattr__(self, verb):
        return getattr(self.client, verb)

    def put(self, parcel, *words):
        self.place.count(parcel.key)
        return self.client.put(parcel, *words)

    def delete(self, keys):
        self.place.count(keys[0])
        return self.client.delete(keys)


@define
class BucketPlace:
    config: object
    server: object
    bucket: str
    prefix: str = ""
    endpoint: str = ""
    settings: dict = field(factory=dict)
    log: list = field(factory=list)
    left: int | None = None
    known: object = None

    def host(self):
        return self.dying_after(None)

    def dying_after(self, writes):
        self.left = writes
        if self.known is None:
            self.known = s3_host(
                self.config,
                self.endpoint or self.server.endpoint,
                self.bucket,
                prefix=self.prefix,
                **self.settings,
            )
        bucket = self.known.bucket
        counted = evolve(bucket, client=Counting(bucket.client, self))
        return S3Host(counted, self.known.prefix)

    def count(self, key):
        if self.left == 0:
            raise KilledError
        if self.left is not None:
            self.left -= 1
        self.log.append(key.removeprefix(self.prefix))

    def bodies(self):
        client = self.server.client()
        listed = client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix)
        return {
            entry["Key"].removeprefix(self.prefix): client.get_object(
                Bucket=self.bucket, Key=entry["Key"]
            )["Body"].read()
            for entry in listed.get("Contents", ())
        }

    def leave(self, path, body):
        self.server.client().put_object(
            Bucket=self.bucket, Key=self.prefix + path, Body=body
        )

    def writes(self):
        done, self.log[:] = list(self.log), []
        return done
