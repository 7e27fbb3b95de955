/**
 * What the owner is told of: every kind of event of the journal with its weight and what to do about it. A kind that is
 * not here is told by its level with its own words, so that nothing new is swallowed.
 * @module
 */
import type { EventLevel } from '../../ports.ts'
import type { Severity } from '../message.ts'

/** How one kind of trouble is told. */
export interface AlertRule {
  /** What it is called in a subject. */
  readonly title: string
  /** Instead of the one that follows from the event's level. */
  readonly severity?: Severity
  /** Only something that lasts longer is told, milliseconds. */
  readonly patienceMs: number
  /** True: its end is an event `<kind>_over`. False: it happens, and is forgotten when it does not happen again. */
  readonly hasEnd: boolean
  /** Kinds of events that end it beside its own. */
  readonly endsWith?: readonly string[]
  /** It is written in the ledger: it holds until an event ends it, whoever watches. */
  readonly isOfLedger?: boolean
  readonly advice: string
}

const MINUTE_MS = 60_000
/** Long enough for what mends itself: a reconnection, a proxy that hiccups. */
const PATIENT_MS = 10_000

const lasting = (title: string, advice: string, more: Partial<AlertRule> = {}): AlertRule => ({
  title,
  advice,
  patienceMs: 0,
  hasEnd: true,
  ...more,
})
const moment = (title: string, advice: string, more: Partial<AlertRule> = {}): AlertRule => ({
  ...lasting(title, advice, more),
  hasEnd: false,
})

const LOOK = 'hedgebot status shows how it stands; hedgebot close --hedge <id> ends it.'
const WAIT =
  'It goes on by itself when this is over; what rests on the exchange protects meanwhile.'
const KEY =
  'Check api_key and api_key_index of this account (hedgebot check). Open positions keep their stops on the exchange.'
const ONE_PROGRAM =
  'Every API key must belong to hedgebot alone: give the other program another api_key_index.'
const FILES =
  'Free space on the disk and check the rights of state_dir. Until then nothing is opened; closing goes on.'

/** Position and protection. */
const EXPOSURE: Readonly<Record<string, AlertRule>> = {
  exposed: lasting(
    'Naked exposure',
    `hedgebot is bringing it back; if it lasts, close the legs yourself. ${LOOK}`,
    {
      severity: 'critical',
    },
  ),
  unprotected: lasting('No stops on the exchange', `While watch runs it stops by itself. ${LOOK}`, {
    severity: 'critical',
    patienceMs: PATIENT_MS,
    isOfLedger: true,
  }),
  in_doubt: lasting('Order in doubt', `The outcome is being asked for. ${LOOK}`, {
    patienceMs: 0,
  }),
  close_failing: lasting(
    'Closing does not come through',
    `hedgebot goes on trying. If it lasts, close the legs at the exchange yourself. ${LOOK}`,
  ),
  closing_held_back: moment('Closing waits for the book', LOOK, { patienceMs: PATIENT_MS }),
  exit_liquidation: moment(
    'Liquidated',
    'The exchange took a leg; its partners were closed. Look at the margin of this account before opening again.',
    { severity: 'critical' },
  ),
  exit_deleverage: moment(
    'Deleveraged',
    'The exchange reduced a leg against another trader; its partners were closed.',
    { severity: 'critical' },
  ),
  exit_closed_elsewhere: moment(
    'Closed by somebody else',
    `Nobody else may trade on these accounts. ${ONE_PROGRAM}`,
  ),
  leg_vanished: moment('A leg vanished', `The rest of its hedge was closed at once. ${LOOK}`, {
    severity: 'critical',
  }),
  liquidation_near: lasting(
    'Liquidation is near',
    'Add collateral to this account, or close the hedge (hedgebot close --accounts <name>).',
  ),
  balance_low: lasting(
    'Margin is nearly used up',
    'Add collateral to this account: a further move against it leads to liquidation.',
    { patienceMs: MINUTE_MS },
  ),
  stop_unseen: lasting('A stop may be due and cannot be seen', WAIT, { severity: 'critical' }),
  fills_missing: moment(
    'Result incomplete',
    'hedgebot explain <id> shows what is known of this hedge.',
  ),
  foreign_position: lasting(
    'A position that is in no hedge',
    'If it is yours, leave it or close it (hedgebot close --flatten); if the journal was lost, hedgebot adopt.',
  ),
  account_without_key: lasting(
    'A hedge that cannot be watched',
    'Put the entries of these accounts back into api_credentials.',
    { severity: 'critical' },
  ),
  hedge_adopted: moment(
    'Taken over from an earlier run',
    'An earlier run ended in the middle; this one brings its hedges to a safe state.',
  ),
}

