/**
 * The command line of CLI.md as a Commander program: what there is and how it is typed. What a command does is in the
 * table of runners, each loaded when it is called.
 * @module
 */
import type { Command } from 'commander'
import type { ExitCode } from '../errors.ts'
import type { CommandIo } from './command-io.ts'
import type {
  AdoptOptions,
  CheckOptions,
  CloseOptions,
  DemoOptions,
  DrillOptions,
  ExplainOptions,
  OpenOptions,
  OrdersCancelOptions,
  ProxiesTestOptions,
  SimOptions,
  WatchOptions,
} from './command-options.ts'
import { declareDrill } from './declare-drill.ts'
import { declareNotify } from './declare-notify.ts'
import { declareProxies } from './declare-proxies.ts'
import { collect, nameList, positiveDecimal, someText, wholeNumber } from './option-parsers.ts'
import { SIM_HELP } from './sim-help.ts'
import { readCloseOptions, readOpenOptions } from './read-selection.ts'
import type { TypedCloseOptions, TypedOpenOptions } from './read-selection.ts'
import { readWatchOptions } from './read-watch-options.ts'
import type { TypedWatchOptions } from './read-watch-options.ts'

/** A command's work: loads what it needs and returns the exit code. */
export type Runner<Options> = (command: CommandIo, options: Options) => Promise<ExitCode>

/** Options of a command that has none. */
export type NoOptions = Readonly<Record<string, never>>

/** Who does what; one entry a command. */
export interface Runners {
  readonly check: Runner<CheckOptions>
  readonly configShow: Runner<NoOptions>
  readonly open: Runner<OpenOptions>
  readonly close: Runner<CloseOptions>
  readonly status: Runner<NoOptions>
  readonly watch: Runner<WatchOptions>
  readonly ordersList: Runner<NoOptions>
  readonly ordersCancel: Runner<OrdersCancelOptions>
  readonly explain: Runner<ExplainOptions>
  readonly accountsList: Runner<NoOptions>
  readonly proxiesList: Runner<NoOptions>
  readonly proxiesTest: Runner<ProxiesTestOptions>
  readonly notifyTest: Runner<NoOptions>
  readonly notifyCheck: Runner<NoOptions>
  readonly adopt: Runner<AdoptOptions>
  readonly pause: Runner<NoOptions>
  readonly resume: Runner<NoOptions>
  readonly sim: Runner<SimOptions>
  readonly demo: Runner<DemoOptions>
  readonly drill: Runner<DrillOptions>
}

/** What was typed: the command by its name in documents, and its work. */
export interface ChosenCommand {
  /** As in `hedgebot/<name>/1`, e.g. `open`, `config`, `orders`. */
  readonly name: string
  run(command: CommandIo): Promise<ExitCode>
}

/** Gives every command its words. `onCommand` is called once, when a command was typed rightly. */
export function declareCommands(
  program: Command,
  runners: Runners,
  onCommand: (chosen: ChosenCommand) => void,
): void {
  const context: DeclareContext = {
    program,
    runners,
    choose: (name, runner, options) =>
      onCommand({ name, run: (command) => runner(command, options) }),
  }
  declareReading(context)
  declareOpen(context)
  declareClose(context)
  declareWatch(context)
  declareOrders(context)
  declareProxies(context)
  declareNotify(context)
  declareAdopt(context)
  declareFlags(context)
  declareSim(context)
  declareDrill(context)
  declareDemo(context)
}

/** Adds the global options, which may stand anywhere on the line. */
export function declareGlobals(program: Command): void {
  program
    .option('-c, --config <file>', 'configuration (default: $HEDGEBOT_CONFIG, ./config.yaml, ...)')
    .option('--timeout <duration>', 'give up after this long, leaving everything hedged or flat')
    .option('--json', 'one JSON document on stdout, messages on stderr')
    .option('-y, --yes', 'no questions')
    .option('-q, --quiet', 'only results')
    .option('-v, --verbose', 'more about what is going on')
    .option('--no-color', 'no colours')
    .option('--insecure-permissions', 'accept a configuration with secrets that others can read')
}

