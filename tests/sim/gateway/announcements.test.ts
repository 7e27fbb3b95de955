import { afterEach, describe, expect, it } from 'vitest'
import { createAnnouncements } from '../../../src/sim/gateway/announcements.ts'
import { createFixture, type Fixture, type Json } from './stage-fixture.ts'

let f: Fixture
afterEach(() => f.stage.close())

const announce = (title: string, shownMs = 60_000) => {
  const createdMs = Math.trunc(f.clock.now())
  const expiresMs = createdMs + shownMs
  f.stage.gateway.announce({ title, content: 'Read this.', createdMs, expiresMs })
}
const listed = async () => {
  const { json } = await f.get('/api/v1/announcement')
  return (json['announcements'] as Json[]).map(({ title }) => title)
}
const indexOf = (at: number) => f.stage.accounts[at]?.accountIndex ?? -1
const follow = (at: number) => {
  const socket = f.open()
  socket.say({ type: 'subscribe', channel: `notification/${indexOf(at)}`, auth: f.token(at) })
  return socket
}
const told = (frame: Json | undefined) => (frame?.['notifs'] ?? []) as Json[]

describe('announcements', () => {
  it('are listed newest first until they expire', async () => {
    f = createFixture({ noLimits: true })
    announce('one', 10_000)
    announce('two', 60_000)
    expect(await listed()).toEqual(['two', 'one'])
    await f.clock.advance(10_000)
    expect(await listed()).toEqual(['two'])
    await f.clock.advance(50_000)
    expect(await listed()).toEqual([])
  })

  it('are told once to every account that listens, and shown to whoever comes later', async () => {
    f = createFixture({ noLimits: true })
    const sockets = [follow(0), follow(2)]
    const silent = f.open()
    silent.say({ type: 'subscribe', channel: `account_all/${indexOf(0)}` })
    announce('one')
    await f.clock.advance(0)
    for (const [at, socket] of sockets.entries()) {
      const [frame, ...more] = socket.of('update/notification')
      expect(more).toEqual([])
      expect(told(frame)).toEqual([
        {
          id: 'ann:1',
          created_at: '2026-11-01T00:00:00.000Z',
          updated_at: '2026-11-01T00:00:00.000Z',
          kind: 'announcement',
          account_index: indexOf(at * 2),
          content: {
            title: 'one',
            content: 'Read this.',
            created_at: 1_793_491_200,
            expired_at: 1_793_491_260,
          },
          ack: false,
          acked_at: null,
        },
      ])
    }
    expect(silent.of('update/account_all')).toEqual([])
    announce('two')
    await f.clock.advance(0)
    expect(told(sockets[0]?.of('update/notification').at(-1)).map(({ id }) => id)).toEqual([
      'ann:2',
    ])
    const late = told(follow(1).of('subscribed/notification')[0])
    expect(late.map(({ id }) => id)).toEqual(['ann:2', 'ann:1'])
  })

  it('are acknowledged by each account for itself', async () => {
    f = createFixture({ noLimits: true })
    announce('one')
    const ack = async (form: Record<string, string>, at = 0) => {
      const own = { account_index: String(indexOf(at)) }
      const answer = await f.post(
        '/api/v1/notification/ack',
        { ...own, ...form },
        { token: f.token(at) },
      )
      return answer.json['code']
    }
    expect(await ack({ notif_id: 'ann:9' })).toBe(29404)
    expect(await ack({ notif_id: 'ann:1' })).toBe(200)
    const acked = (at: number) =>
      told(follow(at).of('subscribed/notification')[0]).map((notice) => notice['ack'])
    expect([acked(0), acked(2)]).toEqual([[true], [false]])
    expect(await ack({ ack_all: 'true' }, 2)).toBe(200)
    expect(acked(2)).toEqual([true])
  })

  it('are a hundred at most, the newest', () => {
    f = createFixture()
    const announcements = createAnnouncements(() => undefined)
    const times = { createdMs: 0, expiresMs: 10 }
    for (let at = 0; at < 150; at += 1) {
      announcements.add({ title: String(at), content: 'x', ...times })
    }
    const kept = announcements.current(5)
    expect([kept.length, kept[0]?.title, kept.at(-1)?.title]).toEqual([100, '149', '50'])
  })
})
