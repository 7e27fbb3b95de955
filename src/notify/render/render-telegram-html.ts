import type { ChatMarkup } from './chat-parts.ts'
import { chatFoot, chatHead, chatParts, plainPart } from './chat-parts.ts'
import { cutText } from './clean-line.ts'
import type { Message } from '../message.ts'
import { packParts } from './pack-parts.ts'

/** Of `sendMessage`, after tags and entities are read. */
const MOST_CHARACTERS = 4096
const MOST_HEAD_CHARACTERS = 300

const MARKUP: ChatMarkup = {
  text: escapeTelegram,
  bold: (text) => `<b>${escapeTelegram(text)}</b>`,
  code: (text) => `<code>${escapeTelegram(text)}</code>`,
  fixed: escapeTelegram,
  open: '<pre>',
  close: '</pre>',
  columns: 36,
}

/**
 * The text of Telegram's `sendMessage` with `parse_mode: HTML`: only `<b>`, `<i>`, `<code>` and `<pre>`, at most 4096 characters after
 * parsing. What is too long ends at a whole part, and says so.
 */
export function renderTelegramHtml(message: Message): string {
  const foot = `<i>${escapeTelegram(cutText(chatFoot(message), MOST_HEAD_CHARACTERS))}</i>`
  const head = MARKUP.bold(cutText(chatHead(message), MOST_HEAD_CHARACTERS))
  const [body = ''] = packParts([plainPart([head]), ...chatParts(message, MARKUP)], {
    mostCharacters: MOST_CHARACTERS - telegramLength(foot) - 2,
    mostTexts: 1,
    measure: telegramLength,
    cutNote: '<i>Shortened: the rest is too long for Telegram.</i>',
  })
  return `${body}\n\n${foot}`
}

function escapeTelegram(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** In UTF-16 units, which are never fewer than the characters that Telegram counts. */
function telegramLength(html: string): number {
  return html.replace(/<[^>]*>/g, '').replace(/&(?:amp|lt|gt);/g, '.').length
}
