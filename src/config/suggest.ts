/**
 * The candidate that a person most likely meant, or `undefined` when none is close: at most one slip (a letter wrong,
 * missing, added or swapped) for every three letters, and never more than three.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = normalize(word)
  let best: string | undefined
  let bestDistance = Math.min(3, Math.max(1, Math.floor(typed.length / 3))) + 1
  for (const candidate of candidates) {
    const distance = editDistance(typed, normalize(candidate))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Case and the choice between dash, underscore and nothing are not slips. */
function normalize(word: string): string {
  return word
    .slice(0, 64)
    .toLowerCase()
    .replace(/[-_\s]/g, '')
}

/** Optimal string alignment distance. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const at = (line: number[], index: number): number => line[index] ?? Infinity
      const change = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = isSwap ? at(beforeLast, j - 2) + 1 : Infinity
      row.push(Math.min(change, swap, at(last, j) + 1, at(row, j - 1) + 1))
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? Infinity
}
