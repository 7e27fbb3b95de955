import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../src/errors.ts'
import { describeError } from '../../src/ui/describe-error.ts'
import { errorDocument } from '../../src/ui/error-document.ts'
import {
  accountsDocument,
  checkDocument,
  configDocument,
  explainDocument,
  hedgesDocument,
  ordersDocument,
  plainDocument,
  planDocument,
} from '../../src/ui/json-documents.ts'
import { sampleHedges } from './sample-hedges.ts'
import {
  sampleAccounts,
  sampleConfig,
  sampleOrders,
  samplePlan,
  samplePoints,
  sampleStory,
} from './sample-views.ts'

const AT_MS = Date.UTC(2026, 10, 1, 12)
const context = (command: string) => ({ command, atMs: AT_MS, network: 'sim', exit: 0 }) as const

const documents = () => [
  hedgesDocument(context('status'), sampleHedges()),
  checkDocument(context('check'), samplePoints()),
  accountsDocument(context('accounts'), sampleAccounts()),
  ordersDocument(context('orders'), sampleOrders()),
  explainDocument(context('explain'), sampleStory()),
  configDocument(context('config'), sampleConfig()),
  plainDocument(context('pause'), { paused: true }),
  planDocument(samplePlan()),
]

/** Every `[key, value]` of a document, however deep. */
function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => [
    [key, child] as const,
    ...entriesOf(child),
  ])
}

describe('documents', () => {
  it('begin with schema, time, network, ok and exit', () => {
    expect(hedgesDocument({ ...context('status'), exit: 4 }, [])).toMatchObject({
      schema: 'hedgebot/status/1',
      at: '2026-11-01T12:00:00.000Z',
      network: 'sim',
      ok: false,
      exit: 4,
    })
  })

  it('use snake_case for every key', () => {
    for (const [key] of documents().flatMap(entriesOf)) expect(key).toMatch(/^[a-z0-9_]+$/)
  })

  it('carry money, prices and sizes as text or null, never as a number', () => {
    const money = documents()
      .flatMap(entriesOf)
      .filter(([key]) => /(_usd|price|_size|_base|_pct|^leverage)$/.test(key))
      // The configuration is shown under the names and types of the file.
      .filter(([key]) => !['leverage', 'close_steps_pct'].includes(key))
    expect(money.length).toBeGreaterThan(50)
    for (const [key, value] of money) {
      expect([key, typeof value === 'string' || value === null]).toEqual([key, true])
    }
  })

  it('survive JSON without loss', () => {
    for (const document of documents()) {
      expect(JSON.parse(JSON.stringify(document))).toEqual(document)
    }
  })

  it('never write exponents', () => {
    expect(JSON.stringify(documents())).not.toMatch(/"-?\d+(?:\.\d+)?e[+-]?\d+"/)
  })
})

describe('the document of hedges', () => {
  it('has the fields of the contract', () => {
    const [hedge] = hedgesDocument(context('status'), sampleHedges()).hedges
    expect(hedge).toMatchObject({
      hedge_id: 'h1',
      name: 'account_1+account_2',
      market: 'BTC',
      state: 'open',
      net_exposure_usd: '0',
      leg_gap_ms: 3,
      naked_ms: 0,
      stop_state: 'RESTING',
    })
    expect(hedge?.legs[0]).toMatchObject({
      account: 'account_1',
      account_index: 101,
      market: 'BTC',
      side: 'long',
      base_size: '0.001',
      entry_price: '97480.5',
      mark_price: '97512.1',
      unrealized_pnl_usd: '0.0316',
      liquidation_price: '88950.2',
    })
  })

  it('says null for what is unknown, in legs and in totals', () => {
    const { hedges, totals } = hedgesDocument(context('status'), sampleHedges())
    expect(hedges[2]?.legs[0]).toMatchObject({ base_size: null, mark_price: null, age_ms: null })
    expect(totals).toMatchObject({ net_exposure_usd: null, unrealized_pnl_usd: null, hedges: 3 })
  })

  it('adds up to zero without hedges', () => {
    expect(hedgesDocument(context('status'), []).totals).toMatchObject({
      net_exposure_usd: '0',
      leg_gap_ms: null,
      naked_ms: 0,
    })
  })
})

describe('the error document', () => {
  const documentOf = (error: unknown) =>
    errorDocument({
      command: 'open',
      atMs: AT_MS,
      network: undefined,
      view: describeError(error),
    })

  it('names code, message, hint and whether trying again helps', () => {
    const error = new HedgebotError('busy', 'another run owns h1', {
      code: 'lease_lost',
      hint: 'wait for it',
    })
    expect(documentOf(error)).toEqual({
      schema: 'hedgebot/open/1',
      at: '2026-11-01T12:00:00.000Z',
      network: null,
      ok: false,
      exit: 6,
      error: {
        code: 'lease_lost',
        message: 'another run owns h1',
        hint: 'wait for it',
        retryable: true,
      },
    })
  })

  it('calls everything that is not ours a bug', () => {
    expect(documentOf(new TypeError('x is not a function'))).toMatchObject({
      exit: 70,
      error: { code: 'bug', message: 'a bug in hedgebot: x is not a function' },
    })
    expect(documentOf('a string')).toMatchObject({ exit: 70, error: { code: 'bug' } })
  })
})
