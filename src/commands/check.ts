import type { Context } from '../context.ts'
import { EXIT, HedgebotError } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { PreflightPoint } from '../hedge/preflight-facts.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { CheckOptions } from '../ui/command-options.ts'
import { openingRequest } from './opening-request.ts'
import { resultContext } from './print-hedges.ts'
import { CONNECT_TIMEOUT_MS, withContext } from './with-context.ts'

/** Findings that say "could not be read" and not "is wrong". */
const UNREAD = new Set([
  'account_unreadable',
  'key_unknown',
  'position_unknown',
  'mark_unknown',
  'clock_unknown',
  'balance_unknown',
  'orders_unknown',
  'venue_unreachable',
])

/** `hedgebot check`: configuration, keys, accounts, market, margin, stops, budget; sends no order. */
export async function runCheck(io: CommandIo, options: CheckOptions): Promise<ExitCode> {
  return withContext(io, 'check', async (context) => {
    const points: PreflightPoint[] = [
      ...context.config.warnings.map(({ code, path, message, hint }) => ({
        code,
        level: 'warning' as const,
        path,
        message,
        hint,
      })),
      {
        code: 'config',
        level: 'ok',
        path: '',
        message: `${context.config.file}: ${context.config.accounts.length} accounts on ${context.config.network}`,
        hint: undefined,
      },
    ]
    if (!options.isOffline) {
      const [proxies, venue] = await Promise.all([
        checkProxies(io, context),
        checkOnline(io, context).catch(unreachablePoint),
      ])
      points.push(...proxies, ...venue)
    }
    const exit = exitOf(points)
    const [{ renderPoints }, { checkDocument }] = await Promise.all([
      import('../ui/render-points.ts'),
      import('../ui/json-documents.ts'),
    ])
    io.out.line(renderPoints(points, io.style, io.globals.isVerbose))
    io.out.json(checkDocument(resultContext(context, 'check', exit), points))
    return exit
  })
}

/** A venue that cannot be asked at all is a finding like others: what was found on the way to it is said too. */
function unreachablePoint(error: unknown): readonly PreflightPoint[] {
  const isOnTheWay = error instanceof HedgebotError && ON_THE_WAY.has(error.kind)
  if (!isOnTheWay) throw error
  const { message, hint } = error
  return [{ code: 'venue_unreachable', level: 'error', path: '', message, hint }]
}

const ON_THE_WAY: ReadonlySet<string> = new Set(['network', 'proxy', 'rate_limited'])

/** All of the pool, also those that nobody uses now: they may have to stand in. */
async function checkProxies(io: CommandIo, context: Context): Promise<readonly PreflightPoint[]> {
  const { config } = context
  const [{ accountsOf, probeWays, waysOf }, { proxyPoints }, { isUsable }] = await Promise.all([
    import('./probe-ways.ts'),
    import('./proxy-points.ts'),
    import('../proxies/probe/judge-probe.ts'),
  ])
  const pool = waysOf(config).filter(({ proxy }) => proxy !== undefined)
  return proxyPoints({
    ways: await probeWays(context, pool, { signal: io.signal }),
    isUsable,
    canFailover: config.proxies.canFailover,
    accountsOf: (name) => accountsOf(config, name),
  })
}

async function checkOnline(io: CommandIo, context: Context): Promise<readonly PreflightPoint[]> {
  const engine = await context.engine({ runId: 'check', signal: io.signal })
  const { checkVenue } = await import('../engine/check-venue.ts')
  const progress = io.progress('reading the venue')
  try {
    const request = await openingRequest(context, {
      selection: { kind: 'all' },
      isFlipped: false,
      sizeBase: undefined,
      leverage: undefined,
    })
    return await checkVenue(engine, { ...request, connectTimeoutMs: CONNECT_TIMEOUT_MS })
  } finally {
    progress.stop()
  }
}

function exitOf(points: readonly PreflightPoint[]): ExitCode {
  const errors = points.filter((point) => point.level === 'error')
  if (errors.length === 0) return EXIT.done
  const isUnread = ({ code }: PreflightPoint) => UNREAD.has(code) || code.startsWith('proxy_')
  return errors.every(isUnread) ? EXIT.unknown : EXIT.refused
}
