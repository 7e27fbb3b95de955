/**
 * Takes messages out of the outbox and to their channels, one at a time for each channel. What fails waits there; what is
 * too old is given up, and that is said.
 * @module
 */
import { messageOf } from '../errors.ts'
import type { Clock, Logger, NotifyStore, OutboxMessage } from '../ports.ts'
import type { ChannelHealth, SendFailure } from './channel-health.ts'
import { UNTRIED, afterFailure, isTrouble } from './channel-health.ts'
import type { Message } from './message.ts'
import type { Sender } from './sender.ts'

/** Something about the notifications themselves. */
export type DeliveryTrouble =
  | { readonly kind: 'channel_failing'; readonly channel: string; readonly message: string }
  /** A message went through; `message` when this process had told that it fails. */
  | {
      readonly kind: 'channel_works'
      readonly channel: string
      readonly message: string | undefined
    }
  | { readonly kind: 'messages_dropped'; readonly message: string }

/** Needs of the delivery. */
export interface DeliveryOptions {
  readonly store: NotifyStore
  readonly sender: Sender
  readonly clock: Clock
  readonly logger: Logger
  readonly onTrouble: (trouble: DeliveryTrouble) => void
}

/** The delivery of one process. */
export interface Delivery {
  /** Starts what is due and can be started; returns at once. */
  start(): void
  /** True while a message is on its way. */
  isBusy(): boolean
  /** True while something is due that could be tried now. */
  hasDue(): boolean
  /** Channels that fail now. */
  failing(): readonly string[]
  /** Gives up what is too old. */
  dropOld(): void
}

/** Longer than any channel takes; a claim also ends with its process. */
const CLAIM_MS = 180_000
/** What could not be delivered for so long tells nobody anything any more. */
const MAX_AGE_MS = 24 * 3_600_000

/** Creates the delivery; it starts nothing by itself. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { store, sender, clock } = options
  const health = new Map<string, ChannelHealth>()
  const busy = new Set<string>()
  const healthOf = (channel: string): ChannelHealth => health.get(channel) ?? UNTRIED
  const isRested = (channel: string): boolean =>
    clock.monotonicMs() >= healthOf(channel).restUntilMs
  const isDue = (channel: string): boolean => {
    const nextMs = store.nextAttemptAtMs(channel)
    return nextMs !== undefined && nextMs <= clock.now()
  }
  const work: Work = { ...options, health, healthOf }
  const startChannel = (channel: string): void => {
    if (busy.has(channel) || !isRested(channel) || !isDue(channel)) return
    const claimed = store.claimMessage(channel, clock.now() + CLAIM_MS)
    if (claimed === undefined) return
    busy.add(channel)
    void deliverOne(work, claimed).finally(() => {
      busy.delete(channel)
    })
  }
  return {
    start() {
      for (const channel of sender.channels) startChannel(channel)
    },
    isBusy: () => busy.size > 0,
    hasDue: () =>
      sender.channels.some((channel) => !busy.has(channel) && isRested(channel) && isDue(channel)),
    failing: () => sender.channels.filter((channel) => healthOf(channel).failures > 0),
    dropOld: () => dropOld(options),
  }
}

interface Work extends DeliveryOptions {
  readonly health: Map<string, ChannelHealth>
  readonly healthOf: (channel: string) => ChannelHealth
}

/** Never rejects: a journal that takes nothing leaves the claim to run out. */
async function deliverOne(work: Work, claimed: OutboxMessage): Promise<void> {
  const { sender, store, logger } = work
  const { channel, messageNo, envelopeId: id } = claimed
  try {
    const message = JSON.parse(claimed.message) as Message
    const result = await sender.send(channel, { id, message })
    if (result.outcome === 'sent') {
      store.settleMessage(messageNo, { state: 'sent' })
      logger.info('a message was sent', { channel, kind: claimed.kind, title: message.title })
      noteSuccess(work, channel)
    } else noteFailure(work, claimed, result)
  } catch (error) {
    logger.error('the outbox could not be worked on', { channel, error: messageOf(error) })
  }
}

function noteSuccess({ health, healthOf, clock, onTrouble }: Work, channel: string): void {
  const { isTold, failingSinceMs } = healthOf(channel)
  health.set(channel, UNTRIED)
  const minutes = ((clock.monotonicMs() - (failingSinceMs ?? 0)) / 60_000).toFixed(1)
  const message = isTold
    ? `${channel} works again after ${minutes} min; what was waiting is being sent`
    : undefined
  onTrouble({ kind: 'channel_works', channel, message })
}

function noteFailure(work: Work, claimed: OutboxMessage, failure: SendFailure): void {
  const { store, clock, logger, health, healthOf, onTrouble } = work
  const { channel, messageNo, kind } = claimed
  const error = `${failure.code}: ${failure.message}`
  logger.warn('a message could not be sent', { channel, kind, error, hint: failure.hint })
  if (failure.retry === 'never') {
    store.settleMessage(messageNo, { state: 'dropped', error })
    onTrouble({
      kind: 'messages_dropped',
      message: `${channel} refuses a message (${kind}): ${failure.message}`,
    })
    return
  }
  const nowMs = clock.monotonicMs()
  const next = afterFailure(healthOf(channel), failure, nowMs)
  const isNews = !next.isTold && isTrouble(next, nowMs)
  health.set(channel, { ...next, isTold: next.isTold || isNews })
  const nextAttemptAtMs = clock.now() + (next.restUntilMs - nowMs)
  store.settleMessage(messageNo, { state: 'waiting', error, nextAttemptAtMs })
  if (!isNews) return
  const hint = failure.hint === undefined ? '' : ` (${failure.hint})`
  onTrouble({ kind: 'channel_failing', channel, message: `${channel}: ${failure.message}${hint}` })
}

/** A newer report makes an older one worthless, and nobody misses it; everything else is given up loudly. */
function dropOld({ store, clock, logger, onTrouble }: DeliveryOptions): void {
  const nowMs = clock.now()
  const dropped = store.dropMessages({
    createdBeforeMs: nowMs - MAX_AGE_MS,
    error: 'too old',
  })
  if (dropped.length === 0) return
  const channels = [...new Set(dropped.map(({ channel }) => channel))].join(', ')
  logger.error('messages were given up', { channels, count: dropped.length })
  onTrouble({
    kind: 'messages_dropped',
    message: `${dropped.length} messages for ${channels} could not be delivered for a day and were given up`,
  })
}
