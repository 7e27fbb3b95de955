/**
 * A wire that garbles what the exchange says: single answers and frames become garbage, come twice, come late or come to
 * the wrong account. What is asked always arrives.
 * @module
 */
import type { Clock, Transport, VenueResponse, VenueSocketHandlers } from '../../../src/ports.ts'
import type { Suspension } from '../../engine/watch/support/suspension.ts'
import type { Draw } from './draw.ts'
import { garbleJson } from './garble-json.ts'

/** How bad it is. */
export interface GarbleOptions {
  readonly clock: Clock
  readonly draw: Draw
  /** Everything is said in another format. */
  readonly change?: ((text: string) => string) | undefined
  /** Chance of an answer over REST. */
  readonly answers: number
  /** Chance of a frame. */
  readonly frames: number
  /** From then on the wire is good. */
  readonly untilMs: number
  /** Hears of everything that was garbled, for a finding. */
  readonly onGarbled: (what: string) => void
}

/** The wire as a process of the world takes it. */
export function createGarbledWire(options: GarbleOptions): Suspension {
  const { clock } = options
  return {
    clock,
    suspend: () => undefined,
    resume: () => undefined,
    wrap: (transport) => wrap(transport, options, createMemory()),
  }
}

interface Memory {
  /** Answers by path, the last of each. */
  readonly answers: Map<string, string>
  readonly frames: string[]
}

function createMemory(): Memory {
  return { answers: new Map(), frames: [] }
}

function wrap<T extends Transport>(transport: T, options: GarbleOptions, memory: Memory): T {
  return {
    ...transport,
    async request(request) {
      const response = reformatted(await transport.request(request), options)
      const name = request.path.split('/').at(-1) ?? ''
      const other = memory.answers.get(name)
      memory.answers.set(name, response.body)
      return strikes(options, options.answers)
        ? garbleAnswer(response, { name, other }, options)
        : response
    },
    connect: (handlers) => transport.connect(garbledHandlers(handlers, options, memory)),
  }
}

function isGood({ clock, untilMs }: GarbleOptions): boolean {
  return clock.monotonicMs() >= untilMs
}

function strikes(options: GarbleOptions, chance: number): boolean {
  return !isGood(options) && options.draw.chance(chance)
}

function reformatted(response: VenueResponse, options: GarbleOptions): VenueResponse {
  if (options.change === undefined || isGood(options)) return response
  return { ...response, body: options.change(response.body) }
}

const STATUSES: readonly number[] = [200, 200, 200, 200, 204, 302, 400, 404, 500, 502]

function garbleAnswer(
  response: VenueResponse,
  { name, other }: { readonly name: string; readonly other: string | undefined },
  { draw, onGarbled }: GarbleOptions,
): VenueResponse {
  // The acceptance of another send has another hash, and a read of another account names that account. A refusal of another
  // send says nothing of whose it is: that would be a lie.
  const canBeTold =
    name === 'account' || (name === 'sendTx' && other?.includes('"tx_hash"') === true)
  const isMixedUp = other !== undefined && canBeTold && draw.chance(0.15)
  const body = isMixedUp ? other : garbleJson(draw, response.body)
  const status = isMixedUp ? response.status : draw.pick(STATUSES)
  onGarbled(`${name} ${status} ${body.slice(0, 160)}`)
  return { ...response, status, body }
}

function garbledHandlers(
  handlers: VenueSocketHandlers,
  options: GarbleOptions,
  memory: Memory,
): VenueSocketHandlers {
  const { draw, onGarbled } = options
  return {
    ...handlers,
    onMessage(said) {
      const text = isGood(options) ? said : (options.change?.(said) ?? said)
      if (!strikes(options, options.frames)) {
        remember(memory, text)
        handlers.onMessage(text)
        return
      }
      const kind = draw.int(0, 9)
      const again = kind === 0 ? newestOf(memory, text) : undefined
      onGarbled(`frame ${kind} ${text.slice(0, 160)}`)
      if (again !== undefined) handlers.onMessage(again)
      // Lost, said twice, late, or garbage.
      else if (kind === 1) return
      else if (kind === 2) handlers.onMessage(text)
      if (kind <= 2) handlers.onMessage(text)
      else if (kind === 3) options.clock.setTimer(draw.int(1, 900), () => handlers.onMessage(text))
      else handlers.onMessage(garbleJson(draw, text))
    },
  }
}

const REMEMBERED = 40

function remember({ frames }: Memory, text: string): void {
  frames.push(text)
  if (frames.length > REMEMBERED) frames.shift()
}

/** The last frame of this kind: said again it is no news. */
function newestOf({ frames }: Memory, text: string): string | undefined {
  const channel = /"channel":"[^"]+"/.exec(text)?.[0]
  return channel === undefined ? undefined : frames.findLast((frame) => frame.includes(channel))
}
