"""Makes what a host needs, and takes it away once no name points there.

A host that was taken away while a name still leads to it can be made again by a
stranger, who then speaks to the shop's customers under the shop's own name. So whoever
takes a host away asks DNS first, and DNS that does not answer counts as a name that
still points there.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve, frozen

from fallback.actions.moving.evidence import typed_names, ways
from fallback.actions.publishing.remains import with_workers
from fallback.core.config import Config, HostTable
from fallback.core.errors import FallbackError, Refused, UsageError
from fallback.core.hosts.provision import Outcome, Provision
from fallback.core.ports import Provisioner
from fallback.core.records import Marker, RRset, absolute, marker_key
from fallback.core.redirect.switch import silent, within
from fallback.core.result import Talk
from fallback.core.settings.addresses import is_address
from fallback.core.settings.values import nearest
from fallback.core.text import Sayable, T, Text
from fallback.hosts import setup as kinds
from fallback.probes import mail
from fallback.wire import durable
from fallback.wire.dns import nameservers

_TAKEN_OVER = T(
    "the page; it would be gone, and the next one who asks for the same host could put"
    " up another"
)

SERVER = "server"
"""The folder of the site where configuration for the owner's web server is put."""

Connect = Callable[[HostTable, Config], Provisioner]


@frozen
class ProvisionResult:
    """What one host is made of now, and what comes next."""

    host: str
    provision: Provision
    next: Text
    code: int = 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        yield T("{host}:", host=self.host)
        yield from self.provision.told()
        yield T("next: {next}", next=self.next)

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            "host": self.host,
            **self.provision.as_json(),
            "next": str(self.next),
        }


def setup(
    config: Config, host: str, *, say: Talk, connect: Connect = kinds.connect
) -> ProvisionResult:
    """Make whatever *host* still needs; raises what ``Provisioner.setup`` raises.

    Raises ``Refused`` when nobody answers which names lead to a delegated switch: the
    certificate would be for others.
    """
    table = chosen(config, host)
    _refuse_silence(config)
    provisioner = connect(table, with_workers(config))
    say("setting_up", T("{host}: looking at what is there", host=table.label))
    provision = _still_to_write(table, provisioner.setup(names(config)))
    _write(config, provision)
    return ProvisionResult(table.label, provision, _after(provision))


def _still_to_write(table: HostTable, provision: Provision) -> Provision:
    """Return *provision* without the settings that *table* has; its own url stays."""
    missing = {
        key: said
        for key, said in provision.settings.items()
        if not (
            table.url if key == "url" else str(getattr(table.settings, key, "")) == said
        )
    }
    return evolve(provision, settings=missing)


def _after(provision: Provision) -> Text:
    """Return what comes next: some of what a person does has to be found afterwards."""
    if not provision.by_hand:
        if provision.settings:
            return T("write these lines into fallback.toml, then run: fallback deploy")
        return T("run: fallback deploy")
    if any(step.outcome is Outcome.MADE for step in provision.steps):
        return T("do what is said above, and run the same command again")
    return T("if all of that is done, run: fallback deploy")


def _write(config: Config, provision: Provision) -> None:
    for name, text in provision.files.items():
        path = config.root / SERVER / name
        try:
            durable.replace(path, text.encode())
        except OSError as error:
            raise FallbackError(
                T("{file} cannot be written: {why}",
                  file=str(path), why=str(error.strerror)),
                next=T("make room in the site's folder and run the same again"),
            ) from error  # fmt: skip


def teardown(
    config: Config,
    host: str,
    *,
    say: Talk,
    agree: Callable[[], None],
    connect: Connect = kinds.connect,
) -> ProvisionResult:
    """Take *host* away after *agree*; raises ``Refused`` while a name points there."""
    table = chosen(config, host)
    provisioner = connect(table, config)
    say("asking_dns", T("{host}: asking DNS what points there", host=table.label))
    refuse_pointed_at(config, provisioner)
    agree()
    provision = provisioner.teardown()
    after = (
        T("do what is said above, then take its table out of fallback.toml")
        if provision.by_hand
        else T("take its table out of fallback.toml")
    )
    return ProvisionResult(table.label, provision, after)


