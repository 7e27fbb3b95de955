/** Twenty accounts through three real CONNECT proxies with passwords, each leaving from an address of its own. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { PRICE_PARTS } from '../../src/sim/control/price-hand.ts'
import type { ConnectProxy, ConnectProxyMode } from '../../src/sim/stage/connect-proxy.ts'
import { startConnectProxy } from '../../src/sim/stage/connect-proxy.ts'
import type { Stage } from '../../src/sim/stage/stage.ts'
import type { SimSession } from './sim-cli.ts'
import { createFakeSignals, startSession } from './sim-cli.ts'

const ACCOUNTS = 20
/** Of the first seven, the next seven and the last six accounts. */
const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4']
const MAX_NAKED_MS = 3_000

/** Of the n-th proxy: with everything that could break an address. */
const passwordOf = (at: number) => `p@ss:w/${at} ö%`

let session: SimSession | undefined
let proxies: ConnectProxy[] = []

afterEach(async () => {
  await session?.close()
  await Promise.all(proxies.map((proxy) => proxy.close()))
  session = undefined
  proxies = []
})

/** Who came from which address: `address` alone, and `address account` where a token or a transaction says whose it is. */
interface Seen {
  readonly pairs: Set<string>
  readonly seenBy: (gateway: Stage['gateway']) => Stage['gateway']
}

function watchArrivals(): Seen {
  const pairs = new Set<string>()
  const note = (address: string, text: string) => {
    pairs.add(address)
    for (const [, index] of text.matchAll(WHO)) pairs.add(`${address} ${index}`)
  }
  return {
    pairs,
    seenBy: (gateway) => ({
      ...gateway,
      request(request) {
        const { headers, body, remoteAddress } = request
        note(remoteAddress, `${headers['authorization'] ?? ''} ${decodeURIComponent(body)}`)
        return gateway.request(request)
      },
      openSession(options) {
        const opened = gateway.openSession(options)
        note(options.remoteAddress, '')
        if ('status' in opened) return opened
        return {
          ...opened,
          receive(text, arrivedAtMs) {
            note(options.remoteAddress, text)
            opened.receive(text, arrivedAtMs)
          },
        }
      },
    }),
  }
}

/** `deadline:account:key:signature` of a token, and `"AccountIndex":n` of a transaction (PROTOCOL.md sections 5 and 7). */
const WHO = /(?:\b\d{10}:|"AccountIndex":)(\d+)/g

async function startThrough(seen: Seen): Promise<SimSession> {
  proxies = await Promise.all(
    ADDRESSES.map((localAddress, at) =>
      startConnectProxy({ localAddress, username: `user${at}`, password: passwordOf(at) }),
    ),
  )
  session = await startSession({
    accounts: ACCOUNTS,
    stage: { owners: 4, tickIntervalMs: 100 },
    seenBy: seen.seenBy,
    config: {
      proxies: proxies.map(({ host, port }, at) => ({
        name: `proxy_${at + 1}`,
        host,
        port,
        username: `user${at}`,
        password: passwordOf(at),
      })),
      stopLossThreshold: '40',
      // The larger a hedge, the smaller the step that reaches its stop; 40 USD of 0.02 BTC are 2 %.
      positionSizes: new Map(
        Array.from({ length: ACCOUNTS }, (_, at) => [
          `account_${at + 1}`,
          (0.02 + Math.floor(at / 2) * 0.002).toFixed(3),
        ]),
      ),
    },
  })
  return session
}

async function until(isSo: () => boolean): Promise<void> {
  await expect.poll(isSo, { timeout: 30_000, interval: 20 }).toBe(true)
}

function openAccounts({ position }: SimSession): number {
  return Array.from({ length: ACCOUNTS }, (_, at) => position(at + 1)).filter((size) => size !== 0n)
    .length
}

/** Moves all prices by millionth parts of what they are. */
function movePrices({ stage }: SimSession, byPpm: number): void {
  stage.priceHand.move({
    marketIndex: 1,
    parts: PRICE_PARTS,
    overMs: 500,
    target: { kind: 'scale', byE9: BigInt(byPpm) * 1_000n },
  })
}

interface LastHedge {
  readonly state: string
  readonly naked_ms: number
}

async function fail(at: number, mode: ConnectProxyMode): Promise<void> {
  proxies[at]?.setMode(mode)
  if (mode === 'refuse') proxies[at]?.cutTunnels()
  // What is to be noticed is noticed meanwhile, or in the middle of the stop.
  await new Promise((resolve) => setTimeout(resolve, 300))
}

