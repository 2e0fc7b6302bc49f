"""HTTP connections to one store: how they are made, how long they may take, and when they are given up."""

from __future__ import annotations

import socket
import ssl
import urllib.request
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

import httpx

from uploader.errors import StorageError, StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

# Seconds. Connecting: room for one lost SYN. Writing counts anew for every 64 KB, the answer from the body's end: so a
# slow uplink is no failure, only one that stands still, and that is given up before the live window has passed by.
TIMEOUTS = httpx.Timeout(connect=3.0, write=5.0, read=5.0, pool=1.0)
# An idle connection is kept for longer than the pause between heartbeats (30 s), and gateways keep it for 60 s.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=45.0)
# So many requests at a time in one pool: httpcore looks at every connection of a pool with every request, and at all of
# them for each. With one pool, 32 cameras cost 1.2 % of a core each; like this, 0.4 %.
CROWDED = 8
# Bytes the kernel takes ahead of the network. Left alone it takes a whole segment at once, and then the time for the
# answer runs out while the body is still on its way.
_UNSENT = 64 * 1024
_SOCKET_OPTIONS = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT)]


class Connections:
    """Connections to the store at `url`; `check` sees every response when it has been read, and may raise.

    HTTP/1.1, because with HTTP/2 one upload in a thousand fails at the usual gateways and each costs more (measured).
    Redirects are not followed: httpx would hand the key to whoever they lead to.
    """

    def __init__(self, url: str, timeouts: httpx.Timeout, check: Callable[[httpx.Response], Awaitable[None]]) -> None:
        self._url = httpx.URL(url)
        self._host = self._url.netloc.decode()
        self._timeouts = timeouts
        self._check = check
        self._pools: list[_Pool] = []
        self._retired: set[_Pool] = set()

    @asynccontextmanager
    async def client(self, *, uploading: bool) -> AsyncIterator[httpx.AsyncClient]:
        """A client for one request. Network failures come out as StorageUnavailable, in plain words.

        A store that refuses an upload early may leave the rest of its body unread; the next request on that connection
        is then taken for the rest, and never answered (supabase/storage PR #1323). So after a StorageError no further
        request is started on connections that were used for `uploading`; those under way may end.
        """
        pool = self._roomy_pool()
        pool.users += 1
        try:
            yield pool.client
        except httpx.RequestError as error:
            if pool in self._pools:  # what broke this one has most likely broken all that are as old
                self._retire(*self._pools)
            raise _unreachable(error, self._host) from None
        except StorageError:
            if uploading and pool in self._pools:
                self._retire(pool)
            raise
        finally:
            pool.users -= 1
            await self._close_unused()

    def _roomy_pool(self) -> _Pool:
        """The first one with room, so that few connections do most of the work."""
        for pool in self._pools:
            if pool.users < CROWDED:
                return pool
        self._pools.append(self._new_pool())
        return self._pools[-1]

    def _retire(self, *pools: _Pool) -> None:
        self._retired.update(pools)
        self._pools = [pool for pool in self._pools if pool not in self._retired]

    async def close(self) -> None:
        """Close everything, in use or not."""
        for pool in (*self._pools, *self._retired):
            await pool.client.aclose()

    async def _close_unused(self) -> None:
        for pool in [pool for pool in self._retired if not pool.users]:
            self._retired.discard(pool)
            await pool.client.aclose()

    def _new_pool(self) -> _Pool:
        hooks = {"response": [read_whole, self._check]}
        agent = {"user-agent": "storefeed"}
        way = way_to(self._url)
        client = httpx.AsyncClient(transport=way, timeout=self._timeouts, event_hooks=hooks, headers=agent)
        # They say nothing, and with four requests a second they are noticed on a thin uplink.
        for name in ("accept", "accept-encoding", "connection"):
            del client.headers[name]
        return _Pool(client)


def way_to(url: httpx.URL) -> httpx.AsyncHTTPTransport:
    """HTTP/1.1 to whoever is at `url`, and through no proxy but an HTTP one.

    Left to itself, httpx refuses to make a client at all where the environment names a proxy of another kind (SOCKS).
    """
    return httpx.AsyncHTTPTransport(
        verify=trust(), http2=False, limits=LIMITS, proxy=proxy_for(url), socket_options=_SOCKET_OPTIONS
    )


async def read_whole(response: httpx.Response) -> None:
    """Read an answer, and part it from the connection.

    httpx ties an answer and its stream into a circle that holds the request: each segment's half a megabyte would wait
    for the garbage collector.
    """
    await response.aread()
    response.stream = httpx.ByteStream(response.content)


@cache
def trust() -> ssl.SSLContext:
    """Whose certificates are believed. Reading those of the world takes 30 ms and half a megabyte: once for all."""
    return httpx.create_ssl_context()


@dataclass(slots=True, eq=False)
class _Pool:
    """Connections that are given up together, when the last of `users` is done."""

    client: httpx.AsyncClient
    users: int = 0


def proxy_for(url: httpx.URL) -> str | None:
    """The proxy that this machine's environment names, if it is an HTTP one; never for a store on this machine."""
    if is_loopback(url.host) or urllib.request.proxy_bypass(url.host):
        return None
    proxies = urllib.request.getproxies()
    address = proxies.get(url.scheme) or proxies.get("all") or ""
    if "://" not in address:
        return f"http://{address}" if address else None
    return address if address.startswith(("http://", "https://")) else None


def is_loopback(host: str) -> bool:
    """Whether this host is the machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unreachable(error: httpx.RequestError, host: str) -> StorageUnavailable:
    advice = "Check this box's network; uploading goes on by itself when it is back."
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return StorageUnavailable(
            f"The certificate of {host} is not accepted.",
            "Check this box's clock. If a firewall opens encrypted connections, set SSL_CERT_FILE to its certificate.",
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return StorageUnavailable(f"The address of {host} cannot be found.", f"{advice} Check SUPABASE_URL too.")
    return StorageUnavailable(_WORDS.get(type(error), "The connection to {host} broke.").format(host=host), advice)


_WORDS: dict[type[httpx.RequestError], str] = {
    httpx.ConnectError: "Nothing answers at {host}.",
    httpx.ConnectTimeout: "Nothing answers at {host}.",
    httpx.PoolTimeout: "All connections to {host} are busy.",
    httpx.ProxyError: "The proxy of this network does not let requests through to {host}.",
    httpx.ReadTimeout: "{host} does not answer in time.",
    httpx.WriteTimeout: "The uplink stands still: {host} takes nothing.",
}


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
