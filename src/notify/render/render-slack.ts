import type { ChatMarkup } from './chat-parts.ts'
import { chatFoot, chatHead, chatParts } from './chat-parts.ts'
import { cutText } from './clean-line.ts'
import type { Message } from '../message.ts'
import { packParts } from './pack-parts.ts'

/** Slack's limits are 3000, 50 and 150; header and foot are blocks too. */
const MOST_SECTION_CHARACTERS = 2900
const MOST_SECTIONS = 12
const MOST_HEADER_CHARACTERS = 150
const MOST_FOOT_CHARACTERS = 300

/** There is no escape character: what would begin bold, italic, struck or fixed text becomes a twin that does not. */
const TWINS: Readonly<Record<string, string>> = { '*': '∗', _: '＿', '~': '∼' }
const BEGINNING = /(?<![\p{L}\p{N}])[*_~]/gu

const MARKUP: ChatMarkup = {
  text: escapeSlack,
  bold: (text) => (text === '' ? '' : `*${escapeSlack(text).replaceAll('*', '∗')}*`),
  code: (text) => `\`${escapeFixed(text)}\``,
  fixed: escapeFixed,
  open: '```\n',
  close: '\n```',
  columns: 44,
}

/**
 * The body of Slack's incoming webhook: `text` for notifications and for programs that know no blocks, `blocks` for the eye.
 * `&`, `<` and `>` are escaped, so that `<!channel>` in a value rings for nobody.
 */
export function renderSlack(message: Message): object {
  const sections = packParts(chatParts(message, MARKUP), {
    mostCharacters: MOST_SECTION_CHARACTERS,
    mostTexts: MOST_SECTIONS,
    measure: (text) => text.length,
    cutNote: 'Shortened: the rest is too long for Slack.',
  })
  const head = chatHead(message)
  const foot = escapeSlack(cutText(chatFoot(message), MOST_FOOT_CHARACTERS))
  return {
    text: escapeSlack(cutText(head, MOST_FOOT_CHARACTERS)),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cutHeader(head), emoji: false } },
      // Slack refuses empty texts.
      ...sections
        .filter((text) => text !== '')
        .map((text) => ({ type: 'section', text: markdown(text), expand: true })),
      { type: 'context', elements: [markdown(foot)] },
    ],
  }
}

/** Verbatim: names of channels and people in it are not looked for. */
function markdown(text: string): object {
  return { type: 'mrkdwn', text, verbatim: true }
}

function cutHeader(head: string): string {
  let most = MOST_HEADER_CHARACTERS
  while (escapeSlack(cutText(head, most)).length > MOST_HEADER_CHARACTERS) most -= 1
  return escapeSlack(cutText(head, most))
}

function escapeSlack(text: string): string {
  return escapeFixed(text).replace(BEGINNING, (character) => TWINS[character] ?? '')
}

/** A back-tick would end the fixed-width text, or begin one. */
function escapeFixed(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('`', 'ˋ')
}
