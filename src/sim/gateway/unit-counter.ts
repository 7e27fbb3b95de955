/** One REST request or one send over a socket, as the venue counts them (DESIGN.md section 3, rule 11). */
export interface UnitCount {
  /** Let through. */
  readonly units: number
  /** Refused by a limit. */
  readonly refused: number
}

/** Reads how much each owner, account and address has used since the last reset. */
export interface UnitCounter {
  byOwner(l1Address: string): UnitCount
  byAccount(accountIndex: number): UnitCount
  byIp(ip: string): UnitCount
  total(): UnitCount
  reset(): void
}

export interface CountedUnit {
  readonly ip: string
  readonly l1Address?: string | undefined
  readonly accountIndex?: number | undefined
  readonly isRefused: boolean
}

/** The counter with its writing side, which only the limiter holds. */
export interface WritableUnitCounter extends UnitCounter {
  add(unit: CountedUnit): void
}

/** Creates a counter at zero. */
export function createUnitCounter(): WritableUnitCounter {
  const counts = new Map<string, { units: number; refused: number }>()
  const read = (key: string): UnitCount => ({ ...(counts.get(key) ?? { units: 0, refused: 0 }) })
  const addTo = (key: string, isRefused: boolean) => {
    const count = counts.get(key) ?? { units: 0, refused: 0 }
    if (isRefused) count.refused += 1
    else count.units += 1
    counts.set(key, count)
  }
  return {
    add({ ip, l1Address, accountIndex, isRefused }) {
      addTo('total', isRefused)
      addTo(`ip ${ip}`, isRefused)
      if (l1Address !== undefined) addTo(`owner ${l1Address.toLowerCase()}`, isRefused)
      if (accountIndex !== undefined) addTo(`account ${accountIndex}`, isRefused)
    },
    byOwner: (l1Address) => read(`owner ${l1Address.toLowerCase()}`),
    byAccount: (accountIndex) => read(`account ${accountIndex}`),
    byIp: (ip) => read(`ip ${ip}`),
    total: () => read('total'),
    reset: () => counts.clear(),
  }
}
