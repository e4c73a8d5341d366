-- The server's tables. What must always follow from a change follows here, in the same transaction.
-- As in the verifier's store: a recovery code that was used, and a session that was ended, stay so through a power cut;
-- and what a trigger deletes from `accounts` is overwritten.
PRAGMA synchronous = EXTRA;
PRAGMA fullfsync = ON;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS users (
    name TEXT PRIMARY KEY,
    password TEXT NOT NULL,            -- its hash
    phone TEXT                         -- the verifier's id of the key that counts; NULL: no code is asked for
);
CREATE TABLE IF NOT EXISTS sessions (
    token BLOB PRIMARY KEY,            -- its hash, so that reading the file gives nobody a session
    name TEXT NOT NULL,
    stage TEXT NOT NULL,
    ends REAL NOT NULL,
    used REAL NOT NULL,
    address TEXT NOT NULL,             -- from where it was begun
    recovered INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    pending TEXT,                      -- the verifier's id of the key that this session is setting up
    shown_until REAL                   -- the moment from which nobody is shown that key any more
);
CREATE TABLE IF NOT EXISTS recovery_codes (name TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (name, code));
CREATE TABLE IF NOT EXISTS attempts (id INTEGER PRIMARY KEY AUTOINCREMENT, who TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_of ON attempts (who);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    what TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of ON events (name, what);
CREATE TABLE IF NOT EXISTS master (fingerprint TEXT NOT NULL);

-- Keys that count for nobody, and that no session is setting up, are forgotten (`accounts` is the verifier's table).
CREATE TRIGGER IF NOT EXISTS old_phone AFTER UPDATE OF phone ON users WHEN OLD.phone IS NOT NEW.phone BEGIN
    DELETE FROM accounts WHERE id = OLD.phone;
END;
CREATE TRIGGER IF NOT EXISTS old_pending AFTER UPDATE OF pending ON sessions WHEN OLD.pending IS NOT NEW.pending BEGIN
    DELETE FROM accounts WHERE id = OLD.pending AND id NOT IN (SELECT phone FROM users WHERE phone IS NOT NULL);
END;
CREATE TRIGGER IF NOT EXISTS ended_session AFTER DELETE ON sessions BEGIN
    DELETE FROM accounts WHERE id = OLD.pending AND id NOT IN (SELECT phone FROM users WHERE phone IS NOT NULL);
END;
-- A new session clears away those that have ended, and the key of an enrolment in which the server was killed.
CREATE TRIGGER IF NOT EXISTS new_session AFTER INSERT ON sessions BEGIN
    DELETE FROM sessions WHERE ends <= NEW.used;
    DELETE FROM accounts WHERE id NOT IN (SELECT phone FROM users WHERE phone IS NOT NULL)
        AND id NOT IN (SELECT pending FROM sessions WHERE pending IS NOT NULL);
END;
-- Somebody knows the password, and does not have the phone.
CREATE TRIGGER IF NOT EXISTS no_code AFTER DELETE ON sessions WHEN OLD.stage = 'password' BEGIN
    INSERT INTO events (at, name, address, what)
    VALUES (OLD.used, OLD.name, OLD.address, 'password accepted, and no code came');
END;
-- Of each kind the newest 200 events of a name are kept: nobody fills the disk, or pushes anybody's events out with
-- others.
CREATE TRIGGER IF NOT EXISTS old_events AFTER INSERT ON events BEGIN
    DELETE FROM events WHERE name = NEW.name AND what = NEW.what AND id NOT IN (
        SELECT id FROM events WHERE name = NEW.name AND what = NEW.what ORDER BY id DESC LIMIT 200
    );
END;
PRAGMA user_version = 4;
