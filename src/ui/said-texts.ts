/** The last texts that a person was told, for the log, whose lines follow them at once. */
export interface SaidTexts {
  add(text: string): void
  /** True when one of them says this message. It counts once: the next line with the same words is news again. */
  take(message: string): boolean
}

const MOST_REMEMBERED = 4
/** A shorter message may stand in another text by chance. */
const SHORTEST_QUOTE = 17

/** Remembers nothing yet. */
export function createSaidTexts(): SaidTexts {
  const texts: string[] = []
  return {
    add(text) {
      texts.push(text)
      if (texts.length > MOST_REMEMBERED) texts.shift()
    },
    take(message) {
      const at = texts.findIndex((text) => says(text, message))
      if (at === -1) return false
      texts.splice(at, 1)
      return true
    },
  }
}

function says(text: string, message: string): boolean {
  return text.endsWith(message) || (message.length >= SHORTEST_QUOTE && text.includes(message))
}
