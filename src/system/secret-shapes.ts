/**
 * Texts that are secret without anybody having said so: logins in addresses, tokens, headers, keys. Each expression
 * works in one pass, whatever it is given.
 * @module
 */

interface Shape {
  /** One of these is in every text that has it: what begins with a rare letter is found fast. */
  readonly signs: readonly string[]
  readonly pattern: RegExp
  readonly by: string
}

const NAMES = String.raw`auth|(?:access_?|auth_?|bot_?)?token|pass(?:word|wd|phrase)?|pwd|(?:api|private)_?key|secret|sig(?:nature)?|tx_?info`

/** What follows a value inside a JSON document. */
const JSON_GOES_ON = String.raw`\s{0,9}(?:[}\]:]|,\s{0,9}(?:["{[\d-]|true\b|false\b|null\b)|$)`

/** What begins with a rare character and looks back from there costs a third of what begins with a class of letters. */
const SHAPES: readonly Shape[] = [
  { signs: ['://'], pattern: /:\/\/[^\s/@"'\\]{1,512}@/g, by: '://***@' },
  {
    // The exchange's, `deadline:account:key:signature`, also inside an address: who it is for may be read.
    signs: [':', '%3'],
    pattern: /((:|%3a)-?\d{1,15}\2\d{1,3}\2)[0-9a-f]{8,}/gi,
    by: '$1***',
  },
  {
    // A Telegram bot's, behind the bot's number.
    signs: [':', '%3'],
    pattern: /(:|%3a)(?<=\d{6}\1)[\w-]{30,}/gi,
    by: '$1***',
  },
  {
    // These have parts, also between quotes. A quote that ends a value of a JSON document ends it here too.
    signs: ['ookie', 'OOKIE', 'Digest ', 'digest '],
    pattern: new RegExp(
      String.raw`\b((?:set-)?cookie\\{0,3}["']?\s{0,9}[:=,]\s{0,9}\\{0,3}["']?|digest (?=\w+=))` +
        String.raw`(?:[^"\r\n<>]|(?<=\\)"|"(?!${JSON_GOES_ON})){1,4096}`,
      'gi',
    ),
    by: '$1***',
  },
  {
    // Two words: a scheme that we do not know and what belongs to it.
    signs: ['uthorization', 'UTHORIZATION'],
    pattern:
      /\b(authorization\\{0,3}["']?\s{0,9}[:=,]\s{0,9}\\{0,3}["']?(?:(?:Basic|Bearer) )?)[^\s"'\\<>,;]+(?: [^\s"'\\<>,;]+)?/gi,
    by: '$1***',
  },
  {
    signs: ['Basic ', 'Bearer ', 'BASIC ', 'BEARER ', 'basic ', 'bearer '],
    pattern: /\b(Basic|Bearer)(\s+)[\w+/=.~:-]{8,}/gi,
    by: '$1$2***',
  },
  {
    // SMTP's.
    signs: ['AUTH '],
    pattern: /\b(AUTH (?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5) )[\w+/=]{4,}/g,
    by: '$1***',
  },
  {
    // In an address, a form, or a sentence.
    signs: ['='],
    pattern: new RegExp(String.raw`=(?<=(?<![\w.-])(?:${NAMES})=)[^\s&"'<>\\#,;]+`, 'gi'),
    by: '=***',
  },
  {
    // In JSON, also inside JSON. Where a secret is kept (`env:NAME`) is none.
    signs: ['"'],
    pattern: new RegExp(
      String.raw`("(?:${NAMES})\\{0,3}"\s{0,9}:\s{0,9}\\{0,3}")(?!env:|file:)[^"\\]+`,
      'gi',
    ),
    by: '$1***',
  },
  {
    signs: ['hooks.slack.com/'],
    pattern: /(hooks\.slack\.com\/[a-z]{1,20}\/)[^\s"'<>\\]+/gi,
    by: '$1***',
  },
  {
    signs: ['.com/api/'],
    pattern: /(discord(?:app)?\.com\/api\/(?:v\d{1,3}\/)?webhooks\/)[^\s"'<>\\]+/gi,
    by: '$1***',
  },
  {
    // Also one that was cut off; its lines may be broken by real or by written line ends.
    signs: ['PRIVATE KEY-----'],
    pattern:
      /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^"'<]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|(?=["'<])|$)/g,
    by: '***',
  },
]

/** The text with everything that has the shape of a secret replaced. */
export function replaceShapes(text: string): string {
  let result = text
  for (const { signs, pattern, by } of SHAPES) {
    if (signs.some((sign) => result.includes(sign))) result = result.replace(pattern, by)
  }
  return result
}
