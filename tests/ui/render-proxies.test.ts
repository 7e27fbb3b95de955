import { describe, expect, it } from 'vitest'
import { renderProbes } from '../../src/ui/render-probes.ts'
import type { ProbeStepView, ProbeView } from '../../src/ui/render-probes.ts'
import { renderProxies } from '../../src/ui/render-proxies.ts'
import type { ProxyView } from '../../src/ui/render-proxies.ts'
import { createRenderStyle } from '../../src/ui/render-style.ts'
import { textWidth } from '../../src/ui/text-width.ts'

const at = (columns: number) => createRenderStyle({ columns, hasColor: false })
const names = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `account_${from + index}`)

const proxy = (name: string, more: Partial<ProxyView> = {}): ProxyView => ({
  name,
  protocol: 'http',
  host: '203.0.113.7',
  port: 8080,
  login: undefined,
  accounts: [],
  ...more,
})

const POOL: readonly ProxyView[] = [
  proxy('tokyo_1', { login: { username: 'trader' }, accounts: names(1, 7) }),
  proxy('tokyo_2', { host: '2001:db8::7', protocol: 'socks5', accounts: names(8, 14) }),
  proxy('spare', { login: { username: undefined } }),
  proxy('direct', {
    protocol: undefined,
    host: undefined,
    port: undefined,
    accounts: ['account_15'],
  }),
]

const STEPS = ['tcp', 'connect', 'tls', 'first_byte', 'websocket', 'exit_address']

/** Steps up to the last of these times; -1 fails. */
function stepsOf(times: readonly number[], message?: string): readonly ProbeStepView[] {
  return STEPS.map((step, index) => {
    const ms = times[index]
    if (ms === undefined) return { step, outcome: 'skipped', ms, message: undefined }
    if (ms < 0) return { step, outcome: 'failed', ms: -ms, message }
    return { step, outcome: 'ok', ms, message: undefined }
  })
}

const probe = (name: string, more: Partial<ProbeView> = {}): ProbeView => ({
  name,
  verdict: 'ok',
  isUsable: true,
  sickStep: undefined,
  hint: undefined,
  steps: stepsOf([12, 48, 61, 70, 55, 80]),
  exitAddress: '203.0.113.7',
  duplicateOf: undefined,
  clock: { offsetMs: -120, uncertaintyMs: 540 },
  accounts: names(1, 7),
  ...more,
})

const RESULTS: readonly ProbeView[] = [
  probe('tokyo_1'),
  probe('tokyo_2', { duplicateOf: 'tokyo_1' }),
  probe('osaka', {
    verdict: 'slow',
    sickStep: 'connect',
    hint: 'prefer another one.',
    exitAddress: '203.0.113.9',
    steps: stepsOf([12, 1_480, 61, 70, 55, 80]),
  }),
  probe('spare', {
    verdict: 'hangs',
    isUsable: false,
    sickStep: 'connect',
    hint: 'ask its provider.',
    exitAddress: undefined,
    clock: undefined,
    steps: stepsOf([12, -5_000], 'the proxy did not answer CONNECT in 5000 ms'),
    accounts: [],
  }),
  probe('other', {
    exitAddress: undefined,
    steps: stepsOf([12, 48, 61, 70, 55, -80], 'the page does not say an address'),
  }),
]

describe('proxies list', () => {
  it('shows who goes where on a wide terminal', () => {
    expect(renderProxies(POOL, at(140))).toMatchInlineSnapshot(`
      "proxy    protocol  address             login       accounts  names
      tokyo_1  http      203.0.113.7:8080    trader:***         7  account_1, account_2, account_3, account_4, account_5, account_6, account_7
      tokyo_2  socks5    [2001:db8::7]:8080  -                  7  account_8, account_9, account_10, accou…_11, account_12, account_13, account_14
      spare    http      203.0.113.7:8080    :***               0  -
      direct   -         -                   -                  1  account_15

      3 proxies, 15 accounts, 1 without a proxy"
    `)
  })

  it('shortens names of accounts before it leaves anything out', () => {
    expect(renderProxies(POOL, at(80))).toMatchInlineSnapshot(`
      "proxy    protocol  address             login       accounts  names
      tokyo_1  http      203.0.113.7:8080    trader:***         7  account_1…account_7
      tokyo_2  socks5    [2001:db8::7]:8080  -                  7  account_8…ccount_14
      spare    http      203.0.113.7:8080    :***               0  -
      direct   -         -                   -                  1  account_15

      3 proxies, 15 accounts, 1 without a proxy"
    `)
  })
})

describe('proxies test', () => {
  it('shows the time of each step on a wide terminal', () => {
    expect(renderProbes(RESULTS, at(140))).toMatchInlineSnapshot(`
      "proxy    verdict  sick step  tcp ms  connect ms  tls ms  first byte ms  websocket ms  exit address    clock s  accounts
      tokyo_1  ok       -              12          48      61             70            55  203.0.113.7   -0.1 ±0.5         7
      tokyo_2  ok       -              12          48      61             70            55  203.0.113.7   -0.1 ±0.5         7
      osaka    slow     connect        12       1,480      61             70            55  203.0.113.9   -0.1 ±0.5         7
      spare    hangs    connect        12       5,000       -              -             -  -                     -         0
      other    ok       -              12          48      61             70            55  ?             -0.1 ±0.5         7

      ✗ spare: hangs at connect: the proxy did not answer CONNECT in 5000 ms
          hint: ask its provider.
      ! tokyo_2: leaves from the same address as tokyo_1 (203.0.113.7): they share its request limit
      ! osaka: slow at connect: took 1,480 ms
          hint: prefer another one.
      ! other: exit address unknown: the page does not say an address
      5 tested: 3 ok, 1 slow, 1 cannot be used"
    `)
  })

  it('keeps verdict, sick step, exit address and accounts on a narrow one', () => {
    expect(renderProbes(RESULTS, at(80))).toMatchInlineSnapshot(`
      "proxy    verdict  sick step  connect ms  first byte ms  exit address  accounts
      tokyo_1  ok       -                  48             70  203.0.113.7          7
      tokyo_2  ok       -                  48             70  203.0.113.7          7
      osaka    slow     connect         1,480             70  203.0.113.9          7
      spare    hangs    connect         5,000              -  -                    0
      other    ok       -                  48             70  ?                    7

      ✗ spare: hangs at connect: the proxy did not answer CONNECT in 5000 ms
          hint: ask its provider.
      ! tokyo_2: leaves from the same address as tokyo_1 (203.0.113.7): they share its
        request limit
      ! osaka: slow at connect: took 1,480 ms
          hint: prefer another one.
      ! other: exit address unknown: the page does not say an address
      5 tested: 3 ok, 1 slow, 1 cannot be used"
    `)
  })

  it.each([40, 60, 80, 100, 140])('has no line wider than %i cells', (columns) => {
    for (const text of [renderProbes(RESULTS, at(columns)), renderProxies(POOL, at(columns))]) {
      const widths = text.split('\n').map(textWidth)
      expect(Math.max(...widths)).toBeLessThanOrEqual(columns)
    }
  })

  it('cannot be made to move the cursor', () => {
    const evil = probe('a\u001b[2J', { verdict: 'tls', isUsable: false, sickStep: 'tls' })
    expect(renderProbes([evil], at(80))).not.toContain('\u001b')
  })
})
