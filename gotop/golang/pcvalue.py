"""PC tables: a value for every place in a function's code, such as its line (runtime/symtab.go, pcvalue and step).

Places are counted in units of the architecture's shortest instruction (`Arch.pc_quantum`).
"""

from array import array
from bisect import bisect_right


def value_in(data: bytes, target: int) -> int:
    """Return the value at place `target` of the function, -1 where the table has none. Raises IndexError if `data` end
    first.

    The table is a run of pairs: the value's change, zigzag, and the units of code it holds for, both varints.
    This loop is most of what symbols cost, so the varints of one and two bytes are read in place.
    """
    position, value, end = 0, -1, 0
    while True:
        change = data[position]
        position += 1
        if change > 0x7F:
            high = data[position]
            if high < 0x80:
                change += (high << 7) - 0x80
                position += 1
            else:
                change, position = _varint(data, position - 1)
        if change == 0 and end:
            return -1
        if change & 1:
            value -= (change + 1) >> 1
        else:
            value += change >> 1
        length = data[position]
        position += 1
        if length > 0x7F:
            high = data[position]
            if high < 0x80:
                length += (high << 7) - 0x80
                position += 1
            else:
                length, position = _varint(data, position - 1)
        end += length
        if target < end:
            return value
        if length == 0:
            return -1  # the linker writes none: these bytes are no table


class PcValues:
    """A PC table taken apart, for functions so large that reading it from its start for every PC would take minutes.

    The initialisation of generated tables makes functions of megabytes: a Terraform provider's `init`, for one.
    """

    def __init__(self, data: bytes) -> None:
        """Take `data` apart up to the table's end. Raises IndexError if `data` end first."""
        self._ends, self._values = array("Q"), array("q")
        position, value, end = 0, -1, 0
        while True:
            change, position = _varint(data, position)
            if change == 0 and end:
                return
            value += -((change + 1) >> 1) if change & 1 else change >> 1
            length, position = _varint(data, position)
            if length == 0:
                return  # the linker writes none: these bytes are no table
            end += length
            self._ends.append(end)
            self._values.append(value)

    def at(self, target: int) -> int:
        """Return the value at place `target` of the function, -1 where the table has none."""
        index = bisect_right(self._ends, target)
        return int(self._values[index]) if index < len(self._ends) else -1


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """Return the varint at `position`, and the position behind it."""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value & 0xFFFFFFFF, position
