"""A store on virtual time that fails in every way a real one was seen to, on a schedule, and tells an auditor all.

Each worker reaches it over a `Line` of its own, which can be cut: whatever a killed worker had not sent never comes,
what it had sent may still land.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.auditor import PLAYLIST, Auditor, Version
from tests.faults.spell import Kind, Target
from uploader.errors import StorageError, StorageRefused, StorageUnavailable
from uploader.storage import StoredObject

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterator, Sequence

    from tests.faults.spell import Spell
    from uploader.storage import ObjectKind

# What the client waits for a store that does not answer (s).
CLIENT_TIMEOUT = 5.0
# A request of so few bytes finds its place between the packets of a large one.
SMALL = 2000


@dataclass(slots=True)
class FaultyStore:
    """`latency` (s) is what every request takes on a good day. `seed` decides the jitter."""

    spells: Sequence[Spell] = ()
    latency: float = 0.05
    jitter: float = 0.0
    seed: int = 0
    auditor: Auditor = field(default_factory=Auditor)
    objects: dict[str, bytes] = field(default_factory=dict)
    history: list[Version] = field(default_factory=list)
    requests: list[tuple[float, Target, str]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    new_key: asyncio.Event = field(default_factory=asyncio.Event)
    _chance: random.Random = field(init=False)
    _uplink_free: float = 0.0
    _begun: int = 0
    _landed: dict[str, int] = field(default_factory=dict)
    _met: dict[Spell, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def line(self) -> Line:
        """How one worker reaches the store."""
        return Line(self)

    def put_by_hand(self, path: str, body: bytes | None) -> None:
        """What somebody else did to an object."""
        self.auditor.vandalised(_name(path), body)
        if body is None:
            self.objects.pop(path, None)
        else:
            self.objects[path] = body

    def replace_key(self) -> None:
        """Somebody brings a key that is not refused."""
        self.spells = [spell for spell in self.spells if spell.kind is not Kind.REFUSED]
        self.new_key.set()

    def faults(self, target: Target) -> list[Spell]:
        """What this request meets, and that it was made."""
        now = _now()
        active = [spell for spell in self.spells if spell.start <= now < spell.end and target in spell.targets]
        for spell in active:
            self._met[spell] = self._met.get(spell, 0) + 1
        return [spell for spell in active if self._met[spell] % spell.every == 0]

    def begin(self) -> int:
        """The order in which writes were started."""
        self._begun += 1
        return self._begun

    def land(self, path: str, body: bytes, order: int) -> None:
        """The object is there now. The last to complete wins, whenever it was begun."""
        overtaken = order < self._landed.get(path, 0)
        self._landed[path] = max(order, self._landed.get(path, 0))
        self.objects[path] = body
        self._tell(path, body, overtaken=overtaken)

    def drop(self, path: str) -> bool:
        """Remove an object, if it is there."""
        if self.objects.pop(path, None) is None:
            return False
        self.removed.append(path)
        self._tell(path, None)
        return True

    def _tell(self, path: str, body: bytes | None, *, overtaken: bool = False) -> None:
        version = Version(_now(), _name(path), body, overtaken)
        self.history.append(version)
        self.auditor.see(version)

    def round_trip(self, faults: Sequence[Spell]) -> float:
        """How long a request without a body takes (s)."""
        extra = sum(spell.amount for spell in faults if spell.kind is Kind.SLOW)
        return self.latency + extra + self.jitter * self._chance.random()

    def sending(self, size: int, faults: Sequence[Spell], since: float) -> float:
        """How much longer so many bytes, on their way since then, need on an uplink that others use as well (s)."""
        thin = min((spell for spell in faults if spell.kind is Kind.THIN), key=lambda spell: spell.amount, default=None)
        if thin is None:
            return 0.0
        if size < SMALL:
            return size / thin.amount
        self._uplink_free = min(max(self._uplink_free, since) + size / thin.amount, thin.end)
        return max(0.0, self._uplink_free - _now())


class Line:
    """An ObjectStore: one worker's way to the store."""

    def __init__(self, store: FaultyStore) -> None:
        self._store = store
        self._cut = False

    def cut(self) -> None:
        """The worker is killed: nothing more of it goes out."""
        self._cut = True
        self._store.auditor.worker_dies()

    async def prepare(self) -> None:
        await self._ask(Target.GET, "")

    async def get(self, path: str) -> bytes | None:
        await self._ask(Target.GET, path)
        return self._store.objects.get(path)

    async def list(self, folder: str) -> list[StoredObject]:
        await self._ask(Target.LIST, folder)
        return [StoredObject(name, len(body)) for name, body in self._below(folder).items() if "/" not in name]

    async def folders(self, folder: str) -> set[str]:
        await self._ask(Target.LIST, folder)
        return {name.split("/")[0] for name in self._below(folder) if "/" in name}

    def _below(self, folder: str) -> dict[str, bytes]:
        start = f"{folder}/"
        return {path.removeprefix(start): body for path, body in self._store.objects.items() if path.startswith(start)}

    async def remove(self, paths: Sequence[str]) -> set[str]:
        faults = await self._ask(Target.REMOVE, " ".join(paths))
        if any(spell.kind is Kind.SILENT for spell in faults):
            return set()
        return {path for path in paths if self._store.drop(path)}

    async def renewed(self) -> None:
        await self._store.new_key.wait()

    def public_url(self, path: str) -> str:
        return f"memory://{path}"

    async def put(self, path: str, body: bytes | AsyncIterable[bytes], kind: ObjectKind) -> None:
        faults = self._arrive(_target(path), path)
        order = self._store.begin()
        since = _now()
        with self._in_flight(path):
            body = body if isinstance(body, bytes) else await _whole(body, faults)
            try:
                await self._deliver(path, body, order, faults, since)
            except asyncio.CancelledError:
                if self._cut:
                    # All of it had been sent, and the store is through with it before the next worker looks.
                    self._land_later(path, body, order, self._store.latency)
                raise

    async def _deliver(self, path: str, body: bytes, order: int, faults: Sequence[Spell], since: float) -> None:
        await asyncio.sleep(self._store.round_trip(faults) / 2)
        sending = self._store.sending(len(body), faults, since)
        for spell in faults:
            await self._fail(spell, sending)
            if spell.kind is Kind.LATE:
                self._land_later(path, body, order, spell.amount)
                raise StorageUnavailable("The store does not answer.")
        await asyncio.sleep(sending)
        kept = body[: len(body) // 2] if any(spell.kind is Kind.HALF for spell in faults) else body
        self._store.land(path, kept, order)
        if any(spell.kind is Kind.LOST_REPLY for spell in faults):
            raise StorageUnavailable("The connection broke.")
        await asyncio.sleep(self._store.round_trip(faults) / 2)

    async def _ask(self, target: Target, what: str) -> Sequence[Spell]:
        faults = self._arrive(target, what)
        await asyncio.sleep(self._store.round_trip(faults))
        for spell in faults:
            await self._fail(spell, 0.0)
        if any(spell.kind in {Kind.LOST_REPLY, Kind.LATE} for spell in faults):
            raise StorageUnavailable("The connection broke.")
        return faults

    def _arrive(self, target: Target, what: str) -> Sequence[Spell]:
        if self._cut:
            raise StorageUnavailable("This worker is dead.")
        self._store.requests.append((_now(), target, what))
        return self._store.faults(target)

    async def _fail(self, spell: Spell, sending: float) -> None:
        error, after = _failure(spell, sending)
        await asyncio.sleep(after)
        if error is not None:
            raise error

    def _land_later(self, path: str, body: bytes, order: int, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._store.land, path, body, order)

    @contextmanager
    def _in_flight(self, path: str) -> Iterator[None]:
        self._store.auditor.write_begins(_name(path))
        doubtful = False
        try:
            yield
        except (StorageUnavailable, asyncio.CancelledError):
            doubtful = True
            raise
        finally:
            if not self._cut:
                self._store.auditor.write_ends(_name(path), doubtful=doubtful)


async def _whole(body: AsyncIterable[bytes], faults: Sequence[Spell]) -> bytes:
    """A body that is still being made; a connection that breaks does so after its first piece."""
    pieces: list[bytes] = []
    async for piece in body:
        if any(spell.kind is Kind.RESET for spell in faults):
            raise StorageUnavailable("The connection broke.")
        pieces.append(piece)
    return b"".join(pieces)


def _failure(spell: Spell, sending: float) -> tuple[StorageError | None, float]:
    """What the client gets to hear, and after how many seconds; None where the request goes on."""
    match spell.kind:
        case Kind.BUSY:
            return StorageUnavailable("The store is busy.", retry_after=spell.amount), 0.0
        case Kind.BROKEN:
            return StorageUnavailable("The store is broken."), 0.0
        case Kind.REFUSED:
            return StorageRefused("The key is wrong.", "Copy it again.", status=403), 0.0
        case Kind.HANG:
            return StorageUnavailable("The store does not answer."), CLIENT_TIMEOUT
        case Kind.LATE:
            return None, CLIENT_TIMEOUT
        case Kind.RESET:
            return StorageUnavailable("The connection broke."), sending / 2
        case _:
            return None, 0.0


def _target(path: str) -> Target:
    if path.endswith(".ts"):
        return Target.SEGMENT
    return Target.PLAYLIST if _name(path) == PLAYLIST else Target.STATUS


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _now() -> float:
    return asyncio.get_running_loop().time()
