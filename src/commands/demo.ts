import { EXIT, HedgebotError, worstExit } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { Stage } from '../sim/stage/stage.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { DemoOptions } from '../ui/command-options.ts'
import { showInbox, startInbox } from './demo-mail.ts'
import type { DemoInbox } from './demo-mail.ts'
import { DEMO_STOP_USD, DEMO_TICK_MS, demoSizes, watchOneStop } from './demo-watch.ts'

/** Local addresses that the three proxies leave from: the exchange sees three machines. */
const PROXY_ADDRESSES = ['127.0.0.11', '127.0.0.12', '127.0.0.13'] as const

/** Time to read what was printed. */
const PAUSE_MS = 2500

/**
 * `hedgebot demo`: the main job by itself on loopback: an exchange, 20 accounts, 3 proxies (one with a password); the
 * ordinary commands open, watch and close ten hedges through an ordinary configuration file, a move of the price brings
 * one of them to its loss limit, and the mails about it arrive at a server beside it.
 */
export async function runDemo(io: CommandIo, { isFast }: DemoOptions): Promise<ExitCode> {
  const { mkdtemp, rm } = await import('node:fs/promises')
  const [{ join }, { tmpdir }] = await Promise.all([import('node:path'), import('node:os')])
  const folder = await mkdtemp(join(tmpdir(), 'hedgebot-demo-'))
  const closers: (() => Promise<void> | void)[] = [
    () => rm(folder, { recursive: true, force: true }),
  ]
  try {
    const file = join(folder, 'config.yaml')
    const { stage, inbox } = await startWorld(io, { file, closers })
    const exits = await tellStory(inner(io, file), { stage, isFast })
    const told = io.signal.aborted ? EXIT.done : await showInbox(io, inbox)
    return await conclude(io, stage, worstExit([...exits, told]))
  } finally {
    for (const close of closers.toReversed()) await close()
  }
}

async function startWorld(
  io: CommandIo,
  world: { readonly file: string; readonly closers: (() => Promise<void> | void)[] },
): Promise<{ readonly stage: Stage; readonly inbox: DemoInbox }> {
  const [{ createStage }, { startSimServer }, { writeStageConfig }, proxies, { createSystemRng }] =
    await Promise.all([
      import('../sim/stage/stage.ts'),
      import('../sim/server/sim-server.ts'),
      import('../sim/stage/stage-config.ts'),
      import('../sim/stage/connect-proxy.ts'),
      import('../system/system-rng.ts'),
    ])
  const rng = createSystemRng()
  const stage = createStage({ clock: io.clock, rng, tickIntervalMs: DEMO_TICK_MS })
  world.closers.push(() => stage.close())
  const server = await startSimServer({ gateway: stage.gateway })
  world.closers.push(() => server.close())
  const password = Buffer.from(rng.nextBytes(9)).toString('hex')
  const pool = await Promise.all(
    PROXY_ADDRESSES.map(async (localAddress, at) => {
      const login = at === 1 ? { username: 'demo', password } : {}
      const proxy = await proxies.startConnectProxy({ localAddress, ...login })
      world.closers.push(() => proxy.close())
      return { name: `proxy_${at + 1}`, host: proxy.host, port: proxy.port, ...login }
    }),
  )
  const inbox = await startInbox(io, rng)
  world.closers.push(() => inbox.sink.close())
  await writeStageConfig({
    stage,
    file: world.file,
    simUrl: server.url,
    proxies: pool,
    stopLossThreshold: DEMO_STOP_USD,
    positionSizes: demoSizes(stage),
    extraYaml: inbox.yaml,
  })
  const { bold } = io.style.chalk
  io.out.line(bold('A simulated Lighter exchange on this machine'))
  io.out.line(
    `${stage.accounts.length} accounts of 4 owners with 1,000 USDC each, 3 proxies (one with a password), ` +
      'honest limits and delays, every signature checked; a mail server for what the owner is told.',
  )
  return { stage, inbox }
}

async function tellStory(
  io: CommandIo,
  { stage, isFast }: { readonly stage: Stage; readonly isFast: boolean },
): Promise<readonly ExitCode[]> {
  const [{ runOpen }, { runClose }] = await Promise.all([import('./open.ts'), import('./close.ts')])
  // Told to leave, the story is not over: what is open is closed.
  const rest = async (): Promise<void> => {
    if (!isFast) await io.clock.sleep(PAUSE_MS, io.signal).catch(() => undefined)
  }
  const exits: ExitCode[] = []
  chapter(io, 'hedgebot open --all')
  exits.push(
    await runOpen(io, {
      selection: { kind: 'all' },
      isDryRun: false,
      sizeBase: undefined,
      leverage: undefined,
      isFlipped: false,
      runKey: undefined,
      notAfter: undefined,
    }),
  )
  await rest()
  if (!io.signal.aborted) {
    chapter(io, 'hedgebot watch')
    exits.push(await watchOneStop(io, { stage, isFast }))
    await rest()
  }
  chapter(io, 'hedgebot close --all')
  exits.push(await runClose(io, { selection: { kind: 'all' }, isFlatten: false, isDryRun: false }))
  return exits
}

function chapter(io: CommandIo, title: string): void {
  io.out.line('')
  io.out.line(io.style.chalk.bold(`$ ${title}`))
}

/** The last word is the exchange's own: what its books say about the accounts. */
async function conclude(io: CommandIo, stage: Stage, exit: ExitCode): Promise<ExitCode> {
  const open = stage.accounts.filter(({ accountIndex }) =>
    [...(stage.core.account(accountIndex)?.positions.values() ?? [])].some(
      (position) => position.sizeTicks !== 0n,
    ),
  )
  const worst = worstExit([
    open.length === 0 ? exitWhenFlat(io, exit) : exit,
    open.length === 0 ? EXIT.done : EXIT.exposed,
  ])
  io.out.line('')
  io.out.line(
    open.length === 0
      ? "The exchange's own books: no account holds a position."
      : `The exchange's own books: ${open.map((account) => account.name).join(', ')} still hold positions.`,
  )
  const { plainDocument } = await import('../ui/json-documents.ts')
  io.out.json(
    plainDocument(
      { command: 'demo', atMs: io.clock.now(), network: 'sim', exit: worst },
      { accounts: stage.accounts.length, open_positions: open.length },
    ),
  )
  return worst
}

/** What an interrupted command could not read any more, the exchange's books have answered. */
function exitWhenFlat({ signal }: CommandIo, exit: ExitCode): ExitCode {
  if (!signal.aborted || exit === EXIT.bug) return exit
  return signal.reason instanceof HedgebotError ? signal.reason.exit : exit
}

/** The commands inside get the demo's configuration, ask nothing and print no documents of their own. */
function inner(io: CommandIo, configFile: string): CommandIo {
  return {
    ...io,
    // Spreading reads it once, at the beginning.
    get interruptedBy() {
      return io.interruptedBy
    },
    globals: { ...io.globals, configFile, isYes: true },
    out: { ...io.out, json: () => undefined },
    confirm: () => Promise.resolve(true),
  }
}
