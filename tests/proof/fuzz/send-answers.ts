/**
 * Answers to sends, over REST and over the socket. Whether a transaction is in, out or in doubt is judged by rules of
 * their own: certain is only what certainly says so, and everything else is doubt.
 * @module
 */
import { classifyHttpAnswer } from '../../../src/lighter/classify-answer.ts'
import { createPendingAnswers } from '../../../src/lighter/pending-answers.ts'
import type { SendAnswer } from '../../../src/ports.ts'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'
import type { Draw } from './draw.ts'
import { claim, type FuzzTarget } from './fuzz-target.ts'
import { STACK_LINE } from './judge-error.ts'
import { junkText } from './junk.ts'
import { mutateJson } from './mutate-json.ts'
import { isInteger, isRecord, member, parsed } from './plain-look.ts'
import { type PlantedSecrets, plantSecrets } from './planted-secrets.ts'

/** Both ways of an answer. */
export const sendAnswers: FuzzTarget = {
  name: 'send-answers',
  weight: 22_000,
  limitMs: 10_000,
  cpuLimitMs: 1_000,
  async run(draw) {
    const secrets = plantSecrets(draw)
    const hash = Buffer.from(draw.bytes(40)).toString('hex')
    const answer = draw.chance(0.5)
      ? overRest(draw, { hash, secrets })
      : await overSocket(draw, { hash, secrets })
    return answer.outcome === 'in_doubt' ? 'named error' : 'accepted'
  },
}

interface Sent {
  readonly hash: string
  readonly secrets: PlantedSecrets
}

const STATUSES: readonly number[] = [
  200, 200, 200, 400, 400, 201, 204, 100, 302, 401, 403, 404, 405, 407, 408, 429, 500, 502, 503,
  599,
]

function overRest(draw: Draw, { hash, secrets }: Sent): SendAnswer {
  const good = draw.pick(goodTexts(hash))
  const changed = draw.chance(0.1) ? good : mutateJson(draw, good).text
  const body = draw.chance(0.03) ? `${secrets.token} ${changed}` : changed
  const status = draw.pick(STATUSES)
  const input = { status, body, hash }
  const answer = classifyHttpAnswer({ status, body }, hash)
  judgeWords(answer, { secrets, input })
  const json = parsed(body)
  const allowed = allowedOverRest(status, json, hash)
  claim(
    allowed.has(answer.outcome),
    `${answer.outcome}, where only ${[...allowed].join(', ')} can be told`,
    input,
  )
  return answer
}

function goodTexts(hash: string): readonly string[] {
  return [
    `{"code":200,"message":"{\\"ratelimit\\": \\"didn't use volume quota\\"}","tx_hash":"${hash}","predicted_execution_time_ms":1762241985117,"volume_quota_remaining":999}`,
    `{"code":200,"id":"3-1-1","predicted_execution_time_ms":1786459719662,"tx_hash":"${hash}","type":"jsonapi/sendtx"}`,
    '{"code":21739,"message":"not enough margin to create the order"}',
    '{"error":{"code":21109,"message":"api key not found"},"id":"3-1-1"}',
    '{"type":"jsonapi/sendtx","code":21104,"message":"invalid nonce"}',
    '{"code":400,"message":"invalid nonce"}',
    '{"code":29500,"message":"internal server error"}',
    '{"code":23000,"message":"Too Many Requests!"}',
  ]
}

type Outcome = SendAnswer['outcome']

/** What an answer over REST may be taken for. */
function allowedOverRest(status: number, json: unknown, hash: string): ReadonlySet<Outcome> {
  const allowed = new Set<Outcome>(['in_doubt'])
  if (status >= 500) return allowed
  if (status === 407) return new Set<Outcome>(['not_sent'])
  if (status === 429) return new Set<Outcome>(['refused'])
  const code = member(json, 'code')
  const isSuccess = status >= 200 && status < 300
  if (isSuccess && isAcceptance(json, hash)) allowed.add('accepted')
  const isCoded = isCertainCode(code)
  // The firewall's page has no code at all.
  if (FIREWALL.has(status) && code === undefined) allowed.add('refused')
  if ((isSuccess || status >= 400) && isCoded) addRefusals(allowed, code, member(json, 'message'))
  return allowed
}

