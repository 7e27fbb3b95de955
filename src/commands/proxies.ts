import type { LoadedConfig } from '../config/loaded-config.ts'
import type { Context } from '../context.ts'
import { EXIT, HedgebotError } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { JudgedWay } from '../proxies/probe/probe-pool.ts'
import type { ProbedWay } from '../proxies/probe/probe-way.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { ProxiesTestOptions } from '../ui/command-options.ts'
import type { ProbeView } from '../ui/render-probes.ts'
import type { ProxyView } from '../ui/render-proxies.ts'
import { createProbeTalk } from './probe-talk.ts'
import { accountsOf, DIRECT, probeWays, waysOf } from './probe-ways.ts'
import { resultContext } from './print-hedges.ts'
import { withContext } from './with-context.ts'

/** `hedgebot proxies list`: the pool and who uses it; no network. */
export async function runProxiesList(io: CommandIo): Promise<ExitCode> {
  return withContext(io, 'proxies', async (context) => {
    const { config } = context
    const [{ renderProxies }, { proxiesDocument }] = await Promise.all([
      import('../ui/render-proxies.ts'),
      import('../ui/proxies-documents.ts'),
    ])
    const views: readonly ProxyView[] = waysOf(config).map(({ name, proxy }) => ({
      name,
      protocol: proxy?.protocol,
      host: proxy?.host,
      port: proxy?.port,
      login: loginOf(proxy),
      accounts: accountsOf(config, name),
    }))
    io.out.line(renderProxies(views, io.style))
    io.out.json(proxiesDocument(resultContext(context, 'proxies', EXIT.done), views))
    return EXIT.done
  })
}

/** `hedgebot proxies test`: every way step by step, all at once; the exit code says whether they can be used. */
export async function runProxiesTest(
  io: CommandIo,
  { names }: ProxiesTestOptions,
): Promise<ExitCode> {
  return withContext(io, 'proxies', async (context) => {
    const { config } = context
    const ways = names.length === 0 ? waysOf(config) : await waysNamed(config, names)
    if (config.proxyPool.length === 0) io.out.note('proxy_pool is empty: every account goes direct')
    const judged = await testWays(io, context, ways)
    const [{ renderProbes }, { probesDocument }, { isUsable }] = await Promise.all([
      import('../ui/render-probes.ts'),
      import('../ui/proxies-documents.ts'),
      import('../proxies/probe/judge-probe.ts'),
    ])
    const views = judged.map((way): ProbeView => ({
      ...way,
      isUsable: isUsable(way.verdict),
      steps: way.steps.map(({ failure, ...step }) => ({ ...step, message: failure?.text })),
      accounts: accountsOf(config, way.name),
    }))
    const exit = exitOf(views)
    io.out.line(renderProbes(views, io.style))
    sayClock(io, config, views)
    io.out.json(probesDocument(resultContext(context, 'proxies', exit), views))
    return exit
  })
}

async function testWays(
  io: CommandIo,
  context: Context,
  ways: readonly ProbedWay[],
): Promise<readonly JudgedWay[]> {
  const talk = createProbeTalk(
    io,
    ways.map(({ name }) => name),
  )
  try {
    return await probeWays(context, ways, { ...talk, signal: io.signal })
  } finally {
    talk.end()
  }
}

type Proxy = LoadedConfig['proxyPool'][number]

/**
 * The ways with these names, each once; `direct` may be asked for by name although nobody uses it.
 * @throws HedgebotError kind `usage`, code `proxy_unknown`
 */
async function waysNamed(
  config: LoadedConfig,
  names: readonly string[],
): Promise<readonly ProbedWay[]> {
  const all = [...config.proxyPool.map(({ name }) => name), DIRECT]
  const unknown = names.filter((name) => !all.includes(name))
  if (unknown.length > 0) {
    const { suggest } = await import('../config/suggest.ts')
    const meant = unknown.map((name) => suggest(name, all)).filter((name) => name !== undefined)
    throw new HedgebotError(
      'usage',
      `no proxy is called ${unknown.map((name) => `"${name}"`).join(', ')}`,
      {
        code: 'proxy_unknown',
        hint:
          meant.length > 0
            ? `Did you mean ${[...new Set(meant)].join(', ')}?`
            : 'hedgebot proxies list shows them.',
      },
    )
  }
  return all
    .filter((name) => names.includes(name))
    .map((name) => ({ name, proxy: config.proxyPool.find((proxy) => proxy.name === name) }))
}

function loginOf(proxy: Proxy | undefined): ProxyView['login'] {
  if (proxy?.username === undefined && proxy?.password === undefined) return undefined
  return { username: proxy.username }
}

function exitOf(views: readonly ProbeView[]): ExitCode {
  const good = views.filter((view) => view.isUsable).length
  if (good === views.length) return EXIT.done
  return good === 0 ? EXIT.unknown : EXIT.incomplete
}

/** Opening is refused with a clock that is further off than this, so it is said here already. */
function sayClock(io: CommandIo, config: LoadedConfig, views: readonly ProbeView[]): void {
  const offsets = views.flatMap(({ clock }) => (clock === undefined ? [] : [clock]))
  const surest = offsets.toSorted((a, b) => a.uncertaintyMs - b.uncertaintyMs)[0]
  if (surest === undefined) return
  const leastMs = Math.abs(surest.offsetMs) - surest.uncertaintyMs
  if (leastMs <= config.riskPolicy.maxClockOffsetMs) return
  const direction = surest.offsetMs > 0 ? 'behind' : 'ahead of'
  const seconds = Math.round(Math.abs(surest.offsetMs) / 1000)
  io.out.warn(`the clock of this machine is about ${seconds} s ${direction} the venue: set it`)
}
