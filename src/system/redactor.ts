/**
 * The last line of defence against secrets in logs and messages: whatever was registered is replaced wherever it
 * appears, also in the forms it takes inside JSON, URLs and headers (DEPENDENCIES.md section 1, finding 2).
 * @module
 */

/** Knows the secrets and takes them out of text. */
export interface Redactor {
  /**
   * Remembers a secret. Texts under 4 characters are not remembered: replacing them everywhere would garble every
   * line without protecting anything that could be guessed anyway.
   */
  registerSecret(text: string): void
  /** The text with every registered secret, URL login and authorization header value replaced by `***`. */
  scrub(text: string): string
}

const MASK = '***'
const SHORTEST_SECRET = 4

/** Shapes that are secret without being registered. */
const LOGIN_IN_URL = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'\\]{1,512}@/gi
const AUTHORIZATION = /\b(Basic|Bearer)(\s+)[\w+/=.~:-]{8,}/gi

/** Creates a redactor that knows no secrets yet. */
export function createRedactor(): Redactor {
  const forms = new Set<string>()
  let pattern: RegExp | undefined
  return {
    registerSecret: (text) => {
      if (text.length < SHORTEST_SECRET) return
      for (const form of formsOf(text)) forms.add(form)
      pattern = undefined
    },
    scrub: (text) => {
      pattern ??= compile(forms)
      return text
        .replace(pattern, MASK)
        .replace(LOGIN_IN_URL, `$1${MASK}@`)
        .replace(AUTHORIZATION, `$1$2${MASK}`)
    },
  }
}

/** The ways in which one secret may be written: as it is, inside JSON (also twice), inside a URL, in the other case. */
function formsOf(text: string): string[] {
  const base = /^0x[0-9a-f]+$/i.test(text) && text.length > 10 ? text.slice(2) : text
  const inJson = JSON.stringify(base).slice(1, -1)
  const inJsonTwice = JSON.stringify(inJson).slice(1, -1)
  // Through a buffer, since half a surrogate pair cannot be written in a URL.
  const inUrl = encodeURIComponent(Buffer.from(base).toString())
  const forms = [base, inJson, inJsonTwice, inUrl]
  return /^[0-9a-f]{16,}$/i.test(base) ? [...forms, base.toLowerCase(), base.toUpperCase()] : forms
}

function compile(forms: ReadonlySet<string>): RegExp {
  // Longest first, so that a secret that contains another one is replaced as a whole.
  const sorted = [...forms].sort((a, b) => b.length - a.length)
  const escaped = sorted.map((form) => form.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`))
  // An empty class never matches.
  return new RegExp(escaped.length === 0 ? '[]' : escaped.join('|'), 'g')
}
