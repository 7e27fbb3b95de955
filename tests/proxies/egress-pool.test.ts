import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../src/errors.ts'
import type {
  EgressEvent,
  Transport,
  VenueRequest,
  VenueResponse,
  VenueSocketHandlers,
} from '../../src/ports.ts'
import { createEgressPool } from '../../src/proxies/egress-pool.ts'
import { createVirtualClock } from '../../src/sim/virtual-clock.ts'

const GET: VenueRequest = { method: 'GET', path: '/api/v1/account', timeoutMs: 4_000 }
const POST: VenueRequest = {
  method: 'POST',
  path: '/api/v1/sendTx',
  form: { tx_type: '14', tx_info: '{"Nonce":7}' },
  timeoutMs: 4_000,
}

type Answer = VenueResponse | HedgebotError | 'silence'

const answer = (status: number, body = '{"code":200}'): VenueResponse => ({
  status,
  body,
  headers: {},
})

function failed(code: string, mayHaveBeenDelivered: boolean): HedgebotError {
  const kind = code.startsWith('proxy_') ? 'proxy' : 'network'
  return new HedgebotError(kind, code, { code, mayHaveBeenDelivered })
}

const REFUSED = failed('proxy_refused', false)

interface Fake extends Transport {
  answer: Answer
  readonly requests: VenueRequest[]
  readonly sockets: { readonly handlers: VenueSocketHandlers; isGone: boolean }[]
}

/** A pool of fakes on a virtual clock; `direct` is there beside it. */
function build({ hasFailover = true }: { readonly hasFailover?: boolean } = {}) {
  const clock = createVirtualClock()
  const fake = (egress: string): Fake => {
    const sockets: Fake['sockets'] = []
    const requests: VenueRequest[] = []
    const self: Fake = {
      egress,
      answer: answer(200),
      requests,
      sockets,
      async request(request) {
        requests.push(request)
        if (self.answer === 'silence') {
          await clock.sleep(request.timeoutMs)
          throw failed('timeout', true)
        }
        if (self.answer instanceof HedgebotError) throw self.answer
        return self.answer
      },
      connect(handlers) {
        const socket = { handlers, isGone: false }
        sockets.push(socket)
        const end = () => {
          if (socket.isGone) return
          socket.isGone = true
          queueMicrotask(() => handlers.onClose({ code: 1006, reason: '' }))
        }
        if (self.answer instanceof HedgebotError) {
          const error = self.answer
          socket.isGone = true
          queueMicrotask(() => handlers.onClose({ code: 1006, reason: '', error }))
        } else if (self.answer !== 'silence') {
          queueMicrotask(() => {
            if (socket.isGone) return
            handlers.onOpen()
            handlers.onMessage('{"type":"connected"}')
          })
        }
        return { send: () => !socket.isGone, ping: () => undefined, close: end, terminate: end }
      },
      close: () => undefined,
    }
    return self
  }
  const fakes = { a: fake('a'), b: fake('b'), c: fake('c'), direct: fake('direct') }
  const pool = createEgressPool({
    transports: new Map(Object.entries(fakes)),
    pool: ['a', 'b', 'c'],
    hasFailover,
    clock,
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  })
  const events: EgressEvent[] = []
  pool.onEvent((event) => events.push(event))
  const way = (home: keyof typeof fakes, account = `of ${home}`) => pool.way({ home, account })
  const counts = () => Object.values(fakes).map(({ requests }) => requests.length)
  return { clock, pool, fakes, events, way, counts }
}

function nothing(): void {}

const kinds = (events: readonly EgressEvent[]) => events.map(({ kind }) => kind)

