/**
 * Who is there: which processes live, which of them are awake, and since when.
 * @module
 */
import type { Clock } from '../../../src/ports.ts'
import type { Bot } from '../../episodes/world.ts'
import type { ProofActor } from './proof-episode.ts'

export interface Member {
  /** As in its owner id, `bot-3`. */
  readonly number: number
  readonly role: ProofActor['role']
  readonly bot: Bot
  readonly startedAtMs: number
  /** Stands still since; undefined while awake. */
  suspendedAtMs: number | undefined
  wokenAtMs: number
  endedAtMs: number | undefined
}

export interface Cast {
  readonly members: readonly Member[]
  add(member: Omit<Member, 'suspendedAtMs' | 'wokenAtMs' | 'endedAtMs' | 'startedAtMs'>): Member
  living(): readonly Member[]
  /** A watch that has been awake for so long. */
  guardedForMs(): number
  /** Somebody who may add exposure lives, or may have sent something a moment ago. */
  mayOpen(): boolean
}

/** What a dead opener has sent last may still execute. */
const LATE_MS = 2_000

export function createCast(clock: Clock): Cast {
  const members: Member[] = []
  const nowMs = (): number => clock.monotonicMs()
  const isLiving = (member: Member): boolean => {
    if (member.endedAtMs === undefined && member.bot.isDead()) member.endedAtMs = nowMs()
    return member.endedAtMs === undefined
  }
  return {
    members,
    add(member) {
      const added = {
        ...member,
        startedAtMs: nowMs(),
        wokenAtMs: nowMs(),
        suspendedAtMs: undefined,
        endedAtMs: undefined,
      }
      members.push(added)
      return added
    },
    living: () => members.filter(isLiving),
    guardedForMs() {
      const awake = members.filter(
        (one) => isLiving(one) && one.role === 'watch' && one.suspendedAtMs === undefined,
      )
      return Math.max(0, ...awake.map(({ wokenAtMs }) => nowMs() - wokenAtMs))
    },
    mayOpen: () =>
      members.some(
        (one) =>
          one.role === 'open' && (isLiving(one) || nowMs() - (one.endedAtMs ?? 0) <= LATE_MS),
      ),
  }
}
