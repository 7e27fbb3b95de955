/** Rows of integers in order of time, the newest kept (PROTOCOL section 2.1, pnl). */
export interface SampleRing {
  /** Adds a row whose first column is its time; one that repeats all other columns of the last row is left out. */
  push(row: readonly bigint[]): void
  /** The newest row whose time is not after `at`. */
  lastUntil(at: bigint): readonly bigint[] | undefined
}

const FIRST_ROWS = 8

/**
 * Creates an empty ring of at most `capacity` rows of `width` integers below 2^63. It grows with what it holds
 * (PROTOCOL section 2.1, pnl).
 */
export function createSampleRing(capacity: number, width: number): SampleRing {
  let cells = new BigInt64Array(0)
  let start = 0
  let count = 0

  /** Where the row of an age begins, 0 being the oldest. */
  const offsetOf = (age: number): number => ((start + age) % capacity) * width
  const rowAt = (age: number): readonly bigint[] => {
    const offset = offsetOf(age)
    return [...cells.subarray(offset, offset + width)]
  }
  const isRepeated = (row: readonly bigint[]): boolean => {
    if (count === 0) return false
    const last = rowAt(count - 1)
    return row.every((value, column) => column === 0 || value === last[column])
  }
  const makeRoom = () => {
    if (count === capacity) {
      start = (start + 1) % capacity
      count -= 1
    } else if (count * width === cells.length) {
      // Nothing has been overwritten before the ring is full: rows still begin at 0.
      const grown = new BigInt64Array(Math.min(capacity, Math.max(FIRST_ROWS, count * 2)) * width)
      grown.set(cells)
      cells = grown
    }
  }
  return {
    push(row) {
      if (isRepeated(row)) return
      makeRoom()
      cells.set(row, offsetOf(count))
      count += 1
    },
    lastUntil(at) {
      let low = 0
      let high = count
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((cells[offsetOf(middle)] ?? 0n) <= at) low = middle + 1
        else high = middle
      }
      return low === 0 ? undefined : rowAt(low - 1)
    },
  }
}
