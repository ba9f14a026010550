"""What the fake Netlify keeps: sites and their deploys, as its API tells of them."""

from datetime import UTC, datetime
from uuid import uuid4

from attrs import Factory, define, field


@define
class FakeDeploy:
    site_id: str
    files: dict = field(factory=dict)
    """path (small letters) -> SHA-1"""
    title: str = ""
    draft: bool = False
    state: str = "uploading"
    required: set = field(factory=set)
    missing: set = field(factory=set)
    polls: int = 0
    error: str = ""
    published_at: datetime | None = None
    id: str = Factory(lambda: uuid4().hex[:24])
    created_at: datetime = Factory(lambda: datetime.now(UTC))

    def told(self, port, *, required=True):
        link = f"http://127.0.0.1:{port}/.deploy/{self.id}"
        return {
            "id": self.id,
            "site_id": self.site_id,
            "state": self.state,
            "title": self.title,
            "draft": self.draft,
            "error_message": self.error or None,
            "deploy_ssl_url": link,
            "created_at": _written(self.created_at),
            "published_at": _written(self.published_at),
            **({"required": sorted(self.required)} if required else {}),
        }


def _written(at):
    return at.isoformat().replace("+00:00", "Z") if at else None


@define
class FakeSite:
    name: str
    id: str = Factory(lambda: str(uuid4()))
    deploys: dict = field(factory=dict)
    published: str = ""
    custom_domain: str = ""
    aliases: list = field(factory=list)
    pretty_urls: bool = True
    certificate: dict | None = None
    repo_url: str = ""

    def told(self, port):
        shown = self.deploys.get(self.published)
        return {
            "id": self.id,
            "name": self.name,
            "ssl_url": f"https://{self.name}.netlify.app",
            "custom_domain": self.custom_domain or None,
            "domain_aliases": self.aliases,
            "processing_settings": {"html": {"pretty_urls": self.pretty_urls}},
            "build_settings": {"repo_url": self.repo_url} if self.repo_url else {},
            "published_deploy": shown.told(port) if shown else None,
        }
