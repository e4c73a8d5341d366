"""The server's side of the bargain: is this code right, is it used for the first time, and how many were tried?

    window     a code is typed late, and two clocks differ: some steps back and ahead are accepted     RFC 6238 §5.2
    replay     a step is consumed by its code: at or before the last accepted one, none counts         RFC 6238 §5.2
    drift      how far the other clock was off last time, remembered and limited                       RFC 6238 §6
    throttle   failures delay the next try, in every session together, up to a bound                   RFC 4226 §7.3
    resync     an event counter may run ahead, never back; two codes in a row find it again            RFC 4226 §7.4

What was accepted is kept by a store, which changes a record only if nobody changed it in between (compare and set). So
of many checks of one code at the same moment, one is accepted.
"""

from .stores import Cipher, MemoryStore, Record, Row, SqliteStore, Store
from .verdict import PublicVerdict, Verdict
from .verifier import Throttle, Verifier

__all__ = ["Cipher", "MemoryStore", "PublicVerdict", "Record", "Row", "SqliteStore", "Store", "Throttle"]
__all__ += ["Verdict", "Verifier"]
