import { cleanLine, cutText } from '../render/clean-line.ts'

/** What somebody reads in one line. */
const MOST_CHARACTERS = 160
/** That many characters in a row of a secret are too many. */
const PIECE = 6
/** Tags that pages have, and no address in angle brackets, which mail servers write. */
const HTML =
  /<(?:!doctype|\?xml|\/?(?:html|head|title|meta|body|div|span|h[1-6]|p|br|b|i|a|center|script|style))\b[^@>]*>/i

/**
 * What a server said, short and on one line, for a message of ours. Undefined when there is nothing to show: HTML, or a
 * text that could contain a piece of a secret, since servers do send back what they were sent.
 */
export function quoteAnswer(text: string, secrets: readonly string[]): string | undefined {
  const line = cleanLine(text).replaceAll('\u{fffd}', '')
  if (line === '' || HTML.test(line)) return undefined
  if (mayContain(text, secrets)) return undefined
  return cutText(line, MOST_CHARACTERS)
}

/** Whether a piece of a secret, or the whole of a short one, is in the text; upper and lower case alike. */
function mayContain(text: string, secrets: readonly string[]): boolean {
  // Also without what a server may have broken it with.
  const places = [text, text.replace(/[\s\p{C}]+/gu, '')].map((place) => place.toLowerCase())
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => pieces(secret.toLowerCase()))
    .some((piece) => places.some((place) => place.includes(piece)))
}

function pieces(secret: string): readonly string[] {
  if (secret.length <= PIECE) return [secret]
  return Array.from({ length: secret.length - PIECE + 1 }, (_, at) => secret.slice(at, at + PIECE))
}

/** A password in the forms in which SMTP (RFC 4954) and HTTP carry it. */
export function formsOfLogin(username: string | undefined, password: string): readonly string[] {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return [
    password,
    base64(password),
    base64(`\0${username ?? ''}\0${password}`),
    encodeURIComponent(password),
    Buffer.from(password).toString('hex'),
  ]
}
