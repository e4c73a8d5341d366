"""What a store must do, tried on any store: for those who keep records in a database of their own.

    from totp_teach.verifier import conformance

    def test_my_store():
        conformance.check(lambda: MyStore("postgresql://…"))

`open_store` gives a store on the same records at each call, as another thread or process would open it; one that has a
`close` is closed. The accounts are made up, and removed at the end. Each case stands for itself, and one that fails is
an AssertionError that says what was promised (python -O would drop them). Races are tried some times,
so a swap that looks and then writes may pass: it has to be one statement or one transaction. What no function can try
is a kill and a power cut: see tests/stores.py.
"""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier

from ..otpauth import Account
from .stores import Record, Store
from .verifier import Throttle, Verifier

KEY = b"12345678901234567890"
AT = 1_000_000_000
ONE = Record(Account(issuer="Example", name="alice@example.com", key=KEY))
TOKEN = Account("hotp", "Größe & Söhne'; --", "a:b", bytes(range(64)), "SHA512", 10, counter=2**64 - 1)
ODD = Record(TOKEN, 2**64 - 1, -3, 7, 1234.0625, 2**63 - 1)
OpenStore = Callable[[], Store]


def check(open_store: OpenStore) -> None:
    """Tries everything. Raises AssertionError for the first promise that is not kept."""
    for case in CASES:
        case(open_store)


def keeps_what_it_is_given(open_store: OpenStore) -> None:
    with opened(open_store) as (store, name), opened(open_store) as (other, _):
        assert store.get(name) is None, "get gives None for an account that is not there"
        for record, old in ((ONE, None), (ODD, ONE)):
            assert store.add(name, record, old=old) is True, "add answers True when it has kept a record"
            assert other.get(name) == record, "get gives the record as it was given, whoever asks"


def adds_once(open_store: OpenStore) -> None:
    with opened(open_store) as (store, name):
        assert store.add(name, ONE) is True
        assert store.add(name, ODD) is False, "add answers False if there is a record already"
        assert store.get(name) == ONE, "an add that answers False changes nothing"
        assert store.add(name, ODD, old=replace(ONE, revision=7)) is False, "add with old compares the revision"
        assert store.get(name) == ONE, "an add that answers False changes nothing"
        assert store.add(name, ODD, old=ONE) is True, "add with old puts the new record in its place"
        assert store.get(name) == ODD, "add with old keeps the new record whole, its revision too"
        assert store.remove(name)
        assert store.add(name, ONE, old=ODD) is False, "add with old answers False if there is no record"
        assert store.get(name) is None, "an add that answers False changes nothing"


def swaps_only_what_has_not_changed(open_store: OpenStore) -> None:
    first, second = (replace(ONE, last=last, revision=ONE.revision + last) for last in (1, 2))
    with opened(open_store) as (store, name):
        assert store.swap(name, ONE, first) is False, "swap answers False if there is no record"
        assert store.add(name, ONE)
        assert store.swap(name, ONE, first) is True, "swap answers True when it has kept the new record"
        assert store.get(name) == first, "swap keeps the revision that it is given, and does not raise it"
        assert store.swap(name, ONE, second) is False, "swap answers False if the revision is another by now"
        assert store.swap(name, replace(first, revision=7), second) is False, "the revision is what swap compares"
        assert store.get(name) == first, "a swap that answers False changes nothing"
        assert store.add(name, ODD, old=first)
        assert store.swap(name, first, second) is False, "swap does not take a new account for the one before it"


def removes(open_store: OpenStore) -> None:
    with opened(open_store) as (store, name):
        assert store.remove(name) is False, "remove answers False if there is no record"
        assert store.add(name, ONE)
        assert store.remove(name) is True, "remove answers True when it has dropped a record"
        assert store.get(name) is None, "what was removed is gone"


def lets_one_in(open_store: OpenStore) -> None:
    """Eight threads, each with a store of its own, bring one code at once."""
    with opened(open_store) as (store, name):
        assert store.add(name, ONE)
        start = Barrier(8)

        def bring(code: str) -> str:
            with opened(open_store) as (own, _):
                start.wait(30)
                return Verifier(own, throttle=Throttle(delay=0, bound=10**9)).check(name, code, AT).reason

        with ThreadPoolExecutor(8) as pool:
            for code in ONE.account.codes(range(AT // 30 - 1, AT // 30 + 2)):
                found = sorted(pool.map(bring, [code] * 8))
                assert found == ["accepted"] + ["used"] * 7, f"of eight with one code one is let in, not {found}"
                kept = store.get(name)
                assert kept and kept.failures == 7, "every failure is counted"


CASES = (keeps_what_it_is_given, adds_once, swaps_only_what_has_not_changed, removes, lets_one_in)


@contextmanager
def opened(open_store: OpenStore) -> Iterator[tuple[Store, str]]:
    """A store and the id of an account that nobody has."""
    store, name = open_store(), f"conformance {secrets.token_hex(8)} ' \" % é"
    try:
        yield store, name
    finally:
        store.remove(name)
        getattr(store, "close", lambda: None)()
