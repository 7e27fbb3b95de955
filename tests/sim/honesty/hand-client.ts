/**
 * The stage as it is by default, and a client written by hand the way common bots are: no lanes, no budgets, no
 * journal. The scenarios give it one bad habit each; where the product's own client follows the rule, it stands beside.
 */
import { assert } from '../../../src/errors.ts'
import { createSigner } from '../../../src/lighter/signer/signer.ts'
import type { SignRequest } from '../../../src/lighter/signer/transactions.ts'
import type { VenueSocket } from '../../../src/ports.ts'
import {
  createMemoryTransport,
  type MemoryTransport,
} from '../../../src/sim/gateway/memory-transport.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import {
  createStage,
  type Stage,
  type StageAccount,
  type StageOptions,
} from '../../../src/sim/stage/stage.ts'
import { createVirtualClock, type VirtualClock } from '../../../src/sim/virtual-clock.ts'
import { BTC, type DraftTx, type Json } from '../gateway/stage-fixture.ts'

export interface HonestStage {
  readonly clock: VirtualClock
  readonly stage: Stage
  /** A client of the account at this place, behind an address of its own choice. */
  client(at: number, options?: { ip?: string; transport?: MemoryTransport }): HandClient
  /** A way to the exchange from an address; clients may share it. */
  way(ip?: string): MemoryTransport
  /** What the exchange itself knows. */
  positionTicks(at: number): bigint
  valueUsd(at: number): number
  markUsd(): number
  run<T>(work: Promise<T>, limitMs?: number): Promise<T>
  close(): void
}

/** The default stage: only what the caller names is different. */
export function createHonestStage(options: Partial<StageOptions> = {}): HonestStage {
  const clock = createVirtualClock()
  const stage = createStage({ clock, rng: createSeededRng(77), ...options })
  const accountOf = (at: number): StageAccount => {
    const account = stage.accounts[at]
    assert(account !== undefined, 'the stage has this account')
    return account
  }
  let ways = 0
  const way = (ip = '127.0.0.1') =>
    createMemoryTransport({
      gateway: stage.gateway,
      clock,
      rng: createSeededRng((ways += 1)),
      remoteAddress: ip,
    })
  return {
    clock,
    stage,
    way,
    client: (at, { ip, transport = way(ip) } = {}) =>
      createHandClient({ clock, stage, transport, account: accountOf(at) }),
    positionTicks: (at) =>
      stage.core.account(accountOf(at).accountIndex)?.positions.get(BTC)?.sizeTicks ?? 0n,
    valueUsd: (at) =>
      Number(stage.core.accountFigures(accountOf(at).accountIndex).totalValueE12) / 1e12,
    markUsd: () => Number(stage.core.markets.get(BTC)?.markTicks ?? 0n) / 10,
    run: (work, limitMs = 600_000) => clock.runUntil(work, limitMs),
    close: () => stage.close(),
  }
}

export interface Signed {
  readonly txType: number
  readonly txInfo: string
  readonly txHash: string
}

/** `json` is empty where the body is none. */
export interface Heard {
  readonly status: number
  readonly json: Json
}

export interface HandClient {
  readonly account: StageAccount
  readonly index: string
  token(aheadSeconds?: number): string
  sign(draft: DraftTx, nonce: number): Signed
  get(path: string, query?: Record<string, string>, token?: string): Promise<Heard>
  /** Rejects when no answer comes within the time. */
  post(signed: Signed, timeoutMs?: number): Promise<Heard>
  nextNonce(): Promise<number>
  /** Asks for the nonce, signs, sends. */
  order(draft: DraftTx): Promise<Heard>
  /** The position over REST, in ticks, signed. */
  readPosition(token?: string): Promise<number>
  listen(channels: readonly string[], token?: string): Listening
}

export interface Listening {
  readonly frames: Json[]
  readonly socket: VenueSocket
  /** Called with every frame from now on. */
  onFrame: (frame: Json) => void
  isClosed: boolean
  closeCode: number | undefined
  say(message: unknown): void
  /** The newest frame of a type. */
  last(type: string): Json | undefined
}