/** The passwords in every form in which they could slip out, wherever something was written. */
async function leaksIn(at: SimSession, texts: readonly string[]): Promise<readonly string[]> {
  const files = (await readdir(at.folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== 'config.yaml')
    .map((entry) => join(entry.parentPath, entry.name))
  const written = await Promise.all(files.map((file) => readFile(file, 'latin1')))
  expect(files.some((file) => file.includes('journal.db'))).toBe(true)
  expect(files.some((file) => file.includes('logs'))).toBe(true)
  const forms = ADDRESSES.flatMap((_, place) => {
    const password = passwordOf(place)
    const pair = `user${place}:${password}`
    return [
      password,
      Buffer.from(password).toString('latin1'),
      encodeURIComponent(password),
      Buffer.from(password).toString('base64'),
      Buffer.from(pair).toString('base64'),
    ]
  })
  const all = [...texts, ...written]
  return forms.filter((form) => all.some((text) => text.includes(form)))
}

describe('twenty accounts through three proxies with passwords', () => {
  it('open, are watched, stopped and closed, each account only at its own proxy', async () => {
    const seen = watchArrivals()
    const at = await startThrough(seen)
    expect((await at.hedgebot('open --all')).exit).toBe(0)
    expect(openAccounts(at)).toBe(ACCOUNTS)
    const signals = createFakeSignals()
    const watching = at.hedgebot('watch', { signals })
    movePrices(at, 11_500)
    await until(() => openAccounts(at) < ACCOUNTS)
    signals.emit('SIGINT')
    expect((await watching).exit).toBe(130)
    expect((await at.hedgebot('close --all')).exit).toBe(0)
    expect(openAccounts(at)).toBe(0)
    const own = at.stage.accounts.map(
      ({ accountIndex }, place) =>
        `${ADDRESSES[Math.min(2, Math.floor(place / 7))]} ${accountIndex}`,
    )
    expect([...seen.pairs].toSorted()).toEqual([...ADDRESSES, ...own].toSorted())
  }, 120_000)

  it('are stopped in time while each proxy in turn dies and comes back', async () => {
    const seen = watchArrivals()
    const at = await startThrough(seen)
    expect((await at.hedgebot('open --all')).exit).toBe(0)
    const signals = createFakeSignals()
    const watching = at.hedgebot('watch', { signals })
    // By size: hedges 8 to 10, 5 to 7, 3 and 4; the proxy that most of their legs leave by is the one that fails.
    for (const [place, mode, byPpm, isOver] of [
      [2, 'refuse', 12_000, 14],
      [1, 'freeze', 2_700, 8],
      [0, 'refuse', 2_800, 4],
    ] as const) {
      await fail(place, mode)
      movePrices(at, byPpm)
      await until(() => openAccounts(at) === isOver)
      await fail(place, 'normal')
    }
    signals.emit('SIGINT')
    const { exit, stdout, stderr } = await watching
    expect(exit).toBe(130)
    const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { hedges: LastHedge[] }
    const stopped = last.hedges.filter(({ state }) => state === 'closed')
    expect(stopped).toHaveLength(8)
    expect(Math.max(...stopped.map((hedge) => hedge.naked_ms))).toBeLessThanOrEqual(MAX_NAKED_MS)
    expect(stdout).toContain('"kind":"egress_down"')
    expect(stdout).toContain('"kind":"account_moved"')
    const closing = await at.hedgebot('close --all')
    expect(closing.exit).toBe(0)
    expect(openAccounts(at)).toBe(0)
    const texts = [stdout, stderr, closing.stdout, closing.stderr]
    expect(await leaksIn(at, texts)).toEqual([])
    // Whoever came, came through a proxy.
    const addresses = new Set([...seen.pairs].map((pair) => pair.split(' ')[0]))
    expect(addresses).toEqual(new Set(ADDRESSES))
  }, 120_000)
})

describe('a check', () => {
  it('warns of a proxy that does not work, and says which ones when none does', async () => {
    const at = await startThrough(watchArrivals())
    await fail(1, 'refuse')
    const one = await at.hedgebot('check')
    expect(one.exit).toBe(0)
    const sick = one.json.points?.filter(({ level }) => level !== 'ok')
    expect(sick?.map(({ code, level }) => `${level} ${code}`)).toEqual(['warning proxy_reset'])
    await fail(0, 'refuse')
    await fail(2, 'refuse')
    const none = await at.hedgebot('check')
    expect(none.exit).toBe(5)
    const errors = none.json.points?.filter(({ level }) => level === 'error')
    expect(errors?.map(({ code }) => code)).toEqual([
      'proxy_reset',
      'proxy_reset',
      'proxy_reset',
      'venue_unreachable',
    ])
  }, 60_000)
})
