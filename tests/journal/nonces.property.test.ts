import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJournal } from '../../src/journal/create-journal.ts'
import type { Journal } from '../../src/ports.ts'
import { createVirtualClock, type VirtualClock } from '../../src/sim/virtual-clock.ts'
import { newHedge, newOrder } from './support/journal-factory.ts'
import { failureOf, LEASE_MS, optionsOf, takeAndRecord } from './support/journal-fixture.ts'

const KEY = { accountIndex: 1, apiKeyIndex: 5 }
const SEATS = 3

const OPERATIONS = [
  'take',
  'used',
  'unused',
  'replace',
  'adopt',
  'claim',
  'renew',
  'die',
  'stall',
] as const
type Operation = (typeof OPERATIONS)[number]

const step = fc.record({
  seat: fc.integer({ min: 0, max: SEATS - 1 }),
  operation: fc.constantFrom(...OPERATIONS),
})

/** What must be so, kept apart from the journal. Owners are named by seat and generation: `1.0`. */
interface Model {
  hedgeOwner: string
  leaseUntilMs: number
  holder: string | undefined
  nonce: number
  /** Nonces whose last word was not "unused". */
  readonly spent: Set<number>
}

interface World {
  readonly file: string
  readonly clock: VirtualClock
  readonly journals: Journal[]
  readonly generations: number[]
  readonly runId: string
  readonly model: Model
}

const nameOf = (world: World, seat: number): string => `${seat}.${world.generations[seat]}`

function journalOf(world: World, seat: number): Journal {
  const journal = world.journals[seat]
  if (journal === undefined) throw new Error('no such seat')
  return journal
}

function isAlive(world: World, owner: string): boolean {
  return world.generations.some((_, seat) => nameOf(world, seat) === owner)
}

/** Does one step in the journal and in the model; they must agree on what is allowed and on every nonce. */
const PLAY: Readonly<Record<Operation, (world: World, seat: number) => void>> = {
  take(world, seat) {
    const { model } = world
    const me = nameOf(world, seat)
    const take = (): number =>
      takeAndRecord(journalOf(world, seat), KEY, { runId: world.runId }).nonce
    if (model.holder !== undefined) expect(failureOf(take)).toBe('busy:lane_held')
    else if (model.hedgeOwner !== me) expect(failureOf(take)).toBe('busy:lease_lost')
    else {
      const nonce = take()
      expect(model.spent.has(nonce)).toBe(false)
      expect(nonce).toBe(model.nonce)
      model.spent.add(nonce)
      model.holder = me
    }
  },
  used: (world, seat) => {
    free(world, seat, 'used')
  },
  unused: (world, seat) => {
    free(world, seat, 'unused')
  },
  replace(world, seat) {
    const { model, runId } = world
    const me = nameOf(world, seat)
    const journal = journalOf(world, seat)
    const held = journal.lane(KEY)?.orderId ?? 0
    const replace = (): number =>
      journal.recordReplacement(held, newOrder(KEY, model.nonce, { runId, hedgeId: 'h1' })).nonce
    if (model.holder !== me) expect(failureOf(replace)).toBe('busy:lane_lost')
    else if (model.hedgeOwner !== me) expect(failureOf(replace)).toBe('busy:lease_lost')
    else expect(replace()).toBe(model.nonce)
  },
  adopt(world, seat) {
    const { model } = world
    const me = nameOf(world, seat)
    const lane = journalOf(world, seat).adoptLane(KEY)
    if (model.holder === undefined) expect(lane).toMatchObject({ state: 'free' })
    else if (model.holder === me || model.hedgeOwner === me) {
      expect(lane).toMatchObject({ state: 'held', ownerId: me })
      model.holder = me
    } else expect(lane).toBeUndefined()
  },
  claim(world, seat) {
    const { model, clock } = world
    const me = nameOf(world, seat)
    const isOpen =
      model.hedgeOwner === me ||
      !isAlive(world, model.hedgeOwner) ||
      model.leaseUntilMs <= clock.now()
    expect(journalOf(world, seat).claimHedge('h1') !== undefined).toBe(isOpen)
    if (!isOpen) return
    model.hedgeOwner = me
    model.leaseUntilMs = clock.now() + LEASE_MS
  },
  renew(world, seat) {
    journalOf(world, seat).renewLeases()
    if (world.model.hedgeOwner === nameOf(world, seat)) {
      world.model.leaseUntilMs = world.clock.now() + LEASE_MS
    }
  },
  die(world, seat) {
    journalOf(world, seat).close()
    world.generations[seat] = (world.generations[seat] ?? 0) + 1
    world.journals[seat] = sit(world, seat)
  },
  stall(world) {
    world.clock.jumpWall(LEASE_MS * 0.6)
  },
}

function free(world: World, seat: number, nonce: 'used' | 'unused'): void {
  const { model } = world
  const freeIt = (): void => {
    journalOf(world, seat).freeLane(KEY, nonce)
  }
  if (model.holder !== nameOf(world, seat)) {
    expect(failureOf(freeIt)).toBe('busy:lane_lost')
    return
  }
  freeIt()
  model.holder = undefined
  if (nonce === 'used') model.nonce += 1
  else model.spent.delete(model.nonce)
}

function sit({ file, clock, generations }: Omit<World, 'runId' | 'model'>, seat: number): Journal {
  return createJournal(optionsOf({ file, clock, ownerId: `${seat}.${generations[seat]}` }))
}

function makeWorld(file: string): World {
  const place = {
    file,
    clock: createVirtualClock(),
    journals: [] as Journal[],
    generations: Array.from({ length: SEATS }, () => 0),
  }
  for (let seat = 0; seat < SEATS; seat += 1) place.journals.push(sit(place, seat))
  const [first] = place.journals
  if (first === undefined) throw new Error('no first seat')
  const { runId } = first.beginRun({ command: 'open' }).run
  const [hedge] = first.createHedges([newHedge(runId, [1, 2])])
  first.setNextNonce(KEY, 100)
  return {
    ...place,
    runId,
    model: {
      hedgeOwner: '0.0',
      leaseUntilMs: hedge?.leaseUntilMs ?? 0,
      holder: undefined,
      nonce: 100,
      spent: new Set(),
    },
  }
}

describe('nonces under any interleaving of owners', () => {
  it('are never allotted twice, except after they were given back unused', () => {
    let allotted = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const folder = mkdtempSync(join(tmpdir(), 'hedgebot-nonces-'))
        const world = makeWorld(join(folder, 'journal.db'))
        try {
          for (const { seat, operation } of steps) PLAY[operation](world, seat)
          // Whatever happened: somebody can always claim, settle and go on.
          world.clock.jumpWall(LEASE_MS)
          for (const last of ['claim', 'adopt', 'used', 'take'] as const) PLAY[last](world, 0)
          allotted += world.model.spent.size
        } finally {
          for (const journal of world.journals) journal.close()
          rmSync(folder, { recursive: true })
        }
      }),
      { numRuns: 60 },
    )
    // The steps were not all refused.
    expect(allotted).toBeGreaterThan(60)
  })
})
