"""One digest of a whole demo warehouse, the same on both databases."""

from __future__ import annotations

from hashlib import sha256

import sqlalchemy as sa

from oracle_kit.demo.reading import open_url, reading
from oracle_kit.demo.tables import VELOCITY, key_of

PAGE = 20_000


def digest(url: str) -> str:
    """The SHA-256 of every row of every table, in the order of their keys; memory stays bounded."""
    total = sha256()
    with reading(open_url(url)) as connection:
        streamed = connection.execution_options(stream_results=True, yield_per=PAGE)
        for name, table in sorted(VELOCITY.tables.items()):
            total.update(f"{name}({','.join(table.columns.keys())})\n".encode())
            ordered = sa.select(table).order_by(*(table.c[key] for key in key_of(table)))
            for page in streamed.execute(ordered).partitions(PAGE):
                total.update("".join(f"{'|'.join(map(str, row))}\n" for row in page).encode())
    return total.hexdigest()
