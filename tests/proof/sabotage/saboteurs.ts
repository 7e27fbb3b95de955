/**
 * Deliberate bugs, each the kind that costs money and that somebody could write on a Friday. They are edits of a copy of
 * the sources; the product knows nothing of them.
 * @module
 */

/** One place to change: the text must be there exactly once. */
export interface Edit {
  /** Relative to the project. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

export interface Saboteur {
  readonly name: string
  readonly edits: readonly Edit[]
}

const PERFORM = 'src/engine/perform-actions.ts'
const ANSWERS = 'src/engine/apply-answer.ts'
const OPENING = 'src/hedge/decide-opening.ts'
const REDUCING = 'src/hedge/decide-reducing.ts'
const KEEPER = 'src/engine/watch/stop-keeper.ts'
const FACTS = 'src/engine/gather-facts.ts'
const STOPS = 'src/hedge/keep-stops.ts'
const BUDGET = 'src/lighter/budget.ts'

export const SABOTEURS: readonly Saboteur[] = [
  {
    name: 'sends again under a new nonce after a time-out',
    edits: [
      {
        file: ANSWERS,
        find: "  changeOrder(engine, order.orderId, { state: 'in_doubt', outcome: message })\n",
        replace:
          "  changeOrder(engine, order.orderId, { state: 'refused', settledAtMs: engine.clock.now(), outcome: message })\n" +
          "  freeLaneOf(engine, order, 'used')\n  if (order.nonce >= 0) return\n",
      },
    ],
  },
  {
    name: 'takes a time-out for a refusal and uses the nonce again',
    edits: [
      {
        file: ANSWERS,
        find: "  changeOrder(engine, order.orderId, { state: 'in_doubt', outcome: message })\n",
        replace:
          "  changeOrder(engine, order.orderId, { state: 'refused', settledAtMs: engine.clock.now(), outcome: message })\n" +
          "  freeLaneOf(engine, order, 'unused')\n  if (order.nonce >= 0) return\n",
      },
    ],
  },
  {
    name: 'settles a doubt by the next nonce instead of the same',
    edits: [
      {
        file: 'src/engine/send-batch.ts',
        find: 'const nonce = replaced?.nonce ?? journal.takeLane(lane)',
        replace:
          'const nonce = replaced === undefined ? journal.takeLane(lane) : replaced.nonce + 1',
      },
    ],
  },
  {
    name: 'sends before it has recorded',
    edits: [
      {
        file: 'src/engine/send-batch.ts',
        find: "if (isTooLate(engine, order, startedMs)) dropUnsent(engine, order)\n        else void transmit(engine, order, { priority: item.priority, via: 'auto' })",
        replace: 'if (isTooLate(engine, order, startedMs)) dropUnsent(engine, order)',
      },
      {
        file: 'src/engine/send-batch.ts',
        find: '      recorded.push(order)\n',
        replace:
          '      recorded.push(order)\n' +
          "      void transmit(engine, order, { priority: item.priority, via: 'auto' })\n",
      },
    ],
  },
  {
    name: 'leaves reduce-only off when it closes',
    edits: [{ file: PERFORM, find: 'isReduceOnly: true,', replace: 'isReduceOnly: false,' }],
  },
  {
    name: 'takes an unknown position for flat',
    edits: [
      {
        file: FACTS,
        find: '  const row = positionIn(view, market.marketIndex)\n  if (!row.isKnown) return row\n',
        replace:
          '  const row = positionIn(view, market.marketIndex)\n' +
          '  const flat = known({ signedBase: ZERO, isSettled: true, hasSecondSource: true }, context.nowMs)\n' +
          '  if (!row.isKnown) return flat\n',
      },
      {
        file: FACTS,
        find: "return unknown(`the account's stream is down, its position is ${ageMs} ms old`)",
        replace: 'return flat',
      },
    ],
  },
  {
    name: 'ignores lease, owner and epoch of a hedge',
    edits: [
      {
        file: 'src/journal/hedge-ownership.ts',
        find: '  return hedge.lease_until_ms > session.nowMs() && isOwnerAlive(session, hedge.owner_id)\n',
        replace: '  return hedge.lease_until_ms === -1 && isOwnerAlive(session, hedge.owner_id)\n',
      },
      {
        file: 'src/journal/orders.ts',
        find: '  throw leaseLost(`order ${row.order_id}`, describeOwner(session, responsible))\n',
        replace: '',
      },
      {
        file: 'src/journal/hedge-ownership.ts',
        find: '  if (hedge.owner_id === session.owner.ownerId && hedge.epoch === epoch) return\n',
        replace: '  if (hedge.epoch === hedge.epoch || epoch === 0) return\n',
      },
      {
        file: 'src/engine/hedge-turn.ts',
        find: '  if (hedge.ownerId === journal.ownerId) return\n',
        replace: '  if (hedge.ownerId === journal.ownerId || hedge.hedgeId.length > 0) return\n',
      },
    ],
  },
  {
    name: 'compares stops with a mark of a minute ago',
    edits: [
      {
        file: KEEPER,
        find: 'const { mark } = engine.feed(marketIndex).view()\n',
        replace: 'const mark = markOfOld(engine, marketIndex)\n',
      },
      {
        file: KEEPER,
        find: 'engine.feed(index).view().mark])),\n',
        replace: 'markOfOld(engine, index)])),\n',
      },
      {
        file: KEEPER,
        find: '/** The total counts what is open: a round that is over cannot be stopped any more. */\n',
        replace: `const OLD_MARKS = new WeakMap<Engine, Map<number, { mark: StopSnapshot['marks'] extends ReadonlyMap<number, infer M> ? M : never; atMs: number }>>()

function markOfOld(engine: Engine, marketIndex: number) {
  const nowMs = engine.clock.now()
  const marks = OLD_MARKS.get(engine) ?? new Map()
  OLD_MARKS.set(engine, marks)
  const { mark } = engine.feed(marketIndex).view()
  const kept = marks.get(marketIndex)
  const isKept = kept !== undefined && kept.mark.isKnown && nowMs - kept.atMs < 60_000
  const now = isKept ? kept : { mark, atMs: nowMs }
  marks.set(marketIndex, now)
  return now.mark.isKnown ? { ...now.mark, atMs: nowMs } : now.mark
}

`,
      },
    ],
  },
  {
    name: 'takes a partial fill for the whole',
    edits: [
      {
        file: 'src/hedge/exposure.ts',
        find: '  const { signedBase } = facts.position.value\n',
        replace:
          '  const { signedBase } = facts.position.value\n' +
          '  if (!signedBase.isZero()) return known(facts.leg.plannedBase, facts.position.atMs)\n',
      },
    ],
  },
  {
    name: 'takes back the wrong leg',
    edits: [
      {
        file: REDUCING,
        find: "exposure.netBase.isPositive() ? 'long' : 'short'",
        replace: "exposure.netBase.isPositive() ? 'short' : 'long'",
      },
    ],
  },
  {
    name: 'puts stops at the exchange on one leg only',
    edits: [
      {
        file: PERFORM,
        find: '...(stops === undefined ? {} : stopsField(',
        replace: '...(stops === undefined || legIndex > 0 ? {} : stopsField(',
      },
      // It believes that the others are there, or it would go on placing and alarm.
      {
        file: STOPS,
        find: '    if (!leg.stops.isKnown || isPending(leg)) return\n',
        replace: '    if (!leg.stops.isKnown || isPending(leg) || legIndex > 0) return\n',
      },
      {
        file: STOPS,
        find: '  const levels = expectedLevels(facts, leg)\n  if (DIRECTIONS.every((direction) => levels[direction] === undefined)) return false\n',
        replace:
          '  const levels = expectedLevels(facts, leg)\n  if (facts.legs.indexOf(leg) > 0) return false\n',
      },
    ],
  },
  {
    name: 'opens after its deadline',
    edits: [
      {
        file: OPENING,
        find: 'if (nowMs >= hedge.openDeadlineMs || hedge.attemptsUsed >= policy.attempts) return false',
        replace: 'if (hedge.attemptsUsed >= policy.attempts) return false',
      },
      {
        file: OPENING,
        find: 'if (facts.nowMs >= facts.hedge.openDeadlineMs) {\n',
        replace: 'if (facts.nowMs >= facts.hedge.openDeadlineMs + 3_600_000) {\n',
      },
    ],
  },
  {
    name: 'ignores the budget of requests',
    edits: [
      {
        file: BUDGET,
        find: 'if (full !== undefined) return fullText(full, ledger.spent(full.key))\n',
        replace: 'if (full?.key === "") return fullText(full, ledger.spent(full.key))\n',
      },
      {
        file: BUDGET,
        find: '      return Math.min(...buckets.of(counted).map((bucket) => leftIn(bucket, priority, atMs)))\n',
        replace: '      return priority === undefined ? atMs : 1_000\n',
      },
    ],
  },
  {
    name: 'takes a close that was sent for a close that was done',
    edits: [
      {
        file: REDUCING,
        find: 'function isFlat(leg: LegFacts): boolean {\n',
        replace:
          'function isFlat(leg: LegFacts): boolean {\n  if (leg.lastReduceAtMs !== undefined) return true\n',
      },
    ],
  },
]
