import type { ChatPart } from './chat-parts.ts'

/** What one chat takes. */
export interface PackLimits {
  /** Of one text, as `measure` counts. */
  readonly mostCharacters: number
  readonly mostTexts: number
  readonly measure: (text: string) => number
  /** Stands at the end where something was left out; ready to be sent. */
  readonly cutNote: string
}

/**
 * Puts parts one below the other into as few texts as possible. What does not fit any more is left out, whole parts, and
 * said so; only a part that would fill half a text by itself is cut, between two of its lines.
 */
export function packParts(parts: readonly ChatPart[], limits: PackLimits): readonly string[] {
  const whole = fillTexts(parts, limits)
  if (!whole.isCut) return whole.texts
  const note = `\n\n${limits.cutNote}`
  const mostCharacters = limits.mostCharacters - limits.measure(note)
  const { texts } = fillTexts(parts, { ...limits, mostCharacters })
  return [...texts.slice(0, -1), `${texts.at(-1) ?? ''}${note}`]
}

interface Filled {
  readonly texts: readonly string[]
  readonly isCut: boolean
}

function fillTexts(parts: readonly ChatPart[], limits: PackLimits): Filled {
  const texts: string[] = []
  const waiting = [...parts]
  let taken: readonly ChatPart[] = []
  for (;;) {
    const part = waiting.shift()
    if (part === undefined) return { texts: [...texts, joinParts(taken)], isCut: false }
    const count = countFitting(part, taken, limits)
    if (count > 0) taken = [...taken, { ...part, lines: part.lines.slice(0, count) }]
    if (count === part.lines.length) continue
    // A line that is too long for a text of its own ends the message too.
    if (texts.length + 1 === limits.mostTexts || taken.length === 0) {
      return { texts: [...texts, joinParts(withoutHeading(taken))], isCut: true }
    }
    texts.push(joinParts(taken))
    taken = []
    waiting.unshift({ ...part, lines: part.lines.slice(count) })
  }
}

/** How many lines of a part fit behind others: all or none, some only of a large part. */
function countFitting(part: ChatPart, taken: readonly ChatPart[], limits: PackLimits): number {
  const { mostCharacters, measure } = limits
  const fits = (count: number): boolean =>
    measure(joinParts([...taken, { ...part, lines: part.lines.slice(0, count) }])) <= mostCharacters
  if (fits(part.lines.length)) return part.lines.length
  if (measure(joinParts([part])) <= mostCharacters / 2) return 0
  let count = 0
  while (count < part.lines.length - 1 && fits(count + 1)) count += 1
  return count
}

/** A heading with nothing below it would promise what is not there. */
function withoutHeading(parts: readonly ChatPart[]): readonly ChatPart[] {
  return parts.at(-1)?.isHeading === true ? parts.slice(0, -1) : parts
}

function joinParts(parts: readonly ChatPart[]): string {
  return parts
    .map(({ open, lines, close, isHeading }, at) => {
      const glue = at === parts.length - 1 ? '' : isHeading ? '\n' : '\n\n'
      return `${open}${lines.join('\n')}${close}${glue}`
    })
    .join('')
}