describe('a request that its proxy fails', () => {
  it('goes over another proxy of the pool at once, and everything after it too', async () => {
    const { clock, fakes, way, counts, events } = build()
    fakes.a.answer = REFUSED
    const of = way('a')
    expect(await clock.runUntil(of.request(GET))).toEqual(answer(200))
    expect(await clock.runUntil(of.request(POST))).toEqual(answer(200))
    expect(counts()).toEqual([1, 2, 0, 0])
    expect(of.egress).toBe('b')
    expect(kinds(events)).toEqual(['egress_down', 'account_moved'])
  })

  it('is the very same request over every proxy', async () => {
    const { clock, fakes, way } = build()
    fakes.a.answer = REFUSED
    fakes.b.answer = failed('proxy_auth', false)
    await clock.runUntil(way('a').request(POST))
    const all = [fakes.a, fakes.b, fakes.c].flatMap(({ requests }) => requests)
    expect(all.map(({ form }) => form)).toEqual([POST.form, POST.form, POST.form])
  })

  it.each([403, 405, 407])(
    'was not heard by the venue when %d comes without its code',
    async (status) => {
      const { clock, fakes, way, counts } = build()
      fakes.a.answer = answer(status, '<html>no</html>')
      expect((await clock.runUntil(way('a').request(POST))).status).toBe(200)
      expect(counts()).toEqual([1, 1, 0, 0])
    },
  )

  it.each([
    [400, '{"code":21104,"message":"invalid nonce"}'],
    [403, '{"code":20013,"message":"invalid auth"}'],
    [429, '{"code":23000,"message":"Too Many Requests!"}'],
    [500, '<html>oops</html>'],
  ])('is not repeated when the venue itself answers %d %s', async (status, body) => {
    const { clock, fakes, way, counts } = build()
    fakes.a.answer = answer(status, body)
    expect((await clock.runUntil(way('a').request(POST))).status).toBe(status)
    expect(counts()).toEqual([1, 0, 0, 0])
  })

  it('is not sent twice when it may have been heard', async () => {
    const { clock, fakes, way, counts } = build()
    fakes.a.answer = failed('connection_lost', true)
    const lost = way('a').request(POST)
    await expect(clock.runUntil(lost)).rejects.toMatchObject({ mayHaveBeenDelivered: true })
    expect(counts()).toEqual([1, 0, 0, 0])
    // What comes next has a nonce of its own or is the same again by its sender's will: over another proxy.
    await expect(clock.runUntil(way('a').request(POST))).resolves.toEqual(answer(200))
    expect(counts()[0]).toBe(1)
  })

  it('is asked again when it only reads, within its own time', async () => {
    const { clock, fakes, way, counts } = build()
    for (const each of [fakes.a, fakes.b, fakes.c]) each.answer = 'silence'
    const startMs = clock.monotonicMs()
    await expect(clock.runUntil(way('a').request(GET))).rejects.toMatchObject({ code: 'timeout' })
    expect(counts().slice(0, 2)).toEqual([1, 1])
    expect(clock.monotonicMs() - startMs).toBeLessThanOrEqual(GET.timeoutMs)
  })

  it('ends where its accounts are pinned, and never leaves directly', async () => {
    for (const at of [build({ hasFailover: false }), build()]) {
      for (const each of [at.fakes.a, at.fakes.b, at.fakes.c]) each.answer = REFUSED
      await expect(at.clock.runUntil(at.way('a').request(GET))).rejects.toBe(REFUSED)
      expect(at.counts().at(-1)).toBe(0)
    }
  })

  it('leaves directly where that is configured, and over no proxy when it fails', async () => {
    const { clock, fakes, way, counts } = build()
    fakes.direct.answer = failed('connection_refused', false)
    await expect(clock.runUntil(way('direct').request(GET))).rejects.toMatchObject({
      code: 'connection_refused',
    })
    expect(counts()).toEqual([0, 0, 0, 1])
  })

  it('whose place the venue does not serve is not tried elsewhere, then or later', async () => {
    const { clock, fakes, way, counts, events } = build()
    fakes.a.answer = answer(403, '{"code":20558,"message":"restricted jurisdiction"}')
    const of = way('a')
    expect((await clock.runUntil(of.request(POST))).status).toBe(403)
    fakes.a.answer = answer(200)
    await clock.runUntil(of.request(GET))
    await clock.advance(600_000)
    expect(of.egress).toBe('a')
    expect(counts()).toEqual([2, 0, 0, 0])
    expect(kinds(events)).toEqual(['egress_restricted'])
    expect(way('b').egress).toBe('b')
  })
})

describe('a connection', () => {
  /** Everything that its owner hears. */
  function listen() {
    const heard: string[] = []
    const handlers: VenueSocketHandlers = {
      onOpen: () => heard.push('open'),
      onMessage: (text) => heard.push(text),
      onPong: () => heard.push('pong'),
      onClose: ({ code, error }) => heard.push(`close ${code} ${error?.message ?? ''}`.trim()),
    }
    return { heard, handlers }
  }

  it('is made over the next proxy when one refuses, hangs or takes no login, and opens once', async () => {
    for (const sick of [REFUSED, failed('proxy_auth', false), 'silence'] as const) {
      const { clock, fakes, way } = build()
      fakes.a.answer = sick
      const { heard, handlers } = listen()
      const socket = way('a').connect(handlers)
      await clock.advance(2_000)
      expect(heard).toEqual(['open', '{"type":"connected"}'])
      expect(socket.egress).toBe('b')
      expect(fakes.a.sockets.every(({ isGone }) => isGone)).toBe(true)
      expect(socket.send('x')).toBe(true)
    }
  })

  it('tells once that it closed when no proxy works', async () => {
    const { clock, fakes, way } = build()
    for (const each of [fakes.a, fakes.b, fakes.c]) each.answer = REFUSED
    const { heard, handlers } = listen()
    way('a').connect(handlers)
    await clock.advance(10_000)
    expect(heard).toEqual(['close 1006 proxy_refused'])
  })

  it('that its owner ends is not made anew', async () => {
    const { clock, fakes, way } = build()
    fakes.a.answer = 'silence'
    const { heard, handlers } = listen()
    const socket = way('a').connect(handlers)
    socket.terminate()
    await clock.advance(10_000)
    expect(heard).toEqual(['close 1006'])
    expect(fakes.b.sockets).toEqual([])
  })

  it('that broke is told, and is a doubt about its proxy; one that its owner ended is none', async () => {
    const { clock, fakes, way, pool } = build()
    const { heard, handlers } = listen()
    way('a').connect(handlers)
    await clock.advance(10)
    fakes.a.sockets[0]?.handlers.onClose({ code: 1006, reason: '' })
    expect(heard.at(-1)).toBe('close 1006')
    expect(pool.states()[0]).toMatchObject({ name: 'a', condition: 'degraded' })
    const other = listen()
    const socket = way('b').connect(other.handlers)
    await clock.advance(10)
    socket.terminate()
    await clock.advance(10)
    expect(pool.states()[1]).toMatchObject({ name: 'b', condition: 'healthy' })
  })

  it('that is open is to be left when its proxy is down, and when its own proxy works again', async () => {
    const { clock, fakes, way } = build()
    const of = way('a')
    let moves = 0
    of.onMove(() => (moves += 1))
    fakes.a.answer = REFUSED
    await clock.runUntil(of.request(GET))
    expect([of.egress, of.mustLeave('a'), of.mustLeave('b')]).toEqual(['b', true, false])
    expect(moves).toBeGreaterThan(0)
    fakes.a.answer = answer(200)
    await clock.advance(60_000)
    expect([of.egress, of.mustLeave('a'), of.mustLeave('b')]).toEqual(['a', false, true])
  })
})