def chosen(config: Config, host: str) -> HostTable:
    """Return the table that is called *host*; raises ``UsageError``."""
    labels = [table.label for table in config.hosts]
    for table in config.hosts:
        if table.label == host:
            return table
    near = nearest(host, labels)
    raise UsageError(
        T("there is no host {host} in fallback.toml", host=host),
        next=T("did you mean {mended}", mended=near)
        if near
        else T("known here: {known}", known=", ".join(labels)),
    )


def names(config: Config) -> tuple[str, ...]:
    """Return the names that customers type: those to be redirected, and the shop's."""
    typed = [
        name
        for table in config.dns
        for name in typed_names(config, table.zone, table.names)
    ]
    return tuple(dict.fromkeys([*typed, config.shop.domain]))


def _refuse_silence(config: Config) -> None:
    """Raise ``Refused`` when nobody answers whether a name leads to a switch."""
    if all(within(config.shop.domain, table.zone) for table in config.dns):
        return
    for name in silent(ways(config)):
        raise _unanswered(name)


def _all_names(config: Config) -> tuple[str, ...]:
    """Return what customers type, and the names of a delegated switch."""
    moved = [name for table in config.dns for name in table.names]
    return tuple(dict.fromkeys([*moved, *names(config)]))


def refuse_pointed_at(config: Config, provisioner: Provisioner) -> None:
    """Raise ``Refused`` when a name leads to the host, or when nobody can tell."""
    here = provisioner.pointing_here()
    hosts = {absolute(each) for each in here}
    for name in (*_all_names(config), *_status_names(config, hosts)):
        for led_to in _led_to(config, name):
            if led_to in here or absolute(led_to) in hosts:
                raise Refused(
                    T("{name} still points at this host: {led_to}",
                      name=name, led_to=led_to),
                    customers_see=_TAKEN_OVER,
                    next=_leading_away(name, provisioner.attached()),
                )  # fmt: skip
    _refuse_while_redirected(config, hosts)


def _refuse_while_redirected(config: Config, here: Collection[str]) -> None:
    """Raise ``Refused`` when a zone says that it leads to one of the names *here*.

    The top of a zone follows a host name by its addresses alone, and a network such as
    CloudFront gives others to everybody who asks: comparing them proves little.
    """
    for table in config.dns:
        if not isinstance(table.target, str) or absolute(table.target) not in here:
            continue
        name, rtype = marker_key(table.zone)
        found = _asked(name, rtype, config)
        marker = Marker.parse(RRset(found.ttl, found.rdatas)) if found.rdatas else None
        if marker is not None and marker.state == "redirected":
            raise Refused(
                T("{name} still points at this host: {led_to}",
                  name=table.zone, led_to=table.target),
                customers_see=_TAKEN_OVER,
                next=_leading_away(table.zone, {}),
            )  # fmt: skip


def _status_names(config: Config, here: Collection[str]) -> Iterator[str]:
    """Yield the names of status addresses that could outlive a host.

    Those in *here* that are no names of the shop's go with it: the operator's own.
    """
    zones = [absolute(each) for each in _all_names(config)]
    for table in config.hosts:
        name = absolute(urlsplit(table.url).hostname or "")
        below = any(f".{name}".endswith(f".{zone}") for zone in zones)
        host = name.rstrip(".")
        if host and not is_address(host) and (below or name not in here):
            yield host


def _leading_away(name: str, attached: Mapping[str, Text]) -> Text:
    """Return how *name* stops leading to the host; see ``Provisioner.attached``."""
    where = attached.get(name.lower().rstrip("."))
    if where is None:
        return T("run: fallback restore, wait for a day, and try again")
    return T(
        "take {name} out of {where}; in its zone, put the shop's own records of that"
        " name back at once, wait for a day, and try again",
        name=name,
        where=where,
    )


def _led_to(config: Config, name: str) -> Iterator[str]:
    """Yield every name and address that *name* leads to.

    Names first: they are known even where the last of them has no address any more.
    """
    yield from mail.chain(name, config.network)
    for rtype in ("A", "AAAA"):
        yield from _asked(name, rtype, config).rdatas


def _asked(name: str, rtype: str, config: Config) -> nameservers.Answer:
    """Return what a resolver says; raises ``Refused`` when none does."""
    answer = nameservers.resolve(name, rtype, config.network)
    if answer is None:
        raise _unanswered(name)
    return answer


def _unanswered(name: str) -> Refused:
    return Refused(
        T("nobody answers where {name} points", name=name),
        customers_see=T("no change: the host stays"),
        next=T("try again when DNS answers"),
    )
