import type { TerminalStreams } from './progress.ts'

interface MenuEntry {
  readonly argv: readonly string[]
  readonly description: string
  /** Asked for and added to the end. */
  readonly argument?: string
}

const ENTRIES: readonly MenuEntry[] = [
  { argv: ['status'], description: 'what is open, P&L, stops, exposure' },
  { argv: ['check'], description: 'look at everything, send nothing' },
  { argv: ['watch'], description: 'live table, loss limits on every price (runs until q)' },
  { argv: ['open', '--all', '--dry-run'], description: 'show the plan of every hedge' },
  { argv: ['open', '--all'], description: 'open every hedge (shows the plan and asks)' },
  { argv: ['close', '--all'], description: 'close every hedge (asks)' },
  { argv: ['accounts', 'list'], description: 'balances and positions' },
  { argv: ['proxies', 'test'], description: 'try every proxy step by step' },
  { argv: ['notify', 'test'], description: 'a test message through every channel' },
  { argv: ['orders', 'list'], description: 'live orders on the venue' },
  {
    argv: ['explain'],
    description: 'why each order of a hedge was sent',
    argument: 'Hedge id, such as h1:',
  },
  { argv: ['pause'], description: 'stop all openings' },
  { argv: ['resume'], description: 'allow openings again' },
  { argv: ['config', 'show'], description: 'the effective configuration' },
  { argv: ['drill', '--all'], description: 'try every fault with your configuration, simulated' },
  { argv: ['demo'], description: 'the whole story on this machine, simulated' },
]

/**
 * Lets a person choose a command; the answer is what could have been typed. Import this file lazily.
 * @throws HedgebotError code `interrupted` when the person left
 */
export async function chooseFromMenu(
  streams: TerminalStreams,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { askOnTerminal } = await import('./ask.ts')
  const place = { streams, signal }
  const width = Math.max(...ENTRIES.map((entry) => entry.argv.join(' ').length))
  const chosen = await askOnTerminal<string>(
    {
      type: 'select',
      message: 'hedgebot',
      pageSize: ENTRIES.length,
      choices: ENTRIES.map(({ argv, description }, at) => ({
        name: `${argv.join(' ').padEnd(width)}  ${description}`,
        value: String(at),
      })),
    },
    place,
  )
  const entry = ENTRIES[Number(chosen)]
  if (entry === undefined) return []
  if (entry.argument === undefined) return entry.argv
  const argument = await askOnTerminal<string>({ type: 'input', message: entry.argument }, place)
  return [...entry.argv, argument]
}
