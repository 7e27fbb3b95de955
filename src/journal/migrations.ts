/**
 * The journal's schema, one step a version. A step that was published is never changed: what must differ becomes a new
 * step. Sizes, prices and money are decimal text, times are wall-clock milliseconds.
 * @module
 */

export interface Migration {
  /** `user_version` of the file after this step; steps count up by one. */
  readonly version: number
  readonly sql: string
}

const RUNS_AND_FLAGS = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE flags (name TEXT PRIMARY KEY, since_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE owners (
  owner_id TEXT PRIMARY KEY,
  pid INTEGER NOT NULL,
  command TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  run_no INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  run_key TEXT UNIQUE,
  command TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER,
  exit INTEGER,
  result TEXT
) STRICT;

CREATE TABLE accounts (
  account_index INTEGER PRIMARY KEY,
  l1_address TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
`

const HEDGES = `
CREATE TABLE hedges (
  hedge_no INTEGER PRIMARY KEY,
  hedge_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  market_index INTEGER NOT NULL,
  symbol TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('planned', 'opening', 'open', 'closing', 'closed', 'aborted')),
  target TEXT NOT NULL CHECK (target IN ('open', 'flat')),
  cause TEXT,
  open_deadline_ms INTEGER NOT NULL,
  attempts_used INTEGER NOT NULL,
  naked_since_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  opened_at_ms INTEGER,
  closed_at_ms INTEGER,
  owner_id TEXT,
  epoch INTEGER NOT NULL,
  lease_until_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX hedges_by_run ON hedges (run_id);
CREATE INDEX hedges_by_owner ON hedges (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX hedges_live ON hedges (hedge_no) WHERE state NOT IN ('closed', 'aborted');

CREATE TABLE legs (
  hedge_id TEXT NOT NULL REFERENCES hedges (hedge_id),
  leg_no INTEGER NOT NULL,
  account TEXT NOT NULL,
  account_index INTEGER NOT NULL,
  api_key_index INTEGER NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('long', 'short')),
  planned_base TEXT NOT NULL,
  leverage TEXT NOT NULL,
  last_seen_base TEXT,
  stop_down TEXT,
  stop_up TEXT,
  stop_state TEXT NOT NULL
    CHECK (stop_state IN ('OFF', 'PENDING', 'RESTING', 'NOT_REACHABLE', 'UNPROTECTED')),
  is_live INTEGER NOT NULL CHECK (is_live IN (0, 1)),
  PRIMARY KEY (hedge_id, leg_no)
) STRICT, WITHOUT ROWID;
-- The rule "an account is in at most one live hedge", held by the file itself.
CREATE UNIQUE INDEX legs_live ON legs (account_index) WHERE is_live = 1;
`

const ORDERS = `
CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY AUTOINCREMENT,
  owner_id TEXT NOT NULL,
  hedge_id TEXT REFERENCES hedges (hedge_id),
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  account TEXT NOT NULL,
  account_index INTEGER NOT NULL,
  api_key_index INTEGER NOT NULL,
  market_index INTEGER NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('open', 'complete', 'reduce', 'close', 'flatten',
    'stops', 'leverage', 'cancel', 'displace')),
  reason TEXT NOT NULL,
  nonce INTEGER NOT NULL,
  tx_hash TEXT NOT NULL UNIQUE,
  tx_type INTEGER NOT NULL,
  tx_info TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  client_order_index INTEGER NOT NULL,
  side TEXT CHECK (side IN ('buy', 'sell')),
  base_size TEXT,
  price TEXT,
  is_reduce_only INTEGER NOT NULL CHECK (is_reduce_only IN (0, 1)),
  state TEXT NOT NULL CHECK (state IN ('prepared', 'in_doubt', 'accepted', 'done', 'refused',
    'displaced', 'expired')),
  sends INTEGER NOT NULL,
  filled_base TEXT NOT NULL,
  average_price TEXT,
  outcome TEXT,
  prepared_at_ms INTEGER NOT NULL,
  answered_at_ms INTEGER,
  settled_at_ms INTEGER
) STRICT;
CREATE INDEX orders_by_hedge ON orders (hedge_id) WHERE hedge_id IS NOT NULL;
CREATE INDEX orders_by_run ON orders (run_id);
CREATE INDEX orders_by_client_index ON orders (client_order_index, account_index)
  WHERE client_order_index <> 0;