export interface HandClientOptions {
  readonly clock: VirtualClock
  readonly stage: Stage
  readonly transport: MemoryTransport
  readonly account: StageAccount
}

export function createHandClient({
  clock,
  stage,
  transport,
  account,
}: HandClientOptions): HandClient {
  const index = String(account.accountIndex)
  const signer = createSigner({
    privateKeyHex: account.revealPrivateKey(),
    chainId: 300,
    accountIndex: account.accountIndex,
    apiKeyIndex: account.apiKeyIndex,
    rng: createSeededRng(5),
  })
  const client: HandClient = {
    account,
    index,
    token: (aheadSeconds = 600) =>
      signer.authToken(Math.floor(stage.gateway.clock.now() / 1_000) + aheadSeconds),
    sign(draft, nonce) {
      // Ten minutes less a second, as the official signer has it (PROTOCOL.md section 5.4).
      const expiredAt = draft.expiredAt ?? Math.floor(clock.now()) + 599_000
      return signer.sign({ ...draft, nonce, expiredAt } as unknown as SignRequest)
    },
    async get(path, query = {}, token) {
      const headers = token === undefined ? {} : { authorization: token }
      return heard(
        await transport.request({ method: 'GET', path, query, headers, timeoutMs: 5_000 }),
      )
    },
    async post({ txType, txInfo }, timeoutMs = 5_000) {
      const form = { tx_type: String(txType), tx_info: txInfo }
      return heard(
        await transport.request({ method: 'POST', path: '/api/v1/sendTx', form, timeoutMs }),
      )
    },
    async nextNonce() {
      const { status, json } = await client.get('/api/v1/nextNonce', {
        account_index: index,
        api_key_index: String(account.apiKeyIndex),
      })
      if (status !== 200) throw new Error(`nextNonce answered ${status}`)
      return Number(json['nonce'])
    },
    order: async (draft) => client.post(client.sign(draft, await client.nextNonce())),
    async readPosition(token) {
      const { status, json } = await client.get(
        '/api/v1/account',
        { by: 'index', value: index },
        token,
      )
      if (status !== 200) throw new Error(`account answered ${status}`)
      const [holder] = json['accounts'] as { positions: Json[] }[]
      return ticksOf(holder?.positions.find((row) => row['market_id'] === BTC))
    },
    listen: (channels, token) => listen(transport, channels, token),
  }
  return client
}

function heard({ status, body }: { readonly status: number; readonly body: string }): Heard {
  try {
    return { status, json: JSON.parse(body) as Json }
  } catch {
    return { status, json: {} }
  }
}

/** Signed size in ticks of a position row; no row is flat. */
export function ticksOf(row: Json | undefined): number {
  return Math.round(Number(row?.['position'] ?? 0) * 100_000) * Number(row?.['sign'] ?? 1)
}

function listen(
  transport: MemoryTransport,
  channels: readonly string[],
  token: string | undefined,
): Listening {
  const listening: Listening = {
    frames: [],
    onFrame: () => undefined,
    isClosed: false,
    closeCode: undefined,
    say: (message) => socket.send(JSON.stringify(message)),
    last: (type) => listening.frames.findLast((frame) => frame['type'] === type),
    get socket() {
      return socket
    },
  }
  const socket: VenueSocket = transport.connect({
    onOpen: () => {
      for (const channel of channels) {
        listening.say({
          type: 'subscribe',
          channel,
          ...(token === undefined ? {} : { auth: token }),
        })
      }
    },
    onMessage: (text) => {
      const frame = JSON.parse(text) as Json
      listening.frames.push(frame)
      listening.onFrame(frame)
    },
    onPong: () => undefined,
    onClose: ({ code }) => {
      listening.isClosed = true
      listening.closeCode = code
    },
  })
  return listening
}
