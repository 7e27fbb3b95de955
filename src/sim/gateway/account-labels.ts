import { refusal } from './venue-refusal.ts'

const MAX_TEXT = 1_000

/** What owners have noted about their accounts for the web front end (PROTOCOL.md section 3, `metadata`). */
export interface AccountLabels {
  /**
   * Keeps the metadata text of an account: a JSON object whose `color` is shown. The text's shape is not documented;
   * anything but an object of at most 1,000 characters is refused.
   * @throws VenueRefusal 20001
   */
  set(accountIndex: number, text: string): void
  /** Empty when none was set. */
  colorOf(accountIndex: number): string
}

/** Creates an empty list of labels (PROTOCOL.md section 3, `metadata`). */
export function createAccountLabels(): AccountLabels {
  const colors = new Map<number, string>()
  return {
    set(accountIndex, text) {
      if (text.length > MAX_TEXT) throw refusal(20001)
      colors.set(accountIndex, readColor(text))
    },
    colorOf: (accountIndex) => colors.get(accountIndex) ?? '',
  }
}

function readColor(text: string): string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refusal(20001)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal(20001)
  const color: unknown = 'color' in value ? value.color : ''
  if (typeof color !== 'string') throw refusal(20001)
  return color
}
