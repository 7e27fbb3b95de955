/**
 * One socket below the protocol: frames out, with what a bad line does to them. A fault may cut it, make it deaf and
 * dumb while it looks alive (half-open), or stop its streams while it still answers (silent).
 * @module
 */
import { drawDelayMs, type FaultOccasion } from '../faults/fault-switch.ts'
import { createFrameOutbox } from './frame-outbox.ts'
import type { GatewayParts } from './gateway-parts.ts'

export interface SessionSocket {
  send(text: string): void
  /** Closes with a handshake. */
  close(code: number, reason: string): void
  /** Drops the connection. */
  terminate(): void
}

export interface SessionLink {
  /** A frame of a channel, in its lane. */
  pushStream(lane: string, frame: string, onSent?: () => void): void
  /** An answer to a message, in order with the other answers. */
  reply(frame: string, onSent?: () => void): void
  /** Throws the dice for what comes in; false when it must be ignored. */
  isHearing(): boolean
  isOpen(): boolean
  condition(): LineCondition
  /** Makes the line play dead from now on; a line never gets better. */
  deafen(how: 'silent' | 'half-open'): void
  close(code: number, reason: string): void
  terminate(): void
  /** The peer is gone. */
  closed(): void
}

export interface SessionLinkOptions {
  readonly parts: GatewayParts
  readonly socket: SessionSocket
  readonly ip: string
  /** Accounts that the socket has to do with, for faults that name one. */
  readonly accounts: ReadonlySet<number>
}

/** How a line is: `silent` has no streams, `half-open` neither streams nor answers. */
export type LineCondition = 'good' | 'silent' | 'half-open' | 'closed'

/** Creates the link of an open socket. */
export function createSessionLink(options: SessionLinkOptions): SessionLink {
  const { socket } = options
  const { clock, rng, channelJitterMs } = options.parts
  const dice = createLineDice(options)
  const send = (frame: string) => {
    if (line.condition() !== 'closed') socket.send(frame)
  }
  const streams = createFrameOutbox({ clock, rng, jitterMs: channelJitterMs, send })
  const replies = createFrameOutbox({ clock, rng, jitterMs: 0, send })
  const line = createLine(socket, () => {
    streams.close()
    replies.close()
  })

  return {
    pushStream(lane, frame, onSent) {
      const channel = lane.split(':')[0] ?? lane
      line.suffer(dice.fateOf(channel))
      if (line.condition() !== 'good') {
        onSent?.()
        return
      }
      const extraMs = dice.delayMs(channel)
      streams.push(lane, frame, onSent === undefined ? { extraMs } : { extraMs, onSent })
      if (dice.isDoubled(channel)) streams.push(lane, frame, { extraMs })
    },
    reply(frame, onSent) {
      if (!line.isAnswering()) onSent?.()
      else replies.push('replies', frame, onSent === undefined ? {} : { onSent })
    },
    isHearing() {
      line.suffer(dice.fateOf(undefined))
      return line.isAnswering()
    },
    isOpen: () => line.condition() !== 'closed',
    condition: () => line.condition(),
    deafen: (how) => line.suffer(how),
    close: (code, reason) => line.end(() => socket.close(code, reason)),
    terminate: () => line.end(() => socket.terminate()),
    closed: () => line.end(() => undefined),
  }
}

interface Line {
  condition(): LineCondition
  isAnswering(): boolean
  suffer(fate: Fate | undefined): void
  /** Closes at most once, in the given way. */
  end(how: () => void): void
}

function createLine(socket: SessionSocket, onEnd: () => void): Line {
  let condition: LineCondition = 'good'
  const end = (how: () => void) => {
    if (condition === 'closed') return
    condition = 'closed'
    onEnd()
    how()
  }
  return {
    condition: () => condition,
    isAnswering: () => condition === 'good' || condition === 'silent',
    suffer(fate) {
      if (fate === undefined || condition === 'closed') return
      if (fate === 'maintenance') end(() => socket.close(...SERVICE_RESTART))
      else if (fate === 'drop') end(() => socket.terminate())
      else if (fate === 'half-open' || condition === 'good') condition = fate
    },
    end,
  }
}

/** Close code and reason of a venue that goes down for maintenance (RFC 6455 registry; PROTOCOL.md is silent). */
export const SERVICE_RESTART = [1012, 'service restart'] as const

type Fate = 'maintenance' | 'drop' | 'half-open' | 'silent'

const FATES: readonly Fate[] = ['maintenance', 'drop', 'half-open', 'silent']

interface LineDice {
  /** What befalls the line at this frame, if anything. */
  fateOf(channel: string | undefined): Fate | undefined
  delayMs(channel: string): number
  isDoubled(channel: string): boolean
}

function createLineDice({ parts, ip, accounts }: SessionLinkOptions): LineDice {
  const { faults, rng } = parts
  const occasionOf = (channel: string | undefined): FaultOccasion => ({
    accounts,
    ip,
    endpoint: 'stream',
    ...(channel === undefined ? {} : { channel }),
  })
  return {
    fateOf(channel) {
      if (faults.isEmpty()) return undefined
      const occasion = occasionOf(channel)
      return FATES.find((kind) => faults.strike(kind, occasion) !== undefined)
    },
    delayMs(channel) {
      if (faults.isEmpty()) return 0
      const delay = faults.strike('delay-frames', occasionOf(channel))
      return delay === undefined ? 0 : drawDelayMs(delay, rng)
    },
    isDoubled: (channel) =>
      !faults.isEmpty() && faults.strike('duplicate-frames', occasionOf(channel)) !== undefined,
  }
}
