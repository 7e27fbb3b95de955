import type { Context } from '../context.ts'
import type { Engine } from '../engine/engine-context.ts'
import { EXIT, HedgebotError, worstExit } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { Hedge } from '../hedge/ledger.ts'
import type { AccountRef, Journal } from '../ports.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { CloseOptions } from '../ui/command-options.ts'
import { printHedges, sayLive } from './print-hedges.ts'
import { startEngine } from './start-engine.ts'
import { withContext } from './with-context.ts'

/** Closing waits no longer for a slow socket: it goes on over REST, and the socket may still come. */
const CLOSE_CONNECT_MS = 3_000

/** Without `--timeout` a closing that makes no progress is reported after this time. */
const GIVE_UP_MS = 120_000

/** `hedgebot close`: whole hedges, read flat before it says so (CLI.md). */
export async function runClose(io: CommandIo, options: CloseOptions): Promise<ExitCode> {
  return withContext(io, 'close', async (context) => {
    const journal = await context.journal()
    const chosen = chooseHedges({ journal, options, context })
    if (chosen.length === 0 && !options.isFlatten) {
      io.out.line('nothing to close: no such hedge is open')
      await printHedges(io, { context, command: 'close', exit: EXIT.done, reports: [] })
      return EXIT.done
    }
    if (options.isDryRun) return dryRun(io, { context, chosen, isFlatten: options.isFlatten })
    await confirm(io, { chosen, isFlatten: options.isFlatten })
    const engine = await startEngine(io, context, { command: 'close' })
    return closeAndReport({ io, context, engine, options, chosen })
  })
}

interface CloseRun {
  readonly io: CommandIo
  readonly context: Context
  readonly engine: Engine
  readonly options: CloseOptions
  readonly chosen: readonly Hedge[]
}

async function closeAndReport(run: CloseRun): Promise<ExitCode> {
  const { io, context, engine, chosen } = run
  const giveUpAtMs = context.clock.now() + (io.globals.timeoutMs ?? GIVE_UP_MS)
  const [{ closeHedges }, { reportHedges }, { closeExit, liveHedge }] = await Promise.all([
    import('../engine/close-hedges.ts'),
    import('../engine/hedge-report.ts'),
    import('../engine/outcome.ts'),
  ])
  io.out.detail(`closing ${chosen.map((hedge) => hedge.hedgeId).join(', ')}`)
  await connect(run)
  io.onSecondInterrupt(() => sayLive(io, engine))
  const closed = await closeHedges(engine, chosen, {
    cause: 'user',
    giveUpAtMs,
    // The owner wants to be flat whatever the book pays.
    mayHoldBack: !run.options.isFlatten,
  })
  const reports = reportHedges(
    engine,
    closed.map((hedge) => (hedge.state === 'closed' ? hedge : liveHedge(engine, hedge))),
  )
  const flattened = run.options.isFlatten ? await flatten(run, giveUpAtMs) : undefined
  const { tellOwner } = await import('./tell-owner.ts')
  const exit = await tellOwner(io, context, {
    command: 'close',
    exit: worstExit([closeExit(reports), ...(flattened === undefined ? [] : [flattened.exit])]),
  })
  const document = await printHedges(io, {
    context,
    command: 'close',
    exit,
    reports,
    extra: {
      ...(flattened === undefined ? {} : { flattened: flattened.rows }),
      units: Object.fromEntries(engine.exchange.unitsSpent()),
    },
  })
  engine.journal.endRun(engine.runId, { exit, result: JSON.stringify(document) })
  return exit
}

async function connect({ engine, chosen, options, context }: CloseRun): Promise<void> {
  const [{ connectAccounts, connectMarket }, { findMarket }] = await Promise.all([
    import('../engine/connect-accounts.ts'),
    import('../hedge/market.ts'),
  ])
  const markets = await engine.loadMarkets()
  const indexes = new Set(chosen.map((hedge) => hedge.marketIndex))
  if (options.isFlatten) indexes.add(findMarket(markets, context.config.tradingPair).marketIndex)
  const accounts = options.isFlatten
    ? flattenAccountsOf(engine, options).map((account) => account.accountIndex)
    : []
  const legs = chosen.flatMap((hedge) => hedge.legs.map((leg) => leg.accountIndex))
  // Closing goes on without a socket or a feed: over REST, with the prices that are known.
  await Promise.all([
    connectAccounts(engine, [...legs, ...accounts], CLOSE_CONNECT_MS),
    ...[...indexes].map((index) =>
      connectMarket(engine, index, CLOSE_CONNECT_MS).catch((error: unknown) => {
        engine.logger.warn('no live prices', { error })
      }),
    ),
  ])
}

