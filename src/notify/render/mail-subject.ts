import { cleanLine, cutText } from './clean-line.ts'
import type { Message } from '../message.ts'
import { isMainnet, kindWord } from './message-words.ts'

/** Mail programs show far less; the rest of the title is at the top of the mail. */
const MOST_CHARACTERS = 120
const MOST_NETWORK_CHARACTERS = 20

/**
 * One line of at most 120 characters: `[hedgebot] STOP: h3 closed at -104.20 USD`. Prefix and word are fixed so that they can be
 * filtered by; another network than mainnet is in the prefix: `[hedgebot testnet]`.
 */
export function mailSubject(message: Message): string {
  const network = cutText(cleanLine(message.network), MOST_NETWORK_CHARACTERS)
  const prefix = isMainnet(message) ? '[hedgebot]' : `[hedgebot ${network}]`
  return cutText(`${prefix} ${kindWord(message)}: ${cleanLine(message.title)}`, MOST_CHARACTERS)
}