/** What a group of commands needs to be declared. */
export interface DeclareContext {
  readonly program: Command
  readonly runners: Runners
  choose<Options>(name: string, runner: Runner<Options>, options: Options): void
}

function declareReading({ program, runners, choose }: DeclareContext): void {
  program
    .command('check')
    .description('look at configuration, keys, accounts, markets, margin and stops; sends no order')
    .option('--offline', 'stop before the network')
    .action((typed: { offline?: true }) =>
      choose('check', runners.check, { isOffline: typed.offline === true }),
    )
  program
    .command('config')
    .description('the configuration')
    .command('show')
    .description('the effective configuration, defaults filled in, secrets masked')
    .action(() => choose('config', runners.configShow, {}))
  program
    .command('status')
    .description('every leg and hedge: size, P&L, margin, stops, exposure; reads only')
    .action(() => choose('status', runners.status, {}))
  program
    .command('accounts')
    .description('the accounts')
    .command('list', { isDefault: true })
    .description('name, index, owner, tier, balance, positions, egress (the default)')
    .action(() => choose('accounts', runners.accountsList, {}))
  program
    .command('explain')
    .description('why each order of a hedge was sent, from the journal')
    .argument('<id>', 'hedge id, such as h3', someText)
    .action((id: string) => choose('explain', runners.explain, { id }))
}

function declareOpen({ program, runners, choose }: DeclareContext): void {
  program
    .command('open')
    .description('open hedges: prints the plan, asks, opens, verifies with the venue')
    .option('--all', 'every hedge of the configuration')
    .option('--accounts <names>', 'these accounts, paired among themselves (a,b,...)', nameList)
    .option('--hedge <name>', 'one hedge by its name', someText)
    .option('--next <n>', 'the n accounts used least recently', wholeNumber({ min: 2, max: 1000 }))
    .option('--dry-run', 'print the plan and stop')
    .option('--size <base>', 'base coins per account instead of the configured', positiveDecimal)
    .option('--leverage <n>', 'instead of the configured', wholeNumber({ min: 1, max: 100 }))
    .option('--flip', 'swap long and short')
    .option('--run-key <key>', 'do this once: the same key again changes nothing', someText)
    .option('--not-after <time>', 'refuse a start later than this (ISO time or HH:MM)', someText)
    .action((typed: TypedOpenOptions) => choose('open', runners.open, readOpenOptions(typed)))
}

function declareClose({ program, runners, choose }: DeclareContext): void {
  program
    .command('close')
    .description('close hedges until the venue shows them flat')
    .option('--all', 'every live hedge')
    .option(
      '--accounts <names>',
      'the whole hedges that contain these accounts (a,b,...)',
      nameList,
    )
    .option('--hedge <id or name>', 'one hedge', someText)
    .option('--due', 'those past their maximum holding time')
    .option('--flatten', "whatever the venue shows on the market, also what is not the tool's own")
    .option('--dry-run', 'say what would be closed and stop')
    .action((typed: TypedCloseOptions) => choose('close', runners.close, readCloseOptions(typed)))
}

function declareWatch({ program, runners, choose }: DeclareContext): void {
  program
    .command('watch')
    .description('live table; closes hedges that reach a loss limit, mends what is lopsided')
    .option('--once', 'look once, do what is due, print and end (for cron)')
    .option('--open', 'open every hedge of the configuration first')
    .option('--until-flat', 'end when no hedge is open any more')
    .option('--for <duration>', 'end by itself after this long (90s, 5m, 1h30m)', someText)
    .addHelpText('after', WATCH_HELP)
    .action((typed: TypedWatchOptions) => choose('watch', runners.watch, readWatchOptions(typed)))
}

const WATCH_HELP = `
Keys: q quit, p pause rows, c close a hedge (asks), ? help. Without a terminal: one line a
minute and one for every event; with --json each of them is a document on a line of its own.
It runs until it is stopped; stops that rest on the exchange go on resting.`

