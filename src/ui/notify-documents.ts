/**
 * The two documents of `notify` (CLI.md "JSON").
 * @module
 */
import { documentHead } from './error-document.ts'
import type { ResultContext } from './json-documents.ts'
import type { ChannelView } from './render-channels.ts'

/** `notify test`. */
export function channelsDocument(context: ResultContext, channels: readonly ChannelView[]) {
  return {
    ...documentHead(context),
    channels: channels.map(({ channel, to, isSent, tookMs, code, message, hint }) => ({
      channel,
      to,
      sent: isSent,
      took_ms: Math.round(tookMs),
      code: code ?? null,
      message: message ?? null,
      hint: hint ?? null,
    })),
  }
}

/** What `notify check` found. */
export interface NotifyCheckView {
  readonly waiting: number
  readonly failing: readonly string[]
  /** One sentence for each expected run that is missing. */
  readonly missed: readonly string[]
}

/** `notify check`. */
export function notifyCheckDocument(context: ResultContext, view: NotifyCheckView) {
  const { waiting, failing, missed } = view
  return { ...documentHead(context), waiting, failing, missed }
}
