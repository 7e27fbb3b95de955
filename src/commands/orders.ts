import type { Context } from '../context.ts'
import type { Engine } from '../engine/engine-context.ts'
import { EXIT } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { OrdersCancelOptions } from '../ui/command-options.ts'
import { resultContext } from './print-hedges.ts'
import { startEngine } from './start-engine.ts'
import { CONNECT_TIMEOUT_MS, withContext } from './with-context.ts'

const CANCEL_TIMEOUT_MS = 30_000

/** `hedgebot orders list`: live orders on the venue, ours and foreign apart; reads only. */
export async function runOrdersList(io: CommandIo): Promise<ExitCode> {
  return withContext(io, 'orders', async (context) => {
    const engine = await context.engine({ runId: 'orders', signal: io.signal })
    await connectAll(engine)
    const [{ listOrders }, { renderOrders }, { ordersDocument }] = await Promise.all([
      import('../engine/venue-orders.ts'),
      import('../ui/render-orders.ts'),
      import('../ui/json-documents.ts'),
    ])
    const list = listOrders(engine)
    const exit = list.unknown.length === 0 ? EXIT.done : EXIT.unknown
    io.out.line(renderOrders(list, io.style))
    io.out.json(ordersDocument(resultContext(context, 'orders', exit), list))
    return exit
  })
}

/** `hedgebot orders cancel <id>`: one order, foreign ones only with `--foreign`. */
export async function runOrdersCancel(
  io: CommandIo,
  options: OrdersCancelOptions,
): Promise<ExitCode> {
  return withContext(io, 'orders', async (context) => {
    const engine = await startEngine(io, context, { command: 'orders' })
    await connectAll(engine)
    const { cancelListedOrder } = await import('../engine/venue-orders.ts')
    const isGone = await cancelListedOrder(engine, options.id, {
      mayCancelForeign: options.isForeign,
      giveUpAtMs: context.clock.now() + (io.globals.timeoutMs ?? CANCEL_TIMEOUT_MS),
    })
    const exit = isGone ? EXIT.done : EXIT.unknown
    io.out.line(
      isGone
        ? `order ${options.id} no longer rests`
        : `the venue has not confirmed that order ${options.id} is gone`,
    )
    await printCancel(io, context, { exit, id: options.id })
    engine.journal.endRun(engine.runId, { exit, result: '{}' })
    return exit
  })
}

async function printCancel(
  io: CommandIo,
  context: Context,
  { exit, id }: { readonly exit: ExitCode; readonly id: string },
): Promise<void> {
  const { plainDocument } = await import('../ui/json-documents.ts')
  io.out.json(plainDocument(resultContext(context, 'orders', exit), { order_id: id }))
}

async function connectAll(engine: Engine): Promise<void> {
  const { connectAccounts } = await import('../engine/connect-accounts.ts')
  await engine.loadMarkets()
  const indexes = engine.accounts().map((account) => account.accountIndex)
  await connectAccounts(engine, indexes, CONNECT_TIMEOUT_MS)
}
