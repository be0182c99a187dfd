"""Training rows from Parquet: read whole, checked, laid end to end."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from .errors import BadInputError, first_line

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
UNTRAINED = -100


@dataclass(frozen=True)
class Rows:
    """n rows of T tokens in all. Row i is `[starts[i], starts[i + 1])` of every flat array."""

    starts: Ints  # [n + 1]
    input_ids: Ints  # [T]
    labels: Ints  # [T], UNTRAINED where there is no loss; the first label of a row is never trained
    per_token: dict[str, Floats]  # further columns, [T] each
    per_row: dict[str, npt.NDArray[Any]]  # further columns, [n] each
    files: list[dict[str, Any]]  # path, sha256, rows and tokens of every file

    @cached_property
    def lengths(self) -> Ints:
        """Tokens of each row, [n]."""
        return np.diff(self.starts)

    @cached_property
    def trained(self) -> Ints:
        """Trained tokens of each row, [n]."""
        counts = np.concatenate([[0], np.cumsum(self.labels != UNTRAINED)])
        return counts[self.starts[1:]] - counts[self.starts[:-1]]


def load_rows(paths: list[str], extra: tuple[str, ...] = (), labels_optional: bool = False) -> Rows:
    """All rows of the files, in order. `extra` columns hold a number or text a row, or a list of floats a row."""
    parts = [load_file(Path(path), extra, labels_optional) for path in paths]
    unlike = next((part for part in parts if part.per_token.keys() != parts[0].per_token.keys()), None)
    if unlike:
        both = " and ".join(part.files[0]["path"] for part in (parts[0], unlike))
        raise BadInputError(f"{both} hold different kinds of columns under the same names")
    lengths = np.concatenate([np.diff(part.starts) for part in parts])
    return Rows(
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        input_ids=np.concatenate([part.input_ids for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        per_token={key: np.concatenate([part.per_token[key] for part in parts]) for key in parts[0].per_token},
        per_row={key: np.concatenate([part.per_row[key] for part in parts]) for key in parts[0].per_row},
        files=[file for part in parts for file in part.files],
    )


def load_file(path: Path, extra: tuple[str, ...], labels_optional: bool) -> Rows:
    table, digest = read_table(path)
    starts, input_ids = integers(table, "input_ids", path)
    if labels_optional and "labels" not in table.column_names:
        label_starts, labels = starts, input_ids.copy()
    else:
        label_starts, labels = integers(table, "labels", path)
    same_lengths(path, starts, label_starts, "labels")
    if len(starts) == 1:
        raise BadInputError(f"the data file {path} has no rows")
    labels[starts[:-1][np.diff(starts) > 0]] = UNTRAINED
    per_token: dict[str, Floats] = {}
    per_row: dict[str, npt.NDArray[Any]] = {}
    for name in extra:
        column = column_of(table, name, path)
        if is_list(column.type):
            other, values = flat(column, name, path)
            if not pa.types.is_floating(values.type) and not pa.types.is_integer(values.type):
                raise BadInputError(f"the column {name} of {path} must hold numbers (it holds {column.type})")
            same_lengths(path, starts, other, name)
            per_token[name] = values.to_numpy(zero_copy_only=False).astype(np.float32)
        else:
            per_row[name] = column.to_numpy(zero_copy_only=False)
    file = {"path": str(path), "sha256": digest, "rows": len(starts) - 1, "tokens": len(input_ids)}
    return Rows(starts, input_ids, labels, per_token, per_row, [file])


def read_table(path: Path) -> tuple[pa.Table, str]:
    """The file's table and its hash, from one reading of its bytes."""
    content = path.read_bytes()
    try:
        return pq.read_table(pa.BufferReader(content)), hashlib.sha256(content).hexdigest()
    except (pa.ArrowException, OSError) as error:
        raise BadInputError(f"the data file {path} is not readable Parquet: {first_line(error)}") from error


def is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def column_of(table: pa.Table, name: str, path: Path) -> pa.Array:
    if name not in table.column_names:
        raise BadInputError(f"the data file {path} has no column {name}; it has {', '.join(table.column_names)}")
    column = table.column(name).combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if column.null_count:
        raise BadInputError(f"the data file {path} has {column.null_count} empty values in column {name}")
    return column


def flat(column: pa.Array, name: str, path: Path) -> tuple[Ints, pa.Array]:
    """Where each row starts, [n + 1], and the values of all rows."""
    lengths = column.value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
    values = column.flatten()
    if values.null_count:
        raise BadInputError(f"the data file {path} has empty values in the lists of column {name}")
    return np.concatenate([[0], np.cumsum(lengths)]), values


def integers(table: pa.Table, name: str, path: Path) -> tuple[Ints, Ints]:
    column = column_of(table, name, path)
    if not is_list(column.type) or not pa.types.is_integer(column.type.value_type):
        raise BadInputError(f"the column {name} of {path} must hold lists of int64 (it holds {column.type})")
    starts, values = flat(column, name, path)
    return starts, values.to_numpy(zero_copy_only=False).astype(np.int64)


def same_lengths(path: Path, starts: Ints, other: Ints, name: str) -> None:
    different = np.flatnonzero(np.diff(starts) != np.diff(other)) if len(starts) == len(other) else np.array([0])
    if len(different):
        row = int(different[0])
        counts = f"{starts[row + 1] - starts[row]} input_ids and {other[row + 1] - other[row]} {name}"
        raise BadInputError(f"row {row} of {path} has {counts}")


def check_rows(rows: Rows, vocabulary: int, longest: int) -> None:
    """Raises BadInputError at the first token or label that the model does not have, or the first row that is too long."""
    lengths = rows.lengths
    if lengths.max() > longest:
        row = int(np.argmax(lengths > longest))
        raise BadInputError(f"{place(rows, row)} has {lengths[row]} tokens, {longest} are allowed")
    for name, values in (("token", rows.input_ids), ("label", rows.labels)):
        wrong = (values < 0) | (values >= vocabulary)
        if name == "label":
            wrong &= values != UNTRAINED
        if wrong.any():
            at = int(np.argmax(wrong))
            row = int(np.searchsorted(rows.starts, at, side="right")) - 1
            raise BadInputError(
                f"{place(rows, row)} has the {name} {values[at]}, the model's run from 0 to {vocabulary - 1}"
            )
    if not (rows.labels != UNTRAINED).any():
        raise BadInputError("no row has a trained label: there is nothing to learn from")


def place(rows: Rows, row: int) -> str:
    """A row as a person finds it: its number within its file."""
    for file in rows.files:
        if row < file["rows"]:
            return f"row {row} of {file['path']}"
        row -= file["rows"]
    raise IndexError(row)