function declareOrders({ program, runners, choose }: DeclareContext): void {
  const orders = program.command('orders').description("the tool's live orders on the venue")
  orders
    .command('list')
    .description('live orders; foreign ones apart')
    .action(() => choose('orders', runners.ordersList, {}))
  orders
    .command('cancel')
    .description('cancel one order')
    .argument('<id>', 'as orders list shows it', someText)
    .option('--foreign', "also when it is not the tool's own")
    .action((id: string, typed: { foreign?: true }) =>
      choose('orders', runners.ordersCancel, { id, isForeign: typed.foreign === true }),
    )
}

function declareAdopt({ program, runners, choose }: DeclareContext): void {
  program
    .command('adopt')
    .description("rebuild the journal's hedges from what the venue shows with the tool's tag")
    .option('--dry-run', 'print the plan and stop')
    .action((typed: { dryRun?: true }) =>
      choose('adopt', runners.adopt, { isDryRun: typed.dryRun === true }),
    )
}

function declareFlags({ program, runners, choose }: DeclareContext): void {
  program
    .command('pause')
    .description('stop all openings everywhere; closing and stops go on')
    .action(() => choose('pause', runners.pause, {}))
  program
    .command('resume')
    .description('allow openings again')
    .action(() => choose('resume', runners.resume, {}))
}

/** `sim`'s options as commander collects them. */
interface TypedSimOptions {
  readonly port?: number
  readonly accounts?: number
  readonly writeConfig?: string
  readonly seed?: number
  readonly market?: readonly string[]
  readonly path?: readonly string[]
  readonly speed?: string
  readonly owners?: number
  readonly limits: boolean
  readonly delay: boolean
  readonly fault?: readonly string[]
  readonly control?: number
  readonly writeOwners?: string
}

function declareSim({ program, runners, choose }: DeclareContext): void {
  program
    .command('sim')
    .description('serve the simulated exchange on loopback')
    .option('--port <port>', 'port (0: any free one)', wholeNumber({ min: 0, max: 65_535 }))
    .option('--accounts <n>', 'accounts to make', wholeNumber({ min: 1, max: 5000 }))
    .option('--write-config <file>', 'write a configuration for these accounts', someText)
    .option('--seed <n>', 'same seed, same prices', wholeNumber({ min: 0, max: 2 ** 32 - 1 }))
    .option('--market <name>', 'calm (default), trend, jump or crash; BTC=crash for one', collect)
    .option('--path <candles.csv>', 'BTC follows this file; ETH=file for another one', collect)
    .option('--speed <factor>', 'prices run this many times as fast', positiveDecimal)
    .option('--owners <n>', 'owners of the accounts', wholeNumber({ min: 1, max: 5000 }))
    .option('--no-limits', 'without request limits')
    .option('--no-delay', 'without delays')
    .option('--fault <fault>', 'switch a fault on (may be repeated)', collect)
    .option(
      '--control <port>',
      'serve controls on this port of loopback (0: any free one)',
      wholeNumber({ min: 0, max: 65_535 }),
    )
    .option('--write-owners <file>', "write the owners' Ethereum keys, to register keys", someText)
    .addHelpText('after', SIM_HELP)
    .action((typed: TypedSimOptions) =>
      choose('sim', runners.sim, {
        port: typed.port,
        accounts: typed.accounts,
        writeConfig: typed.writeConfig,
        seed: typed.seed,
        markets: typed.market ?? [],
        paths: typed.path ?? [],
        speed: typed.speed,
        owners: typed.owners,
        hasLimits: typed.limits,
        hasDelay: typed.delay,
        faults: typed.fault ?? [],
        control: typed.control,
        writeOwners: typed.writeOwners,
      }),
    )
}

function declareDemo({ program, runners, choose }: DeclareContext): void {
  program
    .command('demo')
    .description('the whole story on loopback, with a simulated exchange')
    .option('--fast', 'without pauses for reading')
    .action((typed: { fast?: true }) =>
      choose('demo', runners.demo, { isFast: typed.fast === true }),
    )
}
