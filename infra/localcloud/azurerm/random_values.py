"""`hashicorp/random`: values that are drawn once and kept in the state."""

import base64
import random
import secrets
import string
import uuid
from typing import Any

from .problems import Failed, Problem
from .provider import Provider
from .resource import Resource
from .schema import Block, number, text, text_map, texts, truth
from .values import Values

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
KINDS = {
    "upper": string.ascii_uppercase,
    "lower": string.ascii_lowercase,
    "numeric": string.digits,
    "special": SPECIAL,
}
_ADJECTIVES = "able bold brave bright calm clean clever cool eager fair fine firm fleet fresh glad grand keen kind"
_ADVERBS = "badly barely boldly briefly brightly calmly duly early easily evenly fairly firmly freely gently"
_ANIMALS = "ant bat bear bee bird boar buck cat cow crab crow deer dog dove duck eel elk fawn fish fly fox frog"
ADJECTIVES, ADVERBS, ANIMALS = _ADJECTIVES.split(), _ADVERBS.split(), _ANIMALS.split()
KEEPERS = {"keepers": text_map("optional new")}


class Drawn(Resource):
    """Nothing is made outside of the state."""

    def draw(self, planned: Values) -> Values:
        """The computed attributes."""
        raise NotImplementedError

    def create(self, session: Any, planned: Values) -> Values:
        return {**planned, **self.draw(planned)}

    def update(self, session: Any, planned: Values, prior: Values) -> Values:
        return planned

    def read(self, session: Any, id: str, prior: Values) -> Values | None:
        return prior or {"id": id}

    def delete(self, session: Any, prior: Values) -> None:
        return

    def import_id(self, session: Any, id: str) -> str:
        raise Failed(Problem(f"{self.name} cannot be imported here"))

    @property
    def block(self) -> Block:
        attributes = {"id": text("computed"), **self.schema.attributes, **KEEPERS}
        return Block(attributes, self.schema.blocks, self.schema.refused)


def _letters(sensitive: str) -> Block:
    return Block(
        {
            "length": number("required new"),
            **{kind: truth("optional new", default=True) for kind in KINDS},
            **{f"min_{kind}": number("optional new", default=0) for kind in KINDS},
            "override_special": text("optional new"),
            "result": text(f"computed {sensitive}"),
        },
        refused={"number": "bool"},
    )


class RandomString(Drawn):
    name = "random_string"
    title = "Random String"
    schema = _letters("")

    def problems(self, config: Values) -> list[Problem]:
        found = super().problems({**config, "timeouts": None})
        length = config["length"]
        least = sum(config[f"min_{kind}"] or 0 for kind in KINDS if isinstance(config[f"min_{kind}"], int))
        if isinstance(length, int) and (length < 1 or length < least):
            found.append(Problem(f"length must be at least {max(1, least)}, got {length}", "", ("length",)))
        if all(config[kind] is False for kind in KINDS):
            found.append(Problem("At least one of upper, lower, numeric and special must be true"))
        return found

    def draw(self, planned: Values) -> Values:
        letters = {**KINDS, "special": planned["override_special"] or SPECIAL}
        chosen = {kind: letters[kind] for kind in KINDS if planned[kind]}
        found = [secrets.choice(letters[kind]) for kind in KINDS for _one in range(planned[f"min_{kind}"] or 0)]
        every = "".join(chosen.values())
        found += [secrets.choice(every) for _one in range(planned["length"] - len(found))]
        random.SystemRandom().shuffle(found)
        result = "".join(found)
        return {"result": result, "id": result if self.name == "random_string" else "none"}


class RandomPassword(RandomString):
    name = "random_password"
    title = "Random Password"
    schema = _letters("sensitive")


class RandomId(Drawn):
    name = "random_id"
    title = "Random Id"
    schema = Block(
        {
            "byte_length": number("required new"),
            "prefix": text("optional new"),
            **{one: text("computed") for one in ("b64_std", "b64_url", "dec", "hex")},
        }
    )

    def problems(self, config: Values) -> list[Problem]:
        found = super().problems({**config, "timeouts": None})
        if isinstance(config["byte_length"], int) and config["byte_length"] < 1:
            found.append(Problem("byte_length must be at least 1", "", ("byte_length",)))
        return found

    def draw(self, planned: Values) -> Values:
        raw, prefix = secrets.token_bytes(planned["byte_length"]), planned["prefix"] or ""
        url = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        return {
            "id": url,
            "b64_std": prefix + base64.b64encode(raw).decode(),
            "b64_url": prefix + url,
            "dec": prefix + str(int.from_bytes(raw, "big")),
            "hex": prefix + raw.hex(),
        }


class RandomPet(Drawn):
    name = "random_pet"
    title = "Random Pet"
    schema = Block(
        {
            "length": number("optional new", default=2),
            "prefix": text("optional new"),
            "separator": text("optional new", default="-"),
        }
    )

    def draw(self, planned: Values) -> Values:
        length = planned["length"]
        words = [secrets.choice(ADVERBS) for _one in range(length - 2)]
        words += [secrets.choice(ADJECTIVES)] if length > 1 else []
        words.append(secrets.choice(ANIMALS))
        parts = [*([planned["prefix"]] if planned["prefix"] else []), *words]
        return {"id": planned["separator"].join(parts)}


class RandomInteger(Drawn):
    name = "random_integer"
    title = "Random Integer"
    schema = Block(
        {
            "min": number("required new"),
            "max": number("required new"),
            "seed": text("optional new"),
            "result": number("computed"),
        }
    )

    def problems(self, config: Values) -> list[Problem]:
        found = super().problems({**config, "timeouts": None})
        if isinstance(config["min"], int) and isinstance(config["max"], int) and config["min"] > config["max"]:
            found.append(Problem("The minimum (min) must be smaller than or equal to the maximum (max)", "", ("min",)))
        return found

    def draw(self, planned: Values) -> Values:
        source = random.Random(planned["seed"]) if planned["seed"] else random.SystemRandom()
        result = source.randint(planned["min"], planned["max"])
        return {"result": result, "id": str(result)}


class RandomUuid(Drawn):
    name = "random_uuid"
    title = "Random UUID"
    schema = Block({"result": text("computed")})

    def draw(self, planned: Values) -> Values:
        result = str(uuid.uuid4())
        return {"result": result, "id": result}


class RandomShuffle(Drawn):
    name = "random_shuffle"
    title = "Random Shuffle"
    schema = Block(
        {
            "input": texts("required new"),
            "result_count": number("optional new"),
            "seed": text("optional new"),
            "result": texts("computed"),
        }
    )

    def draw(self, planned: Values) -> Values:
        source = random.Random(planned["seed"]) if planned["seed"] else random.SystemRandom()
        count = planned["result_count"]
        wanted = len(planned["input"]) if count is None else count
        found: list[str] = []
        while planned["input"] and len(found) < wanted:
            found += source.sample(planned["input"], len(planned["input"]))
        return {"result": found[:wanted], "id": "-"}


class Random(Provider):
    block = Block()
    resources = {  # noqa: RUF012
        one.name: one
        for one in (
            RandomString(), RandomPassword(), RandomId(), RandomPet(), RandomInteger(), RandomUuid(), RandomShuffle()
        )
    }  # fmt: skip
    data_sources = {}  # noqa: RUF012

    def configured(self, config: Values) -> None:
        return None
