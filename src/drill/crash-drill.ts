/**
 * Processes that are killed while they trade.
 * @module
 */
import type { Child } from './child-program.ts'
import type { DrillWorld } from './drill-world.ts'
import { endWatch, moveToLoss, openAll, startWatch } from './drill-world.ts'
import { NEVER_STRUCK, SOCKET_SEND, addFault, struckLeg } from './opening-drills.ts'
import { AT_STOP, untilClosed } from './standing-drills.ts'

const SETTLE_MS = 20_000

/** `open` dies between the legs of a hedge, and later `watch` in the middle of a stop. */
export async function drillCrash(world: DrillWorld): Promise<undefined> {
  await killOpening(world)
  await openAll(world)
  const watch = await startWatch(world)
  const kill = killAtFill(world, watch, 'watch is killed (SIGKILL) in the middle of its stop')
  moveToLoss(world, AT_STOP)
  await world.until(watch.isOver, SETTLE_MS)
  kill.stop()
  const next = await startWatch(world)
  await untilClosed(world, SETTLE_MS)
  await endWatch(world, next)
}

async function killOpening(world: DrillWorld): Promise<void> {
  const { accountIndex, name } = struckLeg(world)
  addFault(world, `lost-request@account=${accountIndex},endpoint=${SOCKET_SEND},times=1`)
  world.tell(`open will be killed when the partner of ${name} is filled and ${name} is not`)
  const open = world.start('open --all')
  const kill = killAtFill(world, open, 'open is killed (SIGKILL), one leg stands alone')
  await world.until(open.isOver, SETTLE_MS)
  kill.stop()
  if (!kill.isDone()) world.shortcomings.push(NEVER_STRUCK)
  const watch = await startWatch(world)
  await world.until(() => world.isFlat(world.focus), SETTLE_MS)
  await endWatch(world, watch)
}

/** Kills a process at the first fill of the struck hedge. */
function killAtFill({ focus, record, tell }: DrillWorld, child: Child, text: string) {
  const own = new Set(focus.legs.map(({ accountIndex }) => accountIndex))
  let isDone = false
  const stop = record.onFill(({ accountIndex }) => {
    if (isDone || child.isOver() || !own.has(accountIndex)) return
    isDone = true
    child.send('SIGKILL')
    tell(text)
  })
  return { stop, isDone: () => isDone }
}
