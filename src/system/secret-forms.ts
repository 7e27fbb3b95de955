/** Shorter texts are not taken out: replaced everywhere they would garble every line, and protect nothing. */
export const SHORTEST_FORM = 4
/** What only stands for a secret, such as base64 out of the middle, must be longer not to be found by chance. */
const SHORTEST_CODE = 8

/**
 * The ways in which one secret may be written: as it is, inside JSON (also twice), an address, a form, a page, a quoted
 * string, as base64 at each of its three places, as hex, or read in the wrong character set. Upper and lower case are
 * the same to whoever looks for them.
 */
export function formsOf(secret: string): readonly string[] {
  const base = isHexKey(secret) ? secret.replace(/^0x/i, '') : secret
  if (base.length < SHORTEST_FORM) return []
  const bytes = Buffer.from(base)
  // Through a buffer, since half a surrogate pair cannot be written in an address.
  const whole = bytes.toString()
  const inJson = insideJson(base)
  const codes = [
    ...base64Forms(bytes),
    bytes.toString('hex'),
    ...(isHexKey(secret) ? base64Forms(Buffer.from(base, 'hex')) : []),
  ]
  const forms = [
    base,
    base.replace(/\s+/g, ' '),
    insideJson(inJson),
    ...[inJson, asciiOnly(inJson)].flatMap((text) => [text, text.replaceAll('/', String.raw`\/`)]),
    encodeURIComponent(whole),
    encodeURI(whole),
    new URLSearchParams({ '': whole }).toString().slice(1),
    base.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character),
    base.replace(/[\\']/g, String.raw`\$&`),
    bytes.toString('latin1'),
    ...codes.filter((code) => code.length >= SHORTEST_CODE),
  ]
  return [...new Set(forms)]
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function isHexKey(text: string): boolean {
  return text.length > 10 && /^(?:0x)?(?:[0-9a-f]{2})+$/i.test(text)
}

function insideJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** As writers of JSON do that trust no character set. */
function asciiOnly(text: string): string {
  return text.replace(
    /[^\0-\x7f]/g,
    (unit) => String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, '0'),
  )
}

/**
 * Alone, and what stays the same of it wherever it stands inside a longer text: three bytes are four characters, so
 * there are three places, and the characters at the edges belong to the neighbours too.
 */
function base64Forms(bytes: Buffer): readonly string[] {
  const cores = [0, 1, 2].map((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes])
    const from = Math.ceil((before * 8) / 6)
    return padded.toString('base64url').slice(from, Math.floor((padded.length * 8) / 6))
  })
  const forms = [bytes.toString('base64url'), ...cores]
  // The longer one first in a place: `=` at the end must not stay behind.
  return [bytes.toString('base64'), ...forms, ...forms.map(toStandard)]
}

function toStandard(base64url: string): string {
  return base64url.replaceAll('-', '+').replaceAll('_', '/')
}
