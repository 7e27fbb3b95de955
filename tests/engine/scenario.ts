/** Worlds with faults aimed at single accounts, and what the scenarios of the money rules measure. */
import type { Auditor } from '../episodes/auditor.ts'
import { createAuditor } from '../episodes/auditor.ts'
import type { Bot, World, WorldOptions } from '../episodes/world.ts'
import { createWorld } from '../episodes/world.ts'
import type { Fault, FaultEffect, FaultScope } from '../../src/sim/faults/fault-plan.ts'
import { EVERYWHERE } from '../../src/sim/faults/fault-plan.ts'

export const BTC = 1

export interface Scene {
  readonly world: World
  readonly auditor: Auditor
  /** Account indexes in the order of the configuration. */
  readonly indexes: readonly number[]
  close(): void
}

export interface SceneOptions extends Omit<WorldOptions, 'faults' | 'seed'> {
  readonly seed?: number
  /** Faults aimed at accounts by their place in the configuration. */
  readonly faults?: (indexes: readonly number[]) => readonly Fault[]
}

/** Builds a world; the same seed gives the same accounts, so a first one tells their indexes. */
export function createScene({ faults, seed = 11, ...options }: SceneOptions): Scene {
  const probe = createWorld({ seed, ...options })
  const indexes = probe.accounts.map((account) => account.accountIndex)
  probe.close()
  const world = createWorld({
    seed,
    ...options,
    ...(faults === undefined ? {} : { faults: [...faults(indexes)] }),
  })
  const auditor = createAuditor({
    clock: world.clock,
    core: world.stage.core,
    marketIndex: BTC,
    hedges: indexes.flatMap((index, at) =>
      at % 2 === 0 ? [[index, indexes[at + 1] ?? index]] : [],
    ),
    legTicksMax: 1000n,
  })
  return {
    world,
    auditor,
    indexes,
    close() {
      auditor.stop()
      world.close()
    },
  }
}

export function aim(effect: FaultEffect, scope: Partial<FaultScope> = {}): Fault {
  return { effect, scope: { ...EVERYWHERE, ...scope } }
}

/** A process together with a count of the turns of its loops. */
export function countTurns(bot: Bot): { turns(): number } {
  const { waker } = bot.engine
  const wait = waker.wait.bind(waker)
  let turns = 0
  Object.assign(waker, {
    wait(...args: Parameters<typeof wait>) {
      turns += 1
      return wait(...args)
    },
  })
  return { turns: () => turns }
}
