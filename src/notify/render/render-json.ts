import { isoTime } from './message-words.ts'
import type { Envelope } from '../notifier.ts'
import { renderTextBody } from './render-mail-text.ts'

/**
 * The body for a webhook of one's own, stable:
 *
 * - `schema`: `hedgebot/notification/1`; a change that could break a receiver gets another number
 * - `id`: the same at every attempt, for receivers that got it twice
 * - `kind`: `opened`, `closed`, `stop`, `alert`, `recovered`, `report`, `daily`, `test`
 * - `level`: `info`, `warning`, `critical`
 * - `title`, `network`: as composed
 * - `at`: when it was composed, ISO 8601 in UTC
 * - `thread`: the same for an alert and its end; null when it belongs to nothing
 * - `text`: the whole message as plain text, lines of at most 76 columns where possible
 * - `message`: the same as data: a list of blocks, told apart by `kind` (`heading`, `text`, `list`, `facts`, `table`, `course`, `advice`)
 */
export function renderJson({ id, message }: Envelope): object {
  return {
    schema: 'hedgebot/notification/1',
    id,
    kind: message.kind,
    level: message.severity,
    title: message.title,
    network: message.network,
    at: isoTime(message.atMs),
    thread: message.thread ?? null,
    text: renderTextBody(message),
    message: message.blocks,
  }
}