async function flatten(run: CloseRun, giveUpAtMs: number) {
  const { engine, context, options } = run
  const [{ flattenAccounts }, { findMarket }] = await Promise.all([
    import('../engine/flatten-accounts.ts'),
    import('../hedge/market.ts'),
  ])
  const market = findMarket(await engine.loadMarkets(), context.config.tradingPair)
  const results = await flattenAccounts(engine, flattenAccountsOf(engine, options), {
    market,
    giveUpAtMs,
  })
  const exits = results.map(({ afterBase }): ExitCode => {
    if (afterBase === undefined) return EXIT.unknown
    return afterBase.isZero() ? EXIT.done : EXIT.exposed
  })
  for (const { account, beforeBase, afterBase } of results) {
    if (beforeBase?.isZero() === true) continue
    run.io.out.line(
      `${account}: ${beforeBase?.toString() ?? '?'} -> ${afterBase?.toString() ?? '?'}`,
    )
  }
  const rows = results.map((result) => ({
    account: result.account,
    account_index: result.accountIndex,
    before_base_size: result.beforeBase?.toString() ?? null,
    base_size: result.afterBase?.toString() ?? null,
  }))
  return { exit: worstExit(exits), rows }
}

function flattenAccountsOf(engine: Engine, { selection }: CloseOptions): readonly AccountRef[] {
  const all = engine.accounts()
  return selection.kind === 'accounts'
    ? all.filter((account) => selection.names.includes(account.name))
    : all
}

function chooseHedges(input: {
  readonly journal: Journal
  readonly options: CloseOptions
  readonly context: Context
}): readonly Hedge[] {
  const { journal, options, context } = input
  const live = journal.liveHedges()
  const { selection } = options
  switch (selection.kind) {
    case 'all':
      return live
    case 'accounts': {
      requireAccounts(context, selection.names)
      return live.filter((hedge) => hedge.legs.some((leg) => selection.names.includes(leg.account)))
    }
    case 'hedge': {
      const { idOrName } = selection
      const found = live.filter((hedge) => hedge.hedgeId === idOrName || hedge.name === idOrName)
      if (found.length === 0) throw unknownHedge(journal, idOrName)
      return found
    }
    case 'due':
      return dueHedges(context, live)
  }
}

function dueHedges(context: Context, live: readonly Hedge[]): readonly Hedge[] {
  const { maxHoldMs } = context.config.riskPolicy
  if (maxHoldMs === undefined) {
    throw new HedgebotError('usage', '--due needs risk.max_hold in the configuration', {
      code: 'max_hold_missing',
    })
  }
  const nowMs = context.clock.now()
  return live.filter((hedge) => nowMs - (hedge.openedAtMs ?? hedge.createdAtMs) >= maxHoldMs)
}

function requireAccounts(context: Context, names: readonly string[]): void {
  const known = new Set(context.config.accounts.map((account) => account.name))
  const unknown = names.filter((name) => !known.has(name))
  if (unknown.length === 0) return
  throw new HedgebotError('usage', `no such account: ${unknown.join(', ')}`, {
    code: 'account_unknown',
    hint: `the configuration has ${[...known].join(', ')}`,
  })
}

function unknownHedge(journal: Journal, idOrName: string): HedgebotError {
  const past = journal
    .recentHedges(500)
    .find((hedge) => hedge.hedgeId === idOrName || hedge.name === idOrName)
  const what = past === undefined ? 'is not in the journal' : `is ${past.state} already`
  return new HedgebotError('refused', `hedge ${idOrName} ${what}`, {
    code: past === undefined ? 'hedge_unknown' : 'hedge_not_live',
    hint: 'hedgebot status shows what is open',
  })
}

async function confirm(
  io: CommandIo,
  { chosen, isFlatten }: { readonly chosen: readonly Hedge[]; readonly isFlatten: boolean },
): Promise<void> {
  const what = isFlatten
    ? 'Close every position that the venue shows on this market, the journal’s or not?'
    : `Close ${chosen.length === 1 ? (chosen[0]?.name ?? '') : `${chosen.length} hedges`}?`
  if (await io.confirm(what)) return
  throw new HedgebotError('refused', 'not confirmed: nothing was sent', { code: 'not_confirmed' })
}

async function dryRun(
  io: CommandIo,
  plan: {
    readonly context: Context
    readonly chosen: readonly Hedge[]
    readonly isFlatten: boolean
  },
): Promise<ExitCode> {
  for (const hedge of plan.chosen) {
    const legs = hedge.legs.map(
      (leg) =>
        `${leg.account} ${leg.side} ${(leg.lastSeenBase?.abs() ?? leg.plannedBase).toString()}`,
    )
    io.out.line(`would close ${hedge.hedgeId} ${hedge.name}: ${legs.join(', ')}`)
  }
  if (plan.isFlatten) io.out.line('would close whatever else the venue shows on this market')
  await printHedges(io, {
    context: plan.context,
    command: 'close',
    exit: EXIT.done,
    reports: [],
    extra: { dry_run: true, would_close: plan.chosen.map((hedge) => hedge.hedgeId) },
  })
  return EXIT.done
}
