"""The login server's parts by themselves: passwords, the vault, limits, the database."""

import hashlib
import os
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from totp_teach import OtpError
from totp_teach.login import limits, passwords, vault
from totp_teach.login.database import Database
from totp_teach.login.limits import Refused
from totp_teach.verifier import SqliteStore

# --- passwords ------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(passwords, "N", 2)


def test_a_password_is_kept_as_owasp_says():
    """Password Storage Cheat Sheet: "N=2^14 (16 MiB), r=8 (1024 bytes), p=5" is one of its settings for scrypt."""
    salt, digest = passwords.hashed("correct horse").split(":")
    expected = hashlib.scrypt(b"correct horse", salt=bytes.fromhex(salt), n=16384, r=8, p=5, dklen=32)
    assert digest == expected.hex()
    assert passwords.matches("correct horse", f"{salt}:{digest}")
    assert not passwords.matches("correct hors", f"{salt}:{digest}")


@settings(max_examples=30)
@given(st.text(min_size=1), st.text(min_size=1))
def test_a_password_matches_itself_and_no_other(first, second):
    passwords_n, passwords.N = passwords.N, 2
    try:
        kept = passwords.hashed(first)
        assert passwords.matches(first, kept)
        assert passwords.matches(second, kept) == (passwords._scrypt(second, b"") == passwords._scrypt(first, b""))
    finally:
        passwords.N = passwords_n


def test_equal_passwords_are_not_seen_to_be_equal(quick):
    assert passwords.hashed("correct horse") != passwords.hashed("correct horse")


def test_a_letter_is_the_same_from_every_keyboard(quick):
    assert passwords.matches("caf\u00e9 au lait", passwords.hashed("cafe\u0301 au lait"))
    assert not passwords.matches("2" * 8, passwords.hashed("²" * 8))  # another letter is another one


@pytest.mark.parametrize("password", ["", "correct horse", "\0" * 32])
def test_nobody_has_a_password(quick, password):
    assert not passwords.matches(password, passwords.NOBODY)


# --- the vault ------------------------------------------------------------------------------------------------------


@given(st.binary(), st.binary())
def test_what_is_sealed_opens_again_and_is_not_to_be_seen(data, context):
    box = vault.Vault(bytes(32))
    sealed = box.seal(data, context)
    assert box.open(sealed, context) == data
    assert len(sealed) == 12 + len(data) + 16
    assert box.seal(data, context) != sealed
    assert len(data) < 4 or data not in sealed


@given(st.integers(0, 12 + 20 + 16 - 1), st.integers(1, 255))
def test_a_changed_byte_does_not_open(place, change):
    box = vault.Vault(bytes(32))
    sealed = bytearray(box.seal(b"12345678901234567890", b"alice"))
    sealed[place] ^= change
    with pytest.raises(OtpError, match="does not open"):
        box.open(bytes(sealed), b"alice")


def test_nor_does_anothers_or_one_that_is_cut():
    box = vault.Vault(bytes(32))
    sealed = box.seal(b"12345678901234567890", b"alice")
    for opener, found, context in [
        (box, sealed, b"bob"),
        (vault.Vault(b"\1" * 32), sealed, b"alice"),
        (box, sealed[:-1], b"alice"),
    ]:
        with pytest.raises(OtpError, match="does not open"):
            opener.open(found, context)


def test_a_key_for_one_purpose_is_not_that_for_another():
    """RFC 5869: with an expansion of one block, T(1) = HMAC(PRK, info | 0x01)."""
    hkdf = pytest.importorskip("cryptography.hazmat.primitives.kdf.hkdf", reason="cryptography is not installed")
    from cryptography.hazmat.primitives.hashes import SHA256

    master = os.urandom(32)
    for purpose in ("cookies", "keys at rest"):
        assert vault.derived(master, purpose) == hkdf.HKDFExpand(SHA256(), 32, purpose.encode()).derive(master)
    assert vault.derived(master, "cookies") != vault.derived(master, "keys at rest")


def test_a_master_key_is_made_once_and_for_its_owners_eyes(tmp_path):
    path = tmp_path / "login.key"
    first = vault.master(path)
    assert len(first) == 32
    assert vault.master(path) == first
    assert vault.master(tmp_path / "other.key") != first
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_master_key_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    """A power cut that left the accounts and took the key would shut every phone out."""
    done, fsync, replace = [], os.fsync, os.replace

    def synced(file):
        done.append(os.fstat(file).st_size)
        fsync(file)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", lambda *paths: (done.append("named"), replace(*paths)))
    vault.master(tmp_path / "login.key")
    assert done == [32, "named"]


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_file_that_is_no_master_key_is_refused(tmp_path, content):
    (tmp_path / "login.key").write_bytes(content)
    with pytest.raises(OtpError, match="not a master key"):
        vault.master(tmp_path / "login.key")


# --- limits ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def database(tmp_path):
    store = SqliteStore(tmp_path / "login.db")  # whose table of keys the triggers speak of
    database = Database(tmp_path / "login.db")
    yield database
    database.close()
    store.close()


def take(database, now, most=3, **who):
    return limits.take(
        database, b"key", now, **{kind: (each, most) for kind, each in (who or {"name": "alice"}).items()}
    )


def test_so_many_attempts_and_no_more(database):
    for now in (1000, 1100, 1200):
        take(database, now)
    with pytest.raises(Refused) as refused:
        take(database, 1250)
    assert (refused.value.status, refused.value.wait) == (429, 50)
    assert str(refused.value) == "Too many attempts. Wait 50 s, then try again."
    take(database, 1300)  # the first is five minutes old
    with pytest.raises(Refused):
        take(database, 1300)