CREATE INDEX orders_unsettled ON orders (order_id)
  WHERE state IN ('prepared', 'in_doubt', 'accepted');

CREATE TABLE lanes (
  account_index INTEGER NOT NULL,
  api_key_index INTEGER NOT NULL,
  next_nonce INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('free', 'held')),
  held_nonce INTEGER,
  owner_id TEXT,
  hedge_id TEXT REFERENCES hedges (hedge_id),
  epoch INTEGER,
  order_id INTEGER REFERENCES orders (order_id),
  PRIMARY KEY (account_index, api_key_index),
  CHECK ((state = 'held') = (owner_id IS NOT NULL AND held_nonce IS NOT NULL)),
  CHECK (state = 'held' OR (hedge_id IS NULL AND epoch IS NULL AND order_id IS NULL))
) STRICT, WITHOUT ROWID;
`

const BOOKS = `
CREATE TABLE fills (
  trade_id TEXT NOT NULL,
  account_index INTEGER NOT NULL,
  hedge_id TEXT REFERENCES hedges (hedge_id),
  client_order_index INTEGER NOT NULL,
  market_index INTEGER NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
  base_size TEXT NOT NULL,
  price TEXT NOT NULL,
  fee_usd TEXT NOT NULL,
  realized_pnl_usd TEXT,
  counter_account_index TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (trade_id, account_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX fills_by_hedge ON fills (hedge_id) WHERE hedge_id IS NOT NULL;

CREATE TABLE spend (
  bucket TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  units INTEGER NOT NULL CHECK (units > 0),
  PRIMARY KEY (bucket, at_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  event_id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('info', 'warning', 'alert')),
  kind TEXT NOT NULL,
  message TEXT NOT NULL,
  run_id TEXT,
  hedge_id TEXT,
  account TEXT
) STRICT;
CREATE INDEX events_by_hedge ON events (hedge_id) WHERE hedge_id IS NOT NULL;
CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
  BEGIN SELECT raise(ABORT, 'events are append only'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
  BEGIN SELECT raise(ABORT, 'events are append only'); END;
`

const WATCHERS = `
-- An account is guarded by one watch at a time; the row of a process that is gone is worth nothing.
CREATE TABLE watched_accounts (
  account_index INTEGER PRIMARY KEY,
  owner_id TEXT NOT NULL
) STRICT;
`

const OUTBOX = `
CREATE TABLE notify_memory (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  revision INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE outbox (
  message_no INTEGER PRIMARY KEY AUTOINCREMENT,
  envelope_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dropped')),
  created_at_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt_ms INTEGER NOT NULL,
  claimed_by TEXT,
  claimed_until_ms INTEGER,
  ended_at_ms INTEGER,
  error TEXT,
  UNIQUE (envelope_id, channel)
) STRICT;
CREATE INDEX outbox_waiting ON outbox (channel, message_no) WHERE state = 'waiting';
CREATE INDEX outbox_ended ON outbox (ended_at_ms) WHERE state <> 'waiting';

CREATE TABLE pnl_course (
  at_ms INTEGER PRIMARY KEY,
  open_hedges INTEGER NOT NULL,
  net_usd TEXT,
  worst_leg_usd TEXT
) STRICT;

CREATE INDEX events_by_time ON events (at_ms);
CREATE INDEX hedges_by_end ON hedges (closed_at_ms) WHERE closed_at_ms IS NOT NULL;
CREATE INDEX runs_by_command ON runs (command, run_no);

-- What the decision to trade was based on, for slippage.
ALTER TABLE orders ADD COLUMN mark_price TEXT;
`

/** All steps, oldest first (DESIGN.md section 3, "Lanes, owners, fencing"). */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, sql: RUNS_AND_FLAGS + HEDGES + ORDERS + BOOKS },
  { version: 2, sql: WATCHERS },
  { version: 3, sql: OUTBOX },
]
