import type { ConfigPoint } from './config-point.ts'
import type { Secrets } from './read-secrets.ts'
import { revealIfReadable } from './list-secrets.ts'

const MASK = '***'
/** Shorter ones may be words of the message itself, and count only between quotes. */
const SHORTEST = 8

/**
 * Findings without the secrets of the file: who writes one in the wrong place as well would read it in the message about
 * that place.
 */
export function hideSecrets(
  points: readonly ConfigPoint[],
  secrets: Secrets,
): readonly ConfigPoint[] {
  const texts = [...secrets.values()]
    .flatMap(revealIfReadable)
    // A key may stand somewhere else without its prefix.
    .map((text) => text.replace(/^0x/i, ''))
    .toSorted((a, b) => b.length - a.length)
  const hide = (text: string): string =>
    texts.reduce((shown, secret) => {
      const plain = secret.replace(/\p{Cc}/gu, ' ')
      const unquoted = secret.length < SHORTEST ? shown : shown.replaceAll(plain, MASK)
      return unquoted.replaceAll(`"${plain}"`, MASK)
    }, text)
  return points.map((point) => ({
    ...point,
    path: hide(point.path),
    message: hide(point.message),
    hint: point.hint === undefined ? undefined : hide(point.hint),
  }))
}
