"""What a field of a message may hold: declared once, checked from it.

A message is a frozen dataclass whose annotations carry a rule, such as
`Annotated[int, Whole(0, 255)]`. `layout_of` reads them once; `to_wire` and
`from_wire` follow the layout. Nothing here reads bytes.

Units: characters, bytes, rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, get_args, get_type_hints

from errors import InvalidMessage


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`, both included."""

    low: int
    high: int

    def check(self, value: object) -> str | None:
        """Return what is wrong with the value, or None."""
        # A bool is an int in Python, but not on our wire.
        if type(value) is not int:
            return "not a whole number"
        if not self.low <= value <= self.high:
            return f"not from {self.low} to {self.high}"
        return None


@dataclass(frozen=True, slots=True)
class Real:
    """A finite double from `low` to `high`, both included."""

    low: float
    high: float

    def check(self, value: object) -> str | None:
        """Return what is wrong with the value, or None."""
        if type(value) is not float or not math.isfinite(value):
            return "not a finite real number"
        if not self.low <= value <= self.high:
            return f"not from {self.low} to {self.high}"
        return None


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def check(self, value: object) -> str | None:
        """Return what is wrong with the value, or None."""
        return None if type(value) is bool else "not a truth value"


@dataclass(frozen=True, slots=True)
class Text:
    """Unicode text of at most `chars_max` characters."""

    chars_max: int

    def check(self, value: object) -> str | None:
        """Return what is wrong with the value, or None."""
        if type(value) is not str or not _is_unicode(value):
            return "not text"
        if len(value) > self.chars_max:
            return f"longer than {self.chars_max} characters"
        return None


def _is_unicode(text: str) -> bool:
    # A pickle can carry half of a surrogate pair: text that no file, database
    # or other language would take.
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes, at most `bytes_max` of them."""

    bytes_max: int

    def check(self, value: object) -> str | None:
        """Return what is wrong with the value, or None."""
        if type(value) is not bytes:
            return "not bytes"
        if len(value) > self.bytes_max:
            return f"longer than {self.bytes_max} bytes"
        return None


@dataclass(frozen=True, slots=True)
class Many:
    """A tuple of at most `rows_max` rows, each a dataclass of its own."""

    row: type[Any]
    rows_max: int


Rule = Whole | Real | Flag | Text | Blob | Many


_layouts: dict[type[Any], tuple[tuple[str, Rule], ...]] = {}


def layout_of(kind: type[Any]) -> tuple[tuple[str, Rule], ...]:
    """Return the (name, rule) pairs of a message or row, in wire order."""
    known = _layouts.get(kind)
    if known is not None:
        return known
    assert is_dataclass(kind)
    hints = get_type_hints(kind, include_extras=True)
    layout = []
    for field in fields(kind):
        rules = [one for one in get_args(hints[field.name]) if isinstance(one, Rule)]
        assert len(rules) == 1, f"{kind.__name__}.{field.name} declares no rule"
        layout.append((field.name, rules[0]))
    _layouts[kind] = tuple(layout)
    return _layouts[kind]


def to_wire(message: object) -> tuple[object, ...]:
    """Return the fields of a message or row as plain data, rows as tuples."""
    return tuple(
        tuple(to_wire(row) for row in getattr(message, name))
        if isinstance(rule, Many)
        else getattr(message, name)
        for name, rule in layout_of(type(message))
    )


def from_wire(kind: type[Any], values: tuple[object, ...], where: str) -> Any:
    """Return the message or row that plain data describes.

    Raises:
        InvalidMessage: a field is missing, of another type or out of range.
    """
    layout = layout_of(kind)
    if len(values) != len(layout):
        raise InvalidMessage(where, "*", f"{len(values)} fields, expected {len(layout)}")
    checked: list[object] = []
    for (name, rule), value in zip(layout, values, strict=True):
        if isinstance(rule, Many):
            checked.append(_rows(rule, value, where, name))
            continue
        wrong = rule.check(value)
        if wrong is not None:
            raise InvalidMessage(where, name, wrong)
        checked.append(value)
    return kind(*checked)


def _rows(rule: Many, value: object, where: str, name: str) -> tuple[object, ...]:
    if type(value) is not tuple:
        raise InvalidMessage(where, name, "not a tuple of rows")
    if len(value) > rule.rows_max:
        raise InvalidMessage(where, name, f"more than {rule.rows_max} rows")
    rows = []
    for row in value:
        if type(row) is not tuple:
            raise InvalidMessage(where, name, "a row is not a tuple")
        rows.append(from_wire(rule.row, row, f"{where}.{name}"))
    return tuple(rows)
