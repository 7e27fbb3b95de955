/**
 * Frames of the account's and the market's sockets, mutated, out of order, again, of others and of nobody, into the
 * production link and feed. What they show afterwards must have been said by a frame that could be read; no position
 * is flat that none said to be flat; nothing is thrown, and sockets that break are not opened again without pauses.
 * @module
 */
import { claim, type FuzzTarget } from './fuzz-target.ts'
import type { Draw } from './draw.ts'
import { type ClientDesk, createClientDesk } from './client-desk.ts'
import { judgeFeed, judgeLink, noSayings, noteSaying, type Sayings } from './judge-views.ts'
import { mutateJson } from './mutate-json.ts'
import { plantSecrets } from './planted-secrets.ts'
import { recordedSamples, type Samples } from './record-samples.ts'
import { judgeStoreView } from './store-limits.ts'

let samples: Samples | undefined

/** Both kinds of sockets. */
export const socketFrames: FuzzTarget = {
  name: 'socket-frames',
  weight: 6_000,
  limitMs: 15_000,
  cpuLimitMs: 3_000,
  async prepare() {
    samples = await recordedSamples()
  },
  async run(draw) {
    if (samples === undefined) throw new Error('prepare comes first')
    const secrets = plantSecrets(draw)
    const desk = createClientDesk(samples, secrets.token)
    const { venue, clock } = desk
    const said = noSayings()
    const all = samples
    venue.answers = (channel, socket) => {
      const good = snapshotOf(draw, all, channel)
      if (good === undefined || draw.chance(0.03)) return undefined
      const text = draw.chance(0.85) ? good : mutateJson(draw, good).text
      noteSaying(said, text, all)
      socket.pushText(text)
      return undefined
    }
    desk.start()
    await clock.advance(500)
    for (let count = draw.int(1, 10); count > 0; count -= 1) {
      push(draw, desk, { samples: all, said })
      await clock.advance(draw.pick([0, 2, 2, 50, 3_000]))
      judge(desk, all, said)
    }
    await clock.advance(draw.pick([100, 100, 20_000]))
    judge(desk, all, said)
    judgeTrouble(desk, secrets.leakIn, said.texts)
    const isLive = desk.link.view().isLive
    desk.close()
    return isLive ? 'accepted' : 'named error'
  },
}

function snapshotOf(draw: Draw, { frames }: Samples, channel: string): string | undefined {
  const [name, index] = channel.split('/')
  const wanted = frames.filter(
    (text) => text.includes(`"subscribed/${name}"`) && text.includes(`"${name}:${index}"`),
  )
  return wanted.length === 0 ? undefined : draw.pick(wanted)
}

/** One frame on one of the open sockets. */
function push(
  draw: Draw,
  { venue }: ClientDesk,
  { samples: all, said }: { readonly samples: Samples; readonly said: Sayings },
): void {
  const open = venue.sockets.filter((socket) => socket.isOpen)
  if (open.length === 0) return
  const good = draw.pick(draw.chance(0.05) ? ODD_FRAMES : all.frames)
  const text = draw.chance(0.25) ? good : mutateJson(draw, good).text
  const times = draw.chance(0.1) ? 3 : 1
  noteSaying(said, text, all)
  for (let at = 0; at < times; at += 1) draw.pick(open).pushText(text)
}

const ODD_FRAMES: readonly string[] = [
  '{"type":"update/toString"}',
  '{"type":"subscribed/constructor","channel":"constructor:3"}',
  '{"type":"update/__proto__"}',
  '{"type":"update/hasOwnProperty","channel":"x:3"}',
  '{"type":{"toString":1,"valueOf":1}}',
  '{"type":"connected"}',
  '{"type":"ping"}',
  '{"type":"pong"}',
  '{"type":"error"}',
  '{"error":{}}',
  '{"error":{"code":30003,"message":"already subscribed"}}',
  '{"error":{"code":20013,"message":"invalid auth"}}',
  '{"type":"error","code":"x"}',
  '{"type":"subscribed/unknown","channel":"unknown"}',
  '{"id":"3-1-1"}',
  '{"id":null,"type":null}',
  '{}',
]

function judge(desk: ClientDesk, all: Samples, said: Sayings): void {
  judgeLink(desk, all, said)
  judgeFeed(desk, said)
  judgeStoreView(desk.link.view(), said.texts)
}

/** What was logged and how often a socket was opened. */
function judgeTrouble(
  desk: ClientDesk,
  leakIn: (text: string) => string | undefined,
  said: readonly string[],
): void {
  const log = JSON.stringify(desk.logged)
  claim(leakIn(log) === undefined, `a secret in the log: ${log.slice(0, 500)}`, said)
  const slip =
    /Cannot (read|convert|destructure|set)|is not (a function|iterable|defined)|call stack|Invalid (array|string|time)/.exec(
      log,
    )
  claim(slip === null, `a slip of ours ended a socket: ${log.slice(0, 800)}`, said)
  claim(log.length < 40_000, `${log.length} characters of log`, said)
  claim(desk.venue.sockets.length <= 60, `${desk.venue.sockets.length} sockets were opened`, said)
}
