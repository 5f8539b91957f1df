"""A fleet of air conditioners: buildings, their devices, some 300 items of each, and what changes of them. Pure."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

ITEMS = 300
# Device names of each building. Some contain likely separators (- and _), and "ac-1" is a prefix of "ac-10".
DEVICES = (("ac-1", "ac-10", "east_2", "ac_1"), ("ac-1",), ("east_2-7",))
TEXTS = ("auto", "cool", "heat", "fan-only", "dry", "off")
KINDS = ("temperature", "humidity", "fan", "valve", "mode", "pressure", "power", "air_filter")

Value = str | bool | int | float
Readings = dict[str, Value]


@dataclass(frozen=True)
class Device:
    """One device, and all its items as they are at first."""

    building: str
    name: str
    items: Mapping[str, Value]


def fleet(rng: random.Random) -> list[Device]:
    """The devices of three buildings, the name of one of which begins as another's does."""
    head = f"B{rng.randrange(1, 9)}"
    buildings = [head, f"{head}{rng.randrange(10)}", f"{rng.choice(('Tower', 'East_Wing'))}-{rng.randrange(100)}"]
    return [
        Device(building, device, {name: value(rng, name) for name in _names()})
        for building, devices in zip(buildings, DEVICES, strict=True)
        for device in devices
    ]


def changed(rng: random.Random, device: Device) -> Readings:
    """Two to four readings of a device."""
    names = rng.sample(sorted(device.items), rng.randrange(2, 5))
    return {name: value(rng, name) for name in names}


def value(rng: random.Random, name: str) -> Value:
    """A value of the kind that an item of this name has."""
    kind = name.partition("-")[0]
    if kind in ("temperature", "pressure"):
        return round(rng.uniform(-20, 45), 1)
    if kind in ("humidity", "power"):
        return rng.randrange(0, 5_000)
    return rng.choice(TEXTS) if kind == "mode" else rng.random() < 0.5


def same(seen: object, wanted: Value) -> bool:
    """Whether a value that was read is the one that was written: numbers by `float()`, others by type."""
    if isinstance(wanted, (bool, str)):
        return type(seen) is type(wanted) and seen == wanted
    if isinstance(seen, (bool, str)):
        return False
    try:
        return float(seen) == float(wanted)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return False


def _names() -> list[str]:
    """Long names: a device with all its items is then larger than 6 KB, so writing all of it for four readings exceeds
    the limit of units."""
    return [f"{KINDS[number % len(KINDS)]}-of-sensor-{number}" for number in range(ITEMS)]
