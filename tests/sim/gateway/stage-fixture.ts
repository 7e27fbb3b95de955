import { assert } from '../../../src/errors.ts'
import { createSigner, type Signer } from '../../../src/lighter/signer/signer.ts'
import type { SignRequest } from '../../../src/lighter/signer/transactions.ts'
import type { GatewayLoss, GatewayResponse } from '../../../src/sim/gateway/rest-service.ts'
import type { GatewaySession } from '../../../src/sim/gateway/session.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import {
  createStage,
  type Stage,
  type StageAccount,
  type StageOptions,
} from '../../../src/sim/stage/stage.ts'
import { parseFaultPlan } from '../../../src/sim/faults/parse-fault.ts'
import { createVirtualClock, type VirtualClock } from '../../../src/sim/virtual-clock.ts'

export const BTC = 1

export type Json = Record<string, unknown>

/** A stage on a virtual clock, with a signer for each account and short ways to talk to the gateway. */
export interface Fixture {
  readonly clock: VirtualClock
  readonly stage: Stage
  readonly account: StageAccount
  signer(at?: number): Signer
  token(at?: number, aheadSeconds?: number): string
  get(path: string, query?: Record<string, string>, options?: CallOptions): Promise<Answer>
  post(path: string, form: Record<string, string>, options?: CallOptions): Promise<Answer>
  /** Signs with the account's next nonce, counted here. */
  sign(request: DraftTx, at?: number): { txType: number; txInfo: string; txHash: string }
  send(request: DraftTx, at?: number): Promise<Answer>
  open(options?: { ip?: string; query?: Record<string, string> }): TestSocket
  nonce(at?: number): number
}

export interface CallOptions {
  readonly token?: string
  readonly ip?: string
}

export interface Answer {
  readonly status: number
  readonly body: string
  readonly json: Json
}

/** A transaction without nonce and deadline; both may be given. */
export interface DraftTx extends Json {
  readonly kind: SignRequest['kind']
  readonly nonce?: number | bigint
  readonly expiredAt?: number
}

export interface TestSocket {
  readonly session: GatewaySession
  readonly frames: Json[]
  readonly texts: string[]
  closed: { code: number; reason: string } | undefined
  isTerminated: boolean
  say(message: unknown): void
  /** Frames of a type, oldest first. */
  of(type: string): Json[]
}

export function createFixture(
  options: Partial<StageOptions> & { readonly faultTexts?: readonly string[] } = {},
): Fixture {
  const clock = createVirtualClock()
  const { faultTexts = [], ...rest } = options
  const stage = createStage({
    clock,
    rng: createSeededRng(77),
    accounts: 3,
    owners: 2,
    noiseBps: 0,
    channelJitterMs: 0,
    faults: parseFaultPlan(faultTexts),
    ...rest,
  })
  const nonces = new Map<number, number>()
  const signers = stage.accounts.map((account) =>
    createSigner({
      privateKeyHex: account.revealPrivateKey(),
      chainId: 300,
      accountIndex: account.accountIndex,
      apiKeyIndex: account.apiKeyIndex,
      rng: createSeededRng(5),
    }),
  )
  const signer = (at = 0): Signer => {
    const found = signers[at]
    assert(found !== undefined, 'the fixture has this account')
    return found
  }
  const call = async (request: Parameters<Stage['gateway']['request']>[0]) => {
    const outcome = await clock.runUntil(stage.gateway.request(request), 600_000)
    assert(!('lost' in outcome), `an answer, not ${JSON.stringify(outcome)}`)
    return readAnswer(outcome)
  }
  const headersOf = ({ token }: CallOptions, more: Record<string, string> = {}) => ({
    ...more,
    ...(token === undefined ? {} : { authorization: token }),
  })
  const fixture: Fixture = {
    clock,
    stage,
    account: stage.accounts[0] ?? fail(),
    signer,
    token: (at = 0, aheadSeconds = 600) =>
      signer(at).authToken(Math.floor(stage.gateway.clock.now() / 1000) + aheadSeconds),
    get: (path, query = {}, options = {}) =>
      call({
        remoteAddress: options.ip ?? '127.0.0.1',
        method: 'GET',
        path,
        query,
        headers: headersOf(options),
        body: '',
      }),
    post: (path, form, options = {}) =>
      call({
        remoteAddress: options.ip ?? '127.0.0.1',
        method: 'POST',
        path,
        query: {},
        headers: headersOf(options, { 'content-type': 'application/x-www-form-urlencoded' }),
        body: new URLSearchParams(form).toString(),
      }),
    sign(request, at = 0) {
      const nonce = request.nonce ?? nonces.get(at) ?? 0
      nonces.set(at, Number(nonce) + 1)
      const expiredAt = request.expiredAt ?? Math.floor(stage.gateway.clock.now()) + 60_000
      return signer(at).sign({ ...request, nonce, expiredAt } as unknown as SignRequest)
    },
    send(request, at = 0) {
      const { txType, txInfo } = fixture.sign(request, at)
      return fixture.post('/api/v1/sendTx', { tx_type: String(txType), tx_info: txInfo })
    },
    open(options = {}) {
      return openSocket(stage, options)
    },
    nonce: (at = 0) => nonces.get(at) ?? 0,
  }
  return fixture
}

function fail(): never {
  throw new Error('the stage has no accounts')
}

function readAnswer(outcome: Exclude<GatewayResponse | GatewayLoss, GatewayLoss>): Answer {
  let json: Json = {}
  try {
    json = JSON.parse(outcome.body) as Json
  } catch {
    // An HTML body has no JSON.
  }
  return { status: outcome.status, body: outcome.body, json }
}

function openSocket(
  stage: Stage,
  { ip = '127.0.0.1', query = {} }: { ip?: string; query?: Record<string, string> },
): TestSocket {
  const frames: Json[] = []
  const texts: string[] = []
  const state: { closed?: { code: number; reason: string }; isTerminated: boolean } = {
    isTerminated: false,
  }
  const session = stage.gateway.openSession({
    remoteAddress: ip,
    query,
    send: (text) => {
      texts.push(text)
      frames.push(JSON.parse(text) as Json)
    },
    close: (code, reason) => {
      state.closed = { code, reason }
    },
    terminate: () => {
      state.isTerminated = true
    },
  })
  assert(!('status' in session), 'the upgrade is granted')
  return {
    session,
    frames,
    texts,
    get closed() {
      return state.closed
    },
    get isTerminated() {
      return state.isTerminated
    },
    say: (message) =>
      session.receive(typeof message === 'string' ? message : JSON.stringify(message)),
    of: (type) => frames.filter((frame) => frame['type'] === type),
  }
}

/** A market order for `size` ticks whose worst price is far away. */
export function marketOrder(isAsk: number, size: number, more: Json = {}): DraftTx {
  return {
    kind: 'createOrder',
    marketIndex: BTC,
    clientOrderIndex: 0,
    baseAmount: size,
    price: isAsk === 1 ? 960_000 : 1_040_000,
    isAsk,
    type: 1,
    timeInForce: 0,
    reduceOnly: 0,
    triggerPrice: 0,
    orderExpiry: 0,
    ...more,
  }
}

/** A resting order far from the mark. */
export function restingOrder(clientOrderIndex: number, expiryMs: number, more: Json = {}): DraftTx {
  return marketOrder(0, 100, {
    clientOrderIndex,
    price: 970_000,
    type: 0,
    timeInForce: 1,
    orderExpiry: expiryMs,
    ...more,
  })
}
