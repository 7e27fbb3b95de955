import type { Channel } from './channel.ts'

/** Takes a frame of a subscription. */
export type Push = (frame: string) => void

/** Who listens to which channel. */
export interface Listeners {
  /** The returned function ends it. */
  add(channel: Channel, push: Push): () => void
  has(key: string): boolean
  hasAccount(accountIndex: number): boolean
  /** Channels of the account that somebody listens to. */
  ofAccount(accountIndex: number): readonly Channel[]
  /** Accounts that somebody listens to. */
  accounts(): Iterable<number>
  publish(key: string, frame: string): void
}

interface Entry {
  readonly channel: Channel
  readonly pushes: Set<Push>
}

/** Creates an empty list. */
export function createListeners(): Listeners {
  const byKey = new Map<string, Entry>()
  const byAccount = new Map<number, Map<string, Channel>>()

  const remove = ({ key, accountIndex = -1 }: Channel) => {
    byKey.delete(key)
    const own = byAccount.get(accountIndex)
    own?.delete(key)
    if (own?.size === 0) byAccount.delete(accountIndex)
  }
  return {
    add(channel, push) {
      const { key, accountIndex } = channel
      const entry = byKey.get(key) ?? { channel, pushes: new Set<Push>() }
      byKey.set(key, entry)
      entry.pushes.add(push)
      if (accountIndex !== undefined) {
        const own = byAccount.get(accountIndex) ?? new Map<string, Channel>()
        byAccount.set(accountIndex, own.set(key, channel))
      }
      return () => {
        entry.pushes.delete(push)
        if (entry.pushes.size === 0 && byKey.get(key) === entry) remove(channel)
      }
    },
    has: (key) => byKey.has(key),
    hasAccount: (accountIndex) => byAccount.has(accountIndex),
    ofAccount: (accountIndex) => [...(byAccount.get(accountIndex)?.values() ?? [])],
    accounts: () => byAccount.keys(),
    publish(key, frame) {
      for (const push of byKey.get(key)?.pushes ?? []) push(frame)
    },
  }
}