describe('a pool', () => {
  it('asks nothing and has no timer while all is well', async () => {
    const { clock, way, fakes } = build()
    await clock.runUntil(way('a').request(GET))
    expect(clock.pendingCount()).toBe(0)
    await clock.advance(600_000)
    expect(fakes.a.sockets).toEqual([])
  })

  it('asks a proxy that is down one question at a time, more and more seldom, and ends all with its end', async () => {
    const { clock, fakes, way, pool } = build()
    fakes.a.answer = 'silence'
    const of = way('a')
    of.connect({ onOpen: nothing, onMessage: nothing, onPong: nothing, onClose: nothing })
    for (let doubt = 0; doubt < 3; doubt += 1) await clock.runUntil(of.request(GET))
    fakes.a.answer = REFUSED
    await clock.runUntil(way('a').request(GET))
    const before = fakes.a.sockets.length
    await clock.advance(120_000)
    expect(fakes.a.sockets.length - before).toBeLessThanOrEqual(8)
    pool.close()
    const after = fakes.a.sockets.length
    await clock.advance(600_000)
    expect(fakes.a.sockets.length).toBe(after)
    expect(clock.pendingCount()).toBe(0)
  })

  it('says that it is thin, empty and neither any more', async () => {
    const { clock, fakes, way, events } = build()
    fakes.a.answer = REFUSED
    fakes.b.answer = REFUSED
    await clock.runUntil(way('a').request(GET))
    expect(kinds(events).filter((kind) => kind.startsWith('pool'))).toEqual(['pool_thin'])
    expect(events.find(({ kind }) => kind === 'pool_thin')?.level).toBe('alert')
    fakes.c.answer = REFUSED
    await expect(clock.runUntil(way('c').request(GET))).rejects.toBe(REFUSED)
    for (const each of [fakes.a, fakes.b, fakes.c]) each.answer = answer(200)
    await clock.advance(120_000)
    const told = kinds(events).filter((kind) => kind.startsWith('pool'))
    expect(told.slice(0, 2)).toEqual(['pool_thin', 'pool_empty'])
    const beforeEmpty = kinds(events).slice(0, kinds(events).indexOf('pool_empty') + 2)
    expect(beforeEmpty).not.toContain('account_returned')
    expect(told.at(-1)).toBe('pool_thin_over')
  })

  it('spreads the accounts of a dead proxy, and gives each its own back', async () => {
    const { clock, fakes, way } = build()
    const ways = ['1', '2', '3', '4'].map((account) => way('a', account))
    fakes.a.answer = REFUSED
    await clock.runUntil(Promise.all(ways.map((each) => each.request(GET))))
    expect(ways.map(({ egress }) => egress).toSorted()).toEqual(['b', 'b', 'c', 'c'])
    fakes.a.answer = answer(200)
    await clock.advance(60_000)
    expect(ways.map(({ egress }) => egress)).toEqual(['a', 'a', 'a', 'a'])
  })

  it('counts an account where it goes, until its way is closed', async () => {
    const { clock, fakes, way, pool } = build()
    const counted = () => pool.states().map(({ accounts }) => accounts)
    const ways = ['1', '2', '3'].map((account) => way('a', account))
    pool.way({ home: 'a' })
    expect(counted()).toEqual([3, 0, 0, 0])
    fakes.a.answer = REFUSED
    await clock.runUntil(Promise.all(ways.map((each) => each.request(GET))))
    expect(counted()).toEqual([0, 2, 1, 0])
    fakes.a.answer = answer(200)
    for (const each of ways.slice(0, 2)) each.close()
    ways[0]?.close()
    await clock.advance(60_000)
    expect(counted()).toEqual([1, 0, 0, 0])
  })

  it('refuses a way from nowhere', () => {
    const { pool } = build()
    expect(() => pool.way({ home: 'z' })).toThrow(/no way out named "z"/)
  })
})