def test_what_was_refused_is_not_counted(database):
    for _ in range(3):
        take(database, 1000)
    for _ in range(5):
        with pytest.raises(Refused):
            take(database, 1299)
    for _ in range(3):
        take(database, 1300)


def test_nothing_is_counted_if_one_of_them_has_no_more(database):
    for _ in range(3):
        take(database, 1000, name="alice")
    with pytest.raises(Refused):
        take(database, 1000, address="here", name="alice")
    for _ in range(3):
        take(database, 1000, address="here")


def test_a_name_is_no_address(database):
    for kind in ("name", "address", "device"):
        for _ in range(3):
            take(database, 1000, **{kind: "alice"})


@pytest.mark.parametrize(
    "network",
    [
        ["2001:db8::1", "2001:DB8:0::2", "2001:db8::ffff:ffff:ffff:ffff"],
        ["203.0.113.7", "::ffff:203.0.113.7", "::FFFF:cb00:7107"],
    ],
)
def test_a_household_has_one_address(database, network):
    for address in network:
        take(database, 1000, address=address)
    for address in network:
        with pytest.raises(Refused):
            take(database, 1000, address=address)
    take(database, 1000, address="2001:db8:0:1::1")
    take(database, 1000, address="203.0.113.8")


def test_what_is_forgiven_is_not_counted(database):
    for _ in range(10):
        database.forgive(take(database, 1000))


def test_a_clock_that_was_set_back_keeps_nobody_out(database):
    for _ in range(3):
        take(database, 10**9)
    take(database, 1000)


def test_what_was_typed_as_a_name_is_not_kept(database, tmp_path):
    take(database, 1000, name="my password in the wrong field")
    assert b"my password" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    [(who,)] = database._read("SELECT who FROM attempts")
    assert who != hashlib.sha256(b"name my password in the wrong field").hexdigest()  # which anybody could guess at
    limits.take(database, b"another", 1000, name=("my password in the wrong field", 3))
    assert len({who for (who,) in database._read("SELECT who FROM attempts")}) == 2


# --- the database ---------------------------------------------------------------------------------------------------


def test_a_recovery_code_is_used_once(database):
    database.add_user("alice", "x")
    database.set_phone("alice", "alice 1", ["a", "b"], None)
    assert [database.use_recovery_code("alice", "a") for _ in range(2)] == [True, False]
    assert not database.use_recovery_code("bob", "b")
    assert database.recovery_codes_left("alice") == 1


def test_what_was_used_or_deleted_stays_so_through_a_power_cut(database):
    """Once the verifier's own connection alone took such care."""
    for pragma, expected in {"synchronous": 3, "fullfsync": 1, "secure_delete": 1}.items():
        assert database._read(f"PRAGMA {pragma}") == [(expected,)]


def test_new_recovery_codes_put_the_old_ones_out(database):
    database.add_user("alice", "x")
    database.set_phone("alice", "alice 1", ["a", "b"], None)
    database.set_phone("alice", "alice 2", ["c"], None)
    assert [database.use_recovery_code("alice", code) for code in "abc"] == [False, False, True]


def test_codes_and_recovery_codes_are_switched_on_together_or_not_at_all(database):
    database.add_user("alice", "x")
    with pytest.raises(sqlite3.IntegrityError):
        database.set_phone("alice", "alice 1", ["a", "a"], None)
    assert database.user("alice").phone is None
    assert database.recovery_codes_left("alice") == 0


def test_a_name_is_taken_once(database):
    assert database.add_user("alice", "first")
    assert not database.add_user("alice", "second")
    assert database.user("alice").password == "first"


def test_sessions_end_and_their_tokens_are_not_in_the_file(database, tmp_path):
    database.open_session("a token of somebody", "alice", "full", now=0, ends=100)
    assert database.session("a token of somebody", 99, 1000).name == "alice"
    assert database.session("a token of somebody", 100, 1000) is None
    found = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"alice" in found and b"a token of somebody" not in found
    database.open_session("another", "alice", "full", now=100, ends=200)
    assert database._read("SELECT count(*) FROM sessions") == [(1,)]


def test_the_log_keeps_the_newest_200_of_a_kind(database):
    for number in range(212):
        database.log(number, "alice", "here", "something")
    assert [at for at, _, _ in database.events("alice", 3)] == [211, 210, 209]
    assert database._read("SELECT count(*) FROM events") == [(200,)]


def test_keys_that_count_for_nobody_are_forgotten(database):
    """Each way in which a key stops to count, and none in which it goes on."""

    def keys() -> set[str]:
        return {key for (key,) in database._read("SELECT id FROM accounts")}

    def key(name: str) -> str:
        database._write(("INSERT INTO accounts VALUES (?, '{}', x'00', '[]', 0)", name))
        return name

    database.add_user("alice", "x")
    for token in ("a", "b"):
        database.open_session(token, "alice", "full", now=0, ends=100)
    for name in ("first", "second"):
        database.set_pending("a", "alice", key(name), 1000, shared=False)
    database.set_pending("b", "alice", key("other"), 1000, shared=False)
    assert keys() == {"second", "other"}  # begun again
    database.set_phone("alice", "second", [], "a")
    assert keys() == {"second"}  # confirmed; the other session ended
    database.set_pending("a", "alice", key("third"), 1000, shared=False)
    key("fifth")  # killed before its session had it
    database.open_session("c", "bob", "full", now=200, ends=300)
    assert keys() == {"second"}  # the session ended
    database.open_session("d", "alice", "full", now=200, ends=300)
    database.set_pending("d", "alice", key("fourth"), 1000, shared=False)
    database.set_phone("alice", "fourth", [], "d")
    assert keys() == {"fourth"}  # another phone
    database.set_phone("alice", None, [], "d")
    assert keys() == set()
