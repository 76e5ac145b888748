"""Random pages and random histories of them, from any source of randomness (hypothesis, or a seed)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from oracle_kit.model import Block, Chip, Column, QuerySource, Rows, Scope, Source
from oracle_kit.query import Predicate, Query

NOON = datetime(2026, 4, 18, 12)
KINDS = ("table", "bar_chart", "line_chart")
CITIES = ("Kolkata", "Mumbai", "Pune")
Blocks = tuple[Block, ...]


def rows_of(value: int, minute: int) -> Rows:
    """One row with one number, read at a minute after noon."""
    column = Column(name="count", label="Leads", type="integer", role="measure")
    return Rows(
        columns=(column,),
        rows=((value,),),
        as_of=NOON + timedelta(minutes=minute),
        scopes=(Scope(dataset="crm.leads"),),
    )


def asking(city: str, value: int, minute: int) -> dict[str, Any]:
    """The fields of a block that counts the leads of a city."""
    query = Query(dataset="crm.leads", where=Predicate(field="city", op="eq", values=(city,)))
    rows = rows_of(value, minute)
    chip = Chip(id="chip_1", label=f"City: {city}", field="city", op="eq", values=(city,))
    source = QuerySource(
        dataset="crm.leads",
        dataset_version=1,
        dataset_digest="sha256:d",
        query_digest=query.digest,
        rows_digest=rows.digest,
        row_count=1,
        truncated=False,
        as_of=rows.as_of,
        scopes=rows.scopes,
    )
    return {
        "queries": {"main": query},
        "results": {"main": rows},
        "chips": (chip,),
        "source": Source(mode="codebook_retrieval", queries={"main": source}),
    }


def counting(block_id: str, city: str = "Kolkata", value: int = 1, minute: int = 0, **fields: Any) -> Block:
    """A block that counts the leads of a city."""
    told = {"kind": "table", "title": f"Leads in {city}", **asking(city, value, minute), **fields}
    return Block.model_validate({"id": block_id, **told})


def random_page(random: Random, most: int = 5) -> Blocks:
    """A page of a few blocks, `a` first."""
    ids = "abcdefgh"[: random.randint(0, most)]
    return tuple(counting(one, random.choice(CITIES), random.randint(0, 2)) for one in ids)


def worked_on(page: Sequence[Block], random: Random, who: str, most: int = 5) -> Blocks:
    """The page after a few random changes by one person; blocks that they add carry their name, or a shared one."""
    blocks = list(page)
    for turn in range(random.randint(0, most)):
        _change(blocks, random, f"{who}{turn}")
    return tuple(blocks)


def _change(blocks: list[Block], random: Random, fresh: str) -> None:
    act = random.choice(
        ("add", "remove", "move", "move", "title", "width", "pin", "query", "rows", "kind", "back")
    )
    if act == "add" or not blocks:
        shared = random.random() < 0.2  # both sides bring back the same block
        name = "z" if shared and all(one.id != "z" for one in blocks) else fresh
        blocks.insert(
            random.randint(0, len(blocks)), counting(name, random.choice(CITIES), random.randint(0, 1))
        )
        return
    at = random.randrange(len(blocks))
    if act == "remove":
        del blocks[at]
    elif act == "move":
        block = blocks.pop(at)
        blocks.insert(random.randint(0, len(blocks)), block)
    else:
        blocks[at] = blocks[at].model_copy(update=_update(act, blocks[at], random))


def _update(act: str, block: Block, random: Random) -> dict[str, Any]:
    if act == "query":
        fields = asking(random.choice(CITIES), random.randint(0, 2), random.randint(0, 2))
        return fields | ({"props": {"column": random.choice("pq")}} if random.random() < 0.5 else {})
    if act == "rows":
        city = block.chips[0].values[0]
        fresh = asking(str(city), random.randint(0, 2), random.randint(0, 2))
        return {name: fresh[name] for name in ("results", "source")}
    if act == "back":  # older rows come back, as after a rollback
        return {"results": {"main": rows_of(9, -5)}}
    if act == "kind":
        return {"kind": random.choice(KINDS), "props": {"column": random.choice("pq")}}
    return {
        "title": {"title": random.choice(("Leads", "Prospects"))},
        "width": {"width": random.choice((3, 6))},
        "pin": {"pinned": random.random() < 0.5},
    }[act]
