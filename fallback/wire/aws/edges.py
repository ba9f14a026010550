"""The places all over the world where CloudFront keeps what it gave a visitor."""

from attrs import frozen

from fallback.core.config import Config
from fallback.core.errors import FallbackError, PartlyDone
from fallback.core.model import BuiltSite, Receipt
from fallback.core.text import T
from fallback.wire.aws import cloudfront
from fallback.wire.aws.clients import Login, log_in


@frozen
class Edges:
    """The edges of the distribution with the id ``distribution``."""

    login: Login
    distribution: str
    config: Config

    def forget(self, site: BuiltSite, receipt: Receipt) -> None:
        """Make them ask for *site*; raises ``PartlyDone``, for it is published already.

        *receipt* is of that publish.

        Without it they ask by themselves: what we publish may be kept for 30 s.
        """
        try:
            aws = log_in(self.login, self.config)
            cloudfront.invalidate(aws, self.distribution, site.build_id)
        except FallbackError as error:
            raise PartlyDone(
                T("published, but CloudFront was not told: {why}", why=error.what),
                customers_see=T("the page before this one for half a minute at most,"
                                " then the new one"),
                next=error.next,
                receipt=receipt,
            ) from error  # fmt: skip
