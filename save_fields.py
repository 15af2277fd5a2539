"""The fields of a save, each checked for type and range before it is used.

A save may come from a damaged disk, or from another release: what is not as it
should be is a `BadSave` that names the field. What the fields mean is for
`race_save.py` and `room_save.py`.

Units: those of the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from errors import BadSave


def in_range(value: object, name: str, low: int, high: int) -> int:
    """Return a whole number from low to high.

    Raises:
        BadSave: it is something else; a truth is no number.
    """
    if type(value) is not int or not low <= value <= high:
        raise BadSave(f"{name} is missing or wrong")
    return value


def whole(data: Mapping[str, Any], name: str, low: int, high: int) -> int:
    """Return the whole number of a name; raises as `in_range` does."""
    return in_range(data.get(name), name, low, high)


def flag(data: Mapping[str, Any], name: str) -> bool:
    """Return the truth of a name.

    Raises:
        BadSave: it is missing, or is none.
    """
    value = data.get(name)
    if type(value) is not bool:
        raise BadSave(f"{name} is missing or wrong")
    return value
