"""What a store must do, tried on any store: for those who keep records in a database of their own.

    from totp_teach.verifier import conformance

    def test_my_store():
        conformance.check(lambda: MyStore("postgresql://…"))

`open_store` gives a store on the same records at each call, as another thread or process would open it; one that has a
`close` is closed. The accounts are made up, and removed at the end. What fails is an AssertionError that says what was
promised (python -O would drop them). A store that looks and then writes is found if a step of its Python lies in
between. Races inside a database are not seen, and no function can try a kill or a power cut: see tests/stores.py.
"""

import secrets
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

from ..otpauth import Account
from .stores import MemoryStore, Record, Store

ONE = Record(Account(issuer="Example", name="alice@example.com", key=b"12345678901234567890"))
OTHER = replace(ONE, revision=ONE.revision + 1)  # which is never kept
TOKEN = Account("hotp", "Größe & Söhne'; --", "a:b", bytes(range(64)), "SHA512", 10, counter=2**64 - 1)
ODD = Record(TOKEN, 2**64 - 1, -3, 7, 1234.0625, 2**63 - 1)
ODD_ONE = replace(ODD, account=ONE.account)  # as a swap may keep it
OpenStore = Callable[[], Store]
PROMISES = {
    "get": "get gives the record that was kept last, whole and as it was given; None if there is none",
    "add": "add keeps a record whole where there is none, or in the place of `old` by its revision; or answers False",
    "swap": "swap keeps state and revision if what is kept has the revision of `old`; or answers False",
    "remove": "remove drops a record; or answers False",
}
AT_ONCE = "add add", "swap swap", "swap add", "swap remove", "add remove", "remove remove", "get add"
SECONDS = 0.2  # for each of these


def check(open_store: OpenStore) -> None:
    """Tries everything. Raises AssertionError for the first promise that is not kept."""
    keeps_what_it_is_given(open_store)
    takes_one_after_the_other(open_store)


def keeps_what_it_is_given(open_store: OpenStore) -> None:
    """Each action alone, as it would come out in memory; another store on the same records sees what was kept."""
    with opened(open_store) as (store, name), opened(open_store) as (other, _):
        for before, action, old, new in product((None, ONE), PROMISES, (None, ONE, OTHER), (ODD_ONE, ODD)):
            if action == "add" or (old and new is ODD_ONE):
                outcomes = []
                for one, another in (store, other), (memory := MemoryStore(), memory):
                    answer = _did(action, old, new, name, _prepared(one, name, before))
                    outcomes.append((type(answer), answer, another.get(name)))
                assert outcomes[0] == outcomes[1], f"{PROMISES[action]}; not {outcomes[0]}"


def takes_one_after_the_other(open_store: OpenStore) -> None:
    """Two threads at once, with a store each; the one is held up after each step of its Python in turn.

    What comes of it must be what comes of the one after the other.
    """
    with opened(open_store) as (store, name), ThreadPoolExecutor(1) as elsewhere:
        own = opened(open_store)
        other, _ = elsewhere.submit(own.__enter__).result()
        for before, pair in (None, AT_ONCE[0]), *((ONE, pair) for pair in AT_ONCE):
            _at_once(before, pair, store, name, lambda act: elsewhere.submit(act, other))
        elsewhere.submit(own.__exit__, None, None, None).result()


def _at_once(before: Record | None, pair: str, store: Store, name: str, start: Callable[[Callable], Future]) -> None:
    news = ODD_ONE, ODD if pair.endswith("add") else replace(ODD_ONE, revision=0)
    acts = [partial(_did, action, before, new, name) for action, new in zip(pair.split(), news)]
    allowed = []
    for order in (0, 1), (1, 0):
        memory = _prepared(MemoryStore(), name, before)
        answers = {number: acts[number](memory) for number in order}
        allowed.append((answers[0], answers[1], memory.get(name)))

    def run(at: int, patience: float) -> tuple[list[str], float]:
        """Does both, the second when the first has come to that step. The modules of these steps, and the seconds."""
        steps: list[str] = []
        running: list[Future] = []

        def tracer(frame: Any, *_: object) -> Any:
            frame.f_trace_opcodes = True
            steps.append(frame.f_globals.get("__name__", ""))
            if len(steps) == at:
                running.append(start(acts[1]))
                wait(running, patience)
            return tracer

        _prepared(store, name, before)
        others = sys.gettrace()  # a debugger's, or that of whoever measures coverage
        sys.settrace(tracer)
        try:
            answer = acts[0](store)
        finally:
            sys.settrace(others)
        begun = time.monotonic()
        found = answer, (running or [start(acts[1])])[0].result(), store.get(name)
        assert found in allowed, f"at once ({pair}): to look and to write must be one step; not {found}"
        return steps, time.monotonic() - begun

    run(0, 0)  # Python 3.12 sees all steps from the second time on
    steps, took = run(0, 0)
    # The store's own steps come first, then those of what it calls; spread evenly, however few there is time for.
    own, end = {kind.__module__ for kind in type(store).__mro__}, time.monotonic() + SECONDS
    for _, _, at in sorted((module not in own, at * 0.618 % 1, at) for at, module in enumerate(steps, 1)):
        if time.monotonic() < end:
            run(at, max(0.002, 3 * took))


def _did(action: str, old: Record | None, new: Record, name: str, store: Store) -> object:
    """What the store answered."""
    if action == "add":
        return store.add(name, new, old=old)
    return getattr(store, action)(name, *((old, new) if action == "swap" else ()))


def _prepared(store: Store, name: str, record: Record | None) -> Store:
    store.remove(name)
    assert record is None or store.add(name, record)
    return store


@contextmanager
def opened(open_store: OpenStore) -> Iterator[tuple[Store, str]]:
    """A store and the id of an account that nobody has."""
    store, name = open_store(), f"conformance {secrets.token_hex(8)} ' \" % é"
    try:
        yield store, name
    finally:
        store.remove(name)
        getattr(store, "close", lambda: None)()