/** What is heard of the exchange, and the way there. */
const VENUE: Readonly<Record<string, AlertRule>> = {
  account_stale: lasting('Account data are old', WAIT, { patienceMs: PATIENT_MS }),
  stream_silent: lasting('A stream is silent', WAIT, { patienceMs: MINUTE_MS, severity: 'info' }),
  stream_wrong: moment('A stream told something wrong', WAIT, { severity: 'info' }),
  mark_stale: lasting('Prices are old', WAIT, { patienceMs: PATIENT_MS }),
  market_stream_stale: lasting('Prices are old', WAIT, { patienceMs: PATIENT_MS }),
  venue_unreachable: lasting('The exchange cannot be reached', WAIT, { severity: 'critical' }),
  maintenance: lasting('Maintenance at the exchange', WAIT, { severity: 'warning' }),
  rate_limited: lasting(
    'Requests are limited',
    'Openings and reads wait; closing goes first. Fewer accounts an owner, or a higher tier, leave more room.',
    { patienceMs: MINUTE_MS },
  ),
  egress_down: lasting(
    'Proxy down',
    'Its accounts go through another one (proxies.failover). hedgebot proxies test says what is wrong.',
  ),
  pool_thin: lasting(
    'Only one proxy left',
    'Bring another proxy back: hedgebot proxies test says what is wrong with them.',
  ),
  pool_empty: lasting('No proxy works', `${WAIT} hedgebot proxies test says what is wrong.`, {
    severity: 'critical',
    endsWith: ['pool_thin', 'pool_thin_over'],
  }),
  egress_restricted: moment(
    'Restricted region',
    'The exchange does not serve the place where this exit is. hedgebot looks for no other way; nothing is opened any more.',
    { severity: 'critical' },
  ),
  clock_off: lasting(
    'The clock of this machine is off',
    'Let the machine keep its time (systemd-timesyncd, chrony). Until then nothing is opened.',
  ),
}

/** The program, its keys and its files. */
const PROGRAM: Readonly<Record<string, AlertRule>> = {
  key_invalid: lasting('The exchange refuses a key', KEY, { severity: 'critical' }),
  foreign_nonce: moment('A key is used elsewhere', ONE_PROGRAM, { severity: 'critical' }),
  openings_stopped: lasting(
    'Openings are stopped',
    'Remove the cause and start hedgebot again; what is open stays protected.',
  ),
  order_refused: moment('An order was refused', LOOK),
  lease_lost: moment('Another process took over', 'Nothing has to be done.', { severity: 'info' }),
  stood_still: moment(
    'The machine stood still',
    'A machine that sleeps or is overloaded watches nothing. Let it run undisturbed.',
  ),
  watch_failed: lasting('The watch cannot do its work', FILES, { severity: 'critical' }),
  tick_failed: moment('A step failed', 'The log has the details (state_dir/logs).', {
    severity: 'critical',
  }),
  stop_memory_unreadable: moment('The memory of stops cannot be read', FILES),
  journal_trouble: lasting('The journal cannot be written', FILES, { severity: 'critical' }),
  daily_stop_limit: moment(
    'Stops of this day are used up',
    'Nothing is opened until the next day (UTC).',
  ),
  run_failed: moment(
    'A run ended badly',
    'hedgebot status shows how things stand; the log has the details (state_dir/logs).',
  ),
  run_missed: lasting(
    'An expected run did not happen',
    'Look at cron or systemd on that machine (crontab -l, systemctl list-timers).',
  ),
  channel_failing: lasting(
    'Notifications do not get through',
    'hedgebot notify test shows what the server says.',
  ),
  messages_dropped: moment(
    'Notifications were given up',
    'They could not be delivered in time; hedgebot status and the log tell what happened.',
  ),
}

const RULES: Readonly<Record<string, AlertRule>> = { ...EXPOSURE, ...VENUE, ...PROGRAM }

/** Events that are told as trades or by a report, and those of which others tell the essence. */
const NOT_ALERTS: ReadonlySet<string> = new Set([
  'hedge_planned',
  'hedge_opening',
  'hedge_open',
  'hedge_closing',
  'hedge_closed',
  'hedge_aborted',
  'hedge_rebuilt',
  'stop_loss',
  'hedge_stop',
  'total_stop',
  'trailing_stop',
  'take_profit',
  'max_hold',
  'exit_exchange_stop',
  'exit_liquidation',
  'exit_deleverage',
  'exit_closed_elsewhere',
  'leg_vanished',
  // Ended within milliseconds as a rule; what lasts is told as `in_doubt`.
  'order_in_doubt',
  'account_moved',
  'account_returned',
  // Raised by the dispatcher itself.
  'channel_failing',
  'messages_dropped',
  'run_missed',
])

/** The rule of a kind; a kind without one gets its own words. */
export function ruleOf(kind: string): AlertRule {
  return RULES[kind] ?? moment(words(kind), LOOK)
}

/** True for events that may become an alert. */
export function isAlertKind(kind: string): boolean {
  return !NOT_ALERTS.has(kind)
}

/** The weight of an event. */
export function severityOf(kind: string, level: EventLevel): Severity {
  const fixed = ruleOf(kind).severity
  if (fixed !== undefined) return fixed
  return level === 'alert' ? 'critical' : level
}

/** Kinds that a kind ends. */
export function endedBy(kind: string): readonly string[] {
  const own = kind.endsWith('_over') ? [kind.slice(0, -'_over'.length)] : []
  const others = Object.entries(RULES).flatMap(([name, { endsWith = [] }]) =>
    endsWith.includes(kind) ? [name] : [],
  )
  return [...own, ...others]
}

function words(kind: string): string {
  const text = kind.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
