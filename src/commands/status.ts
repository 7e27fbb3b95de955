import type { Context } from '../context.ts'
import { EXIT, worstExit } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { RequestBudget } from '../ports.ts'
import { printHedges } from './print-hedges.ts'
import { CONNECT_TIMEOUT_MS, withContext } from './with-context.ts'

/** `hedgebot status`: what is open, as the venue shows it now; reads only (CLI.md). */
export async function runStatus(io: CommandIo): Promise<ExitCode> {
  return withContext(io, 'status', async (context) => {
    const journal = await context.journal()
    const live = journal.liveHedges()
    if (live.length === 0) {
      io.out.line('no hedge is open')
      await printHedges(io, { context, command: 'status', exit: EXIT.done, reports: [] })
      return EXIT.done
    }
    const engine = await context.engine({ runId: 'status', signal: io.signal })
    const [{ connectAccounts, connectMarket }, { reportHedges }, { liveHedge, safetyExit }] =
      await Promise.all([
        import('../engine/connect-accounts.ts'),
        import('../engine/hedge-report.ts'),
        import('../engine/outcome.ts'),
      ])
    await engine.loadMarkets()
    const accounts = live.flatMap((hedge) => hedge.legs.map((leg) => leg.accountIndex))
    const markets = [...new Set(live.map((hedge) => hedge.marketIndex))]
    const [problems] = await Promise.all([
      connectAccounts(engine, accounts, CONNECT_TIMEOUT_MS),
      ...markets.map((market) =>
        connectMarket(engine, market, CONNECT_TIMEOUT_MS).catch(() => undefined),
      ),
    ])
    await Promise.allSettled(
      accounts.map((accountIndex) => engine.link(accountIndex).readAccount('read')),
    )
    for (const { accountIndex, message } of problems) {
      io.out.warn(`${engine.accountByIndex(accountIndex)?.name ?? accountIndex}: ${message}`)
    }
    const reports = reportHedges(
      engine,
      live.map((hedge) => liveHedge(engine, hedge)),
    )
    // An account that was not heard may have lost its stops: that is unknown, not fine.
    const unheard = problems.length > 0 ? [EXIT.unknown] : []
    const exit = worstExit([...reports.map(safetyExit), ...unheard])
    const paused = journal.pausedSince()
    if (paused !== undefined) io.out.note('openings are paused (hedgebot resume)')
    const budgets = engine.exchange.budgets()
    const extra = await accessJson(context, budgets)
    await printHedges(io, { context, command: 'status', exit, reports, extra })
    io.out.line(await budgetsLine(budgets))
    return exit
  })
}

/** How the venue can be reached, for the document. */
async function accessJson(context: Context, budgets: readonly RequestBudget[]) {
  const { budgetsJson, egressesJson } = await import('../ui/egress-json.ts')
  const egresses = await context.egresses()
  return { request_budgets: budgetsJson(budgets), egresses: egressesJson(egresses.states()) }
}

/** What every owner may still ask for, the emptiest first. */
async function budgetsLine(budgets: readonly RequestBudget[]): Promise<string> {
  const { ownerText } = await import('../ui/owner-text.ts')
  const owners = budgets
    .toSorted((a, b) => a.left - b.left)
    .map(({ owner, left, limit }) => `${ownerText(owner)} ${left} of ${limit}`)
  return `requests left in this minute: ${owners.join(', ')}`
}
