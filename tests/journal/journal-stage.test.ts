import { beforeEach, describe, expect, it } from 'vitest'
import type { Hedge } from '../../src/hedge/ledger.ts'
import type { Journal, JournalStage } from '../../src/ports.ts'
import { newHedge } from './support/journal-factory.ts'
import { type JournalHouse, makeHouse, takeAndRecord } from './support/journal-fixture.ts'

const KEY = { accountIndex: 1, apiKeyIndex: 5 }

let house: JournalHouse
let journal: Journal
let runId: string
let hedge: Hedge
let stage: JournalStage

beforeEach(() => {
  house = makeHouse()
  journal = house.open('one')
  runId = journal.beginRun({ command: 'open' }).run.runId
  const [first] = journal.createHedges([newHedge(runId, [1, 2]), newHedge(runId, [3, 4])])
  if (first === undefined) throw new Error('it was made')
  hedge = first
  journal.setNextNonce(KEY, 7)
  takeAndRecord(journal, KEY, { runId, hedgeId: hedge.hedgeId })
  stage = journal.openStage()
})

/** What two journals know of the hedge. */
function knownTo({ hedge: hedgeOf, ordersOfHedge, fillsOfHedge, lane }: Journal): unknown {
  const { hedgeId } = hedge
  return [hedgeOf(hedgeId), ordersOfHedge(hedgeId), fillsOfHedge(hedgeId), lane(KEY)]
}

describe('a stage', () => {
  it('is empty until it is told a hedge, and then knows of it what the journal knows', () => {
    expect(stage.journal.liveHedges()).toEqual([])
    stage.load(hedge.hedgeId)
    expect(knownTo(stage.journal)).toEqual(knownTo(journal))
    expect(stage.journal.liveHedges()).toEqual([hedge])
    expect(stage.journal.ownerId).toBe(journal.ownerId)
    stage.close()
  })

  it('takes what is done on it, and the journal hears nothing of that', () => {
    const before = knownTo(journal)
    stage.load(hedge.hedgeId)
    const [held] = stage.journal.ordersOfHedge(hedge.hedgeId)
    stage.journal.transaction('full', () => {
      stage.journal.requestFlat(hedge.hedgeId, 'user')
      stage.journal.updateOrder(held?.orderId ?? 0, { state: 'refused', outcome: 'x' })
      stage.journal.freeLane(KEY, 'unused')
      takeAndRecord(stage.journal, KEY, { runId, hedgeId: hedge.hedgeId })
      const { hedgeId } = hedge
      stage.journal.addEvent({
        level: 'info',
        kind: 'x',
        message: 'x',
        runId,
        hedgeId,
        account: 'a1',
      })
    })
    expect(stage.journal.hedge(hedge.hedgeId)?.target).toBe('flat')
    expect(stage.journal.ordersOfHedge(hedge.hedgeId)).toHaveLength(2)
    expect(knownTo(journal)).toEqual(before)
    expect(journal.events({ limit: 10 })).toEqual([])
    expect(journal.hasChangedElsewhere()).toBe(true)
    expect(journal.hasChangedElsewhere()).toBe(false)
    stage.close()
  })

  it('forgets what was done on it with the next hedge, or the same one again', () => {
    stage.load(hedge.hedgeId)
    stage.journal.requestFlat(hedge.hedgeId, 'user')
    journal.transaction('normal', () => journal.updateHedge(hedge, { attemptsUsed: 3 }))
    stage.load(hedge.hedgeId)
    expect(knownTo(stage.journal)).toEqual(knownTo(journal))
    expect(stage.journal.hedge(hedge.hedgeId)).toMatchObject({ target: 'open', attemptsUsed: 3 })
    stage.load('h2')
    expect(stage.journal.liveHedges().map(({ hedgeId }) => hedgeId)).toEqual(['h2'])
    expect(stage.journal.lane(KEY)).toBeUndefined()
    stage.close()
  })

  it('is filled while another process writes, and has nothing of what is not committed', () => {
    const two = house.open('two')
    two.transaction('normal', () => {
      two.requestFlat(hedge.hedgeId, 'user')
      stage.load(hedge.hedgeId)
    })
    expect(stage.journal.hedge(hedge.hedgeId)?.target).toBe('open')
    stage.close()
  })
})
