/**
 * The last line of defence against secrets in logs and messages: whatever was registered is replaced wherever it
 * appears, also in the forms it takes inside JSON, addresses, headers and base64 (DEPENDENCIES.md section 1, finding 2),
 * and so is what has the shape of a secret.
 * @module
 */
import { createSecretFinder } from './secret-finder.ts'
import type { Range, SecretFinder } from './secret-finder.ts'
import { formsOf } from './secret-forms.ts'
import { replaceShapes } from './secret-shapes.ts'

/** Knows the secrets and takes them out of text. */
export interface Redactor {
  /**
   * Remembers a secret. Texts under 4 characters are not remembered: replacing them everywhere would garble every
   * line without protecting anything that could be guessed anyway.
   */
  registerSecret(text: string): void
  /**
   * The text with every registered secret, and every login in an address, token, key and authorization header, replaced
   * by `***`. A transaction hash is none of these and stays.
   */
  scrub(text: string): string
}

const MASK = '***'

/** Creates a redactor that knows no secrets yet. */
export function createRedactor(): Redactor {
  const forms = new Set<string>()
  let finders: Finders | undefined
  return {
    registerSecret: (text) => {
      for (const form of formsOf(text)) forms.add(form)
      finders = undefined
    },
    scrub: (text) => {
      finders ??= createFinders(forms)
      const cleaned = replaceAll(text, finders.whole.find(text))
      return replaceShapes(replaceWrapped(cleaned, finders.wrapped))
    },
  }
}

interface Finders {
  readonly whole: SecretFinder
  readonly wrapped: SecretFinder
}

/** The end of a line and the beginning of the next are a short secret by chance. */
const SHORTEST_WRAPPED = 12

function createFinders(forms: ReadonlySet<string>): Finders {
  return {
    whole: createSecretFinder(forms),
    wrapped: createSecretFinder([...forms].filter(({ length }) => length >= SHORTEST_WRAPPED)),
  }
}

function replaceAll(text: string, ranges: readonly Range[]): string {
  let result = ''
  let copied = 0
  for (const { start, end } of ranges) {
    result += text.slice(copied, start) + MASK
    copied = end
  }
  return copied === 0 ? text : result + text.slice(copied)
}

/** Where a text was broken into lines for a terminal: inside a long word, or at a space. */
const JOINTS = ['', ' ']
const BREAK = /\n[ \t]*/g

/** A secret in a text for a person may have been broken into lines with the rest of it. */
function replaceWrapped(text: string, finder: SecretFinder): string {
  const first = text.indexOf('\n')
  // A line of the log has one at its end.
  if (first < 0 || first === text.length - 1) return text
  return JOINTS.reduce((shown, joint) => {
    const { joined, placeOf } = joinLines(shown, joint)
    const ranges = finder.find(joined).map(({ start, end }) => ({
      start: placeOf(start),
      end: placeOf(end - 1) + 1,
    }))
    return replaceAll(shown, ranges)
  }, text)
}

/** The text in one line, and where each of its characters came from. */
function joinLines(
  text: string,
  joint: string,
): { readonly joined: string; placeOf(at: number): number } {
  const pieces: { readonly at: number; readonly from: number }[] = [{ at: 0, from: 0 }]
  let joined = ''
  let copied = 0
  for (const match of text.matchAll(BREAK)) {
    joined += text.slice(copied, match.index) + joint
    copied = match.index + match[0].length
    pieces.push({ at: joined.length, from: copied })
  }
  joined += text.slice(copied)
  return {
    joined,
    placeOf(at) {
      const piece = pieces.findLast((one) => one.at <= at) ?? { at: 0, from: 0 }
      return piece.from + at - piece.at
    },
  }
}
