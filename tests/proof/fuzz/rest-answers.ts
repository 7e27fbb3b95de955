/**
 * Every answer over REST that the client reads, mutated. What is accepted must be what an independent look at the text
 * finds; what is refused must have a name and change nothing; no position becomes flat by an answer that does not say so.
 * @module
 */
import type { VenueRequest } from '../../../src/ports.ts'
import type { AccountDesk } from './account-desk.ts'
import { createAccountDesk } from './account-desk.ts'
import type { Draw } from './draw.ts'
import { claim, Finding, type FuzzTarget } from './fuzz-target.ts'
import { judgeError } from './judge-error.ts'
import { junkText } from './junk.ts'
import { mutateJson } from './mutate-json.ts'
import { type PlantedSecrets, plantSecrets } from './planted-secrets.ts'
import { recordedSamples, type RestSample, type Samples } from './record-samples.ts'
import { REST_READS, type RestRead } from './rest-reads.ts'
import { judgeStore } from './store-limits.ts'

let samples: Samples | undefined

/** Answers of the venue's REST side. */
export const restAnswers: FuzzTarget = {
  name: 'rest-answers',
  weight: 24_000,
  limitMs: 10_000,
  cpuLimitMs: 2_000,
  async prepare() {
    samples = await recordedSamples()
  },
  async run(draw) {
    if (samples === undefined) throw new Error('prepare comes first')
    const read = draw.pick(REST_READS)
    const secrets = plantSecrets(draw)
    const answers = makeAnswers(draw, { samples, read, secrets })
    const desk = createAccountDesk(samples, secrets.token, answers.answer)
    seed(desk, samples)
    const before = desk.store.state()
    const context = { samples, desk, body: answers.mutated.body, before: sizesOf(desk) }
    const limits = { secrets, input: answers.mutated }
    try {
      const value = await desk.clock.runUntil(read.run(desk, samples), 60_000)
      read.judge(value, context)
      judgeStore(desk.store, answers.mutated)
      return 'accepted'
    } catch (error) {
      if (error instanceof Finding) throw error
      judgeError(error, limits)
      claim(
        desk.store.state() === before || read.keepsParts === true,
        'a refused answer changed what is known',
        answers.mutated,
      )
      return 'named error'
    }
  },
}

interface Made {
  readonly mutated: RestSample & { readonly headers: Readonly<Record<string, string>> }
  answer(request: VenueRequest): { status: number; headers: Record<string, string>; body: string }
}

function makeAnswers(
  draw: Draw,
  input: { readonly samples: Samples; readonly read: RestRead; readonly secrets: PlantedSecrets },
): Made {
  const { samples: all, read, secrets } = input
  const path = draw.pick(read.paths)
  const good = draw.pick(all.answers.filter((sample) => sample.path === path))
  const { text, changes } = draw.chance(0.04)
    ? { text: good.body, changes: [] }
    : mutateJson(draw, good.body)
  // A page that shows the request again shows its token too.
  const body = draw.chance(0.03) ? `<pre>Authorization: ${secrets.token}</pre>${text}` : text
  const status = draw.chance(0.85) ? 200 : draw.pick(STATUSES)
  const headers = draw.chance(0.15)
    ? { [draw.pick(HEADERS)]: draw.chance(0.5) ? junkText(draw) : draw.pick(DATES) }
    : {}
  const mutated = { ...good, body, status, headers, changes }
  return {
    mutated,
    answer(request) {
      if (request.path === path) return { status, headers: { ...headers }, body }
      const other = all.answers.find((sample) => sample.path === request.path && isOwn(sample, all))
      return { status: 200, headers: {}, body: other?.body ?? '{}' }
    },
  }
}

const STATUSES: readonly number[] = [
  100, 201, 204, 301, 304, 400, 401, 403, 404, 405, 407, 429, 500, 502, 503, 599, 0,
]
const HEADERS: readonly string[] = ['date', 'age', 'content-type', 'retry-after']
const DATES: readonly string[] = [
  'Sun, 01 Nov 2026 00:00:00 GMT',
  'Sat, 13 Sep 275760 00:00:00 GMT',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  '-1',
  '1e308',
]

function isOwn({ query }: RestSample, { accountIndex }: Samples): boolean {
  const named = query['account_index'] ?? (query['by'] === 'index' ? query['value'] : undefined)
  return named === undefined || named === String(accountIndex)
}

/** Before the read the account has the recorded hedge's position and orders, from its streams. */
function seed({ store }: AccountDesk, { accountIndex, frames }: Samples): void {
  for (const text of frames) {
    const frame = JSON.parse(text) as Record<string, unknown>
    if (String(frame['channel']).endsWith(`:${accountIndex}`)) store.applyFrame(frame)
    if (text.includes('update/account_all_positions') && text.includes('"position":"0.01000"'))
      return
  }
}

function sizesOf({ store }: AccountDesk): ReadonlyMap<number, string> {
  const { positions } = store.view()
  const rows = positions.isKnown ? [...positions.value.values()] : []
  return new Map(rows.map((row) => [row.marketIndex, row.signedBase.toFixed()]))
}