const FIREWALL: ReadonlySet<number> = new Set([403, 405])

function isAcceptance(json: unknown, hash: string): boolean {
  return member(json, 'code') === 200 && member(json, 'tx_hash') === hash
}

/** What a frame may be taken for. */
function allowedOverSocket(json: unknown, hash: string): ReadonlySet<Outcome> {
  const allowed = new Set<Outcome>(['in_doubt'])
  const error = member(json, 'error')
  const said = isRecord(error) ? error : json
  const code = member(said, 'code')
  if (error === undefined && isAcceptance(json, hash)) allowed.add('accepted')
  if (isCertainCode(code)) addRefusals(allowed, code, member(said, 'message'))
  return allowed
}

function isCertainCode(code: unknown): code is number {
  return isInteger(code) && ((code >= 400 && code < 500) || code >= 10_000)
}

function addRefusals(allowed: Set<Outcome>, code: number, message: unknown): void {
  if (code >= 29_500 && code < 29_600) return
  const isNonce = code === 21_104 || (typeof message === 'string' && /invalid nonce/i.test(message))
  allowed.add(isNonce ? 'nonce_used' : 'refused')
}

const TIMEOUT_MS = 1_000

async function overSocket(draw: Draw, { hash, secrets }: Sent): Promise<SendAnswer> {
  const clock = createVirtualClock()
  const pending = createPendingAnswers(clock)
  const others = draw.int(0, 3)
  const waits = Array.from({ length: others + 1 }, (_, at) =>
    pending.wait({
      id: `3-1-${at + 1}`,
      txHash: at === 0 ? hash : Buffer.from(draw.bytes(40)).toString('hex'),
      sessionId: draw.chance(0.9) ? 1 : 2,
      timeoutMs: TIMEOUT_MS,
    }),
  )
  const texts = Array.from({ length: draw.int(1, 3) }, () => {
    const good = draw.pick(goodTexts(hash))
    return draw.chance(0.1) ? good : mutateJson(draw, good).text
  })
  if (draw.chance(0.03))
    texts.push(JSON.stringify({ id: '3-1-1', error: { code: 21_501, message: secrets.token } }))
  const frames = texts.map(parsed).filter(isRecord)
  for (const frame of frames) pending.settle(frame, 1)
  if (draw.chance(0.3)) pending.endSession(1, junkText(draw).slice(0, 100))
  const [answer, ...rest] = await clock.runUntil(Promise.all(waits), 10 * TIMEOUT_MS)
  if (answer === undefined) throw new Error('a send was waited for')
  const input = { texts, hash, others }
  for (const each of [answer, ...rest]) judgeWords(each, { secrets, input })
  judgeOverSocket({ answer, rest }, { frames, hash, input })
  return answer
}

function judgeOverSocket(
  { answer, rest }: { readonly answer: SendAnswer; readonly rest: readonly SendAnswer[] },
  told: { readonly frames: readonly unknown[]; readonly hash: string; readonly input: unknown },
): void {
  const { frames, hash, input } = told
  const allowed = new Set(frames.flatMap((frame) => [...allowedOverSocket(frame, hash)]))
  allowed.add('in_doubt')
  claim(
    allowed.has(answer.outcome),
    `${answer.outcome}, where only ${[...allowed].join(', ')} can be told`,
    input,
  )
  const isWrong = rest.some(({ outcome }) => outcome === 'accepted')
  claim(!isWrong, 'a transaction with another hash is taken for accepted', input)
}

function judgeWords(
  answer: SendAnswer,
  { secrets, input }: { readonly secrets: PlantedSecrets; readonly input: unknown },
): void {
  if (answer.outcome === 'accepted') {
    const { predictedExecutionMs } = answer
    claim(predictedExecutionMs === undefined || predictedExecutionMs >= 0, 'an odd time', input)
    return
  }
  const { message } = answer
  const code = 'code' in answer ? answer.code : 'none'
  claim(/^[a-z][a-z0-9_]*$/.test(code), `no name: ${code}`, input)
  claim(message.length <= 400, `a message of ${message.length} characters`, input)
  claim(!STACK_LINE.test(message), 'a stack in a message', input)
  claim(secrets.leakIn(message) === undefined, `a secret in: ${message}`, input)
}
