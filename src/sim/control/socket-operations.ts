/**
 * What can be done to connections and to what they are told (PROTOCOL.md section 8).
 * @module
 */
import { EVERYWHERE } from '../faults/fault-plan.ts'
import type { ListedSession, SubscriptionBlow } from '../gateway/session-registry.ts'
import { messageOfCode } from '../gateway/venue-refusal.ts'
import type { WireObject } from '../gateway/wire-json.ts'
import { nameOf } from './account-view.ts'
import type { ControlInput } from './control-input.ts'
import {
  type ControlOperations,
  type ControlScene,
  notFound,
  readAccount,
} from './control-operation.ts'

/** Operations on sockets, subscriptions and single requests. */
export const SOCKET_OPERATIONS: ControlOperations = {
  sockets: {
    summary:
      'cuts sockets of an account, an address or by number: "close" (with code), "drop", "half-open", "silent", "ping"',
    keys: ['socket', 'account', 'ip', 'all', 'do', 'code', 'reason'],
    examples: [
      '{"account":"account_1","do":"drop"}',
      '{"socket":3,"do":"close","code":1001,"reason":"going away"}',
      '{"all":true,"do":"half-open"}',
    ],
    run: strikeSockets,
  },
  subscriptions: {
    summary:
      'disturbs a channel: "silence", "forget", "refuse" (error frame), "drop" or "duplicate" the next "times" frames',
    keys: ['channel', 'socket', 'account', 'ip', 'do', 'times', 'code'],
    examples: [
      '{"channel":"account_all_positions","account":"account_1","do":"silence"}',
      '{"channel":"order_book/1","do":"drop"}',
    ],
    run: strikeSubscriptions,
  },
  lose: {
    summary:
      'loses the next "request" or "answer" of an account; "endpoint" such as sendTx or jsonapi/sendtx',
    keys: ['account', 'what', 'endpoint', 'times'],
    examples: ['{"account":"account_1","what":"answer","endpoint":"sendTx"}'],
    run: loseNext,
  },
}

function strikeSockets(scene: ControlScene, input: ControlInput): WireObject {
  const what = input.word('do', ['close', 'drop', 'half-open', 'silent', 'ping'])
  const isClose = what === 'close'
  if (!isClose && (input.has('code') || input.has('reason'))) {
    throw input.refuse('"code" and "reason" go with "close" only')
  }
  const code = input.has('code') ? readCloseCode(input) : 1001
  const reason = input.has('reason') ? readReason(input) : ''
  if (input.has('all') && !input.flag('all')) throw input.refuse('"all" must be: true')
  const chosen = chooseSockets(scene, input, true)
  for (const { session } of chosen) {
    if (what === 'close') session.close(code, reason)
    else if (what === 'drop') session.drop()
    else if (what === 'ping') session.ping()
    else session.deafen(what)
  }
  return { done: what, sockets: chosen.map(({ id }) => id) }
}

/** Codes that may go over the wire (RFC 6455 section 7.4). */
function readCloseCode(input: ControlInput): number {
  const code = input.integer('code', { min: 1000, max: 4999 })
  const isReserved = [1004, 1005, 1006].includes(code) || (code > 1014 && code < 3000)
  if (isReserved) throw input.refuse(`close code ${code} never goes over the wire`)
  return code
}

/** A close frame has room for 123 bytes of reason (RFC 6455 section 5.5). */
function readReason(input: ControlInput): string {
  const reason = input.text('reason')
  if (Buffer.byteLength(reason) > 123) throw input.refuse('"reason" must be: at most 123 bytes')
  return reason
}

function strikeSubscriptions(scene: ControlScene, input: ControlInput): WireObject {
  const wanted = input.text('channel').replaceAll('/', ':')
  const blow = readBlow(input)
  const hits = chooseSockets(scene, input, false).flatMap((listed) =>
    listed.session
      .subscriptions()
      .filter(({ key }) => key === wanted || key.split(':')[0] === wanted)
      .map(({ key }) => ({ ...listed, key })),
  )
  if (hits.length === 0) {
    throw notFound(`nobody there listens to ${wanted}`, 'GET /state lists sockets and channels.')
  }
  for (const { session, key } of hits) session.strike(key, blow)
  return {
    done: blow.kind,
    subscriptions: hits.map(({ id, key }) => ({ socket: id, channel: key })),
  }
}

function readBlow(input: ControlInput): SubscriptionBlow {
  const kind = input.word('do', ['silence', 'forget', 'refuse', 'drop', 'duplicate'])
  const isCounted = kind === 'drop' || kind === 'duplicate'
  if (!isCounted && input.has('times')) throw input.refuse(`"times" does not go with "${kind}"`)
  if (kind !== 'refuse' && input.has('code')) throw input.refuse('"code" goes with "refuse" only')
  if (isCounted) return { kind, times: readTimes(input) }
  if (kind !== 'refuse') return { kind }
  const code = input.has('code') ? input.integer('code', { min: 10_000, max: 99_999 }) : 20_013
  return { kind, code, message: messageOfCode(code) }
}

function loseNext(scene: ControlScene, input: ControlInput): WireObject {
  const { accountIndex } = readAccount(scene, input)
  const what = input.word('what', ['request', 'answer'])
  const endpoint = input.has('endpoint') ? input.text('endpoint') : undefined
  const maxTimes = readTimes(input)
  const { faults } = scene.stage.gateway
  const [id] = faults.add({
    effect: { kind: what === 'request' ? 'lost-request' : 'lost-answer' },
    scope: {
      ...EVERYWHERE,
      accountIndex,
      maxTimes,
      ...(endpoint === undefined ? {} : { endpoint }),
    },
  })
  return { fault: id, account: nameOf(scene, accountIndex), lost: what, times: maxTimes }
}

function readTimes(input: ControlInput): number {
  return input.has('times') ? input.integer('times', { min: 1, max: 1_000_000 }) : 1
}

/** The open sockets that a request names; without a name every one, unless that must be said. */
function chooseSockets(
  scene: ControlScene,
  input: ControlInput,
  mustSayAll: boolean,
): readonly ListedSession[] {
  const named = ['socket', 'account', 'ip', 'all'].filter((key) => input.has(key))
  if (named.length > 1 || (named.length === 0 && mustSayAll)) {
    throw input.refuse('one of "socket", "account", "ip" (or "all":true) says which sockets')
  }
  const isChosen = chooserOf(scene, input, named[0])
  const chosen = scene.stage.gateway.sessions.list().filter(isChosen)
  if (chosen.length > 0) return chosen
  throw notFound('no open socket is like that', 'GET /state lists the open sockets.')
}

function chooserOf(
  scene: ControlScene,
  input: ControlInput,
  name: string | undefined,
): (listed: ListedSession) => boolean {
  if (name === 'socket') {
    const wanted = input.integer('socket', { min: 1, max: Number.MAX_SAFE_INTEGER })
    return ({ id }) => id === wanted
  }
  if (name === 'account') {
    const { accountIndex } = readAccount(scene, input)
    return ({ session }) => session.accounts.has(accountIndex)
  }
  if (name !== 'ip') return () => true
  const ip = input.text('ip')
  return ({ session }) => session.ip === ip
}
