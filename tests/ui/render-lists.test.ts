import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PlanView } from '../../src/engine/plan-view.ts'
import type { OrderList } from '../../src/engine/venue-orders.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import { renderAccounts } from '../../src/ui/render-accounts.ts'
import { renderConfig } from '../../src/ui/render-config.ts'
import { renderOrders } from '../../src/ui/render-orders.ts'
import { renderPlan } from '../../src/ui/render-plan.ts'
import { renderPoints } from '../../src/ui/render-points.ts'
import { renderStory } from '../../src/ui/render-story.ts'
import { textWidth } from '../../src/ui/text-width.ts'
import { styleOf } from './sample-hedges.ts'
import {
  sampleAccounts,
  sampleConfig,
  sampleOrders,
  samplePlan,
  samplePoints,
  sampleStory,
} from './sample-views.ts'

const VIEWS = [
  ['plan', (columns: number, color: boolean) => renderPlan(samplePlan(), styleOf(columns, color))],
  [
    'points',
    (columns: number, color: boolean) => renderPoints(samplePoints(), styleOf(columns, color)),
  ],
  [
    'accounts',
    (columns: number, color: boolean) => renderAccounts(sampleAccounts(), styleOf(columns, color)),
  ],
  [
    'orders',
    (columns: number, color: boolean) => renderOrders(sampleOrders(), styleOf(columns, color)),
  ],
  [
    'story',
    (columns: number, color: boolean) => renderStory(sampleStory(), styleOf(columns, color)),
  ],
  [
    'config',
    (columns: number, color: boolean) => renderConfig(sampleConfig(), styleOf(columns, color)),
  ],
] as const

describe.each(VIEWS)('the %s', (_name, render) => {
  it.each([80, 100, 140])('looks right at %i columns', (columns) => {
    expect(`\n${render(columns, false)}\n`).toMatchSnapshot()
  })

  it('never has a line wider than the terminal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 200 }), fc.boolean(), (columns, hasColor) => {
        const lines = render(columns, hasColor).split('\n')
        expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns)
      }),
    )
  })
})

describe('the plan', () => {
  it('says what a stop does not limit', () => {
    const text = renderPlan(samplePlan(), styleOf(100)).replaceAll(/\n +/g, ' ')
    expect(text).toContain("the winner's gain roughly pays the loser's loss")
  })

  it('shows a cost that cannot be known as unknown', () => {
    const plan: PlanView = { ...samplePlan(), totalCostUsd: undefined }
    expect(renderPlan(plan, styleOf(140))).toMatch(/^total\s+194.96\s+\?/m)
  })

  it('has nothing to show without hedges', () => {
    expect(renderPlan({ ...samplePlan(), hedges: [] }, styleOf(80))).toBe('nothing to open')
  })
})

describe('the points', () => {
  it('come worst first, with a count at the end', () => {
    const text = renderPoints(samplePoints(), styleOf(100))
    expect(text.indexOf('✗')).toBeLessThan(text.indexOf('!'))
    expect(text.indexOf('!')).toBeLessThan(text.indexOf('✓'))
    expect(text.split('\n').at(-1)).toBe('1 error, 1 warning, 1 ok')
  })
})

describe('many findings of one kind', () => {
  const many = (level: 'ok' | 'error') =>
    Array.from({ length: 20 }, (_, at) => ({
      code: 'margin_known',
      level,
      path: `api_credentials[${at}]`,
      message: `account_${at} said so`,
      hint: undefined,
    }))

  it('are one line when they are good', () => {
    expect(renderPoints(many('ok'), styleOf(100))).toBe(
      '✓ margin known: 20 ok\n0 errors, 0 warnings, 20 ok',
    )
    expect(renderPoints(many('ok'), styleOf(100), true)).toContain('account_19 said so')
  })

  it('are all told when they are bad', () => {
    const text = renderPoints(many('error'), styleOf(100))
    expect(text.match(/said so/g)).toHaveLength(20)
  })
})

describe('the accounts', () => {
  it('never show an account that could not be read as flat', () => {
    const unread = renderAccounts(sampleAccounts(), styleOf(140))
      .split('\n')
      .find((line) => line.startsWith('account_3'))
    expect(unread).toContain('?')
    expect(unread).not.toContain('flat')
    expect(unread).not.toMatch(/\b0\.00\b/)
  })
})

describe('the orders', () => {
  it('keep foreign ones apart and say which accounts could not be read', () => {
    const text = renderOrders(sampleOrders(), styleOf(140))
    const [ours, foreign] = text.split('foreign orders')
    expect(ours).toContain('281474976710657')
    expect(foreign).toContain('281474976719999')
    expect(text).toContain('? account_3: no answer')
    expect(text).toContain('1 account could not be read')
  })

  it('do not pretend a size for orders that follow the position', () => {
    const list: OrderList = sampleOrders()
    const order = list.orders[0]
    if (order === undefined) throw new Error('the sample has an order')
    const following = { ...order, order: { ...order.order, initialBase: new Dec(0) } }
    expect(renderOrders({ ...list, orders: [following] }, styleOf(140))).toContain('position')
  })
})

describe('the story', () => {
  it('tells why, when, hash, nonce and outcome in time order', () => {
    const text = renderStory(sampleStory(), styleOf(140))
    expect(text.indexOf('why: first leg of the round')).toBeLessThan(text.indexOf('filled buy'))
    expect(text).toContain('nonce 12')
    expect(text).toContain('ab'.repeat(40))
    expect(text).toContain('open done, filled 0.001 at 97,480.5 USD: filled')
    expect(text.indexOf('filled buy')).toBeLessThan(text.indexOf('h1 is open'))
  })
})

describe('the configuration', () => {
  it('keeps the shape of the file', () => {
    expect(renderConfig(sampleConfig(), styleOf(100))).toContain(
      'proxy_pool:\n  - name: proxy_1\n    password: ***',
    )
  })
})
