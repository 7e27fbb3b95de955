import type { ChatMarkup } from './chat-parts.ts'
import { chatFoot, chatHead, chatParts } from './chat-parts.ts'
import { cutText } from './clean-line.ts'
import { bandColour } from './html-palette.ts'
import type { Message } from '../message.ts'
import { packParts } from './pack-parts.ts'

/** Discord takes 2000 and 4096; with the foot all of it stays below 6000. */
const MOST_HEAD_CHARACTERS = 300
const MOST_DESCRIPTION_CHARACTERS = 4096
const MOST_FOOT_CHARACTERS = 200

/**
 * A backslash before any of these shows them as they are. Within a name (`account_7`) an underscore begins nothing, and the
 * previews on phones show backslashes.
 */
const SPECIAL =
  /[\\*~`|<[\]]|(?<![a-z0-9])_|_(?![a-z0-9])|^[#>]|^[-+](?=[ #])|(?<=^\d+)\.|:(?=[a-z_])/gi
/** Between `@` and a name nobody is meant. */
const WORD_JOINER = '\u{2060}'

const MARKUP: ChatMarkup = {
  text: escapeDiscord,
  bold: (text) => (text === '' ? '' : `**${escapeDiscord(text)}**`),
  code: (text) => `\`${escapeFixed(text)}\``,
  fixed: escapeFixed,
  open: '```\n',
  close: '\n```',
  columns: 44,
}

/**
 * The body of Discord's webhook: the title as `content`, which phones show in a preview, the blocks in one embed with the
 * colour of the severity. Markdown and `@` in values are escaped, and `allowed_mentions` rings for nobody.
 */
export function renderDiscord(message: Message): object {
  const [description = ''] = packParts(chatParts(message, MARKUP), {
    mostCharacters: MOST_DESCRIPTION_CHARACTERS,
    mostTexts: 1,
    measure: (text) => text.length,
    cutNote: '*Shortened: the rest is too long for Discord.*',
  })
  const embed = {
    ...(description === '' ? {} : { description }),
    color: Number.parseInt(bandColour(message).slice(1), 16),
    footer: { text: parted(cutText(chatFoot(message), MOST_FOOT_CHARACTERS)) },
  }
  return {
    content: MARKUP.bold(cutText(chatHead(message), MOST_HEAD_CHARACTERS)),
    embeds: [embed],
    allowed_mentions: { parse: [] },
  }
}

function escapeDiscord(text: string): string {
  return parted(text.replace(SPECIAL, (character) => `\\${character}`))
}

/** A back-tick would end the fixed-width text. */
function escapeFixed(text: string): string {
  return parted(text).replaceAll('`', 'ˋ')
}

function parted(text: string): string {
  return text.replaceAll('@', `@${WORD_JOINER}`)
}
