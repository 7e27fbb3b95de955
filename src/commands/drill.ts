import type { LoadedConfig } from '../config/loaded-config.ts'
import type { DrillFault } from '../drill/drill-faults.ts'
import type { DrillReport } from '../drill/drill-report.ts'
import type { DrillSetup } from '../drill/drill-setup.ts'
import { EXIT, HedgebotError, worstExit } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { DrillOptions } from '../ui/command-options.ts'
import { runAllDrills, runOneDrill } from './drill-runs.ts'

/** `hedgebot drill`: the user's own configuration against a simulated exchange with a fault. */
export async function runDrill(io: CommandIo, options: DrillOptions): Promise<ExitCode> {
  const { fault, isAll } = options
  if (fault === undefined && !isAll) return listFaults(io)
  const chosen = fault === undefined ? undefined : await requireFault(fault)
  if (chosen !== undefined && isAll) {
    throw new HedgebotError('usage', 'a fault and --all exclude each other', {
      code: 'drill_choice',
      hint: 'leave one of them out',
    })
  }
  const setup = await loadSetup(io, options)
  io.attach({ network: 'sim' })
  if (chosen === undefined) return showAll(io, await runAllDrills(io, setup))
  return showOne(io, await runOneDrill(io, setup, chosen))
}

async function listFaults(io: CommandIo): Promise<ExitCode> {
  const [{ DRILL_FAULTS, FAULT_SUMMARIES }, { renderFaultList }] = await Promise.all([
    import('../drill/drill-faults.ts'),
    import('../ui/render-drill.ts'),
  ])
  const faults = DRILL_FAULTS.map((name) => ({ name, summary: FAULT_SUMMARIES[name] }))
  if (io.globals.isJson || !io.isTerminal) {
    io.out.warn(renderFaultList(faults, io.style))
    throw new HedgebotError('usage', 'no fault was chosen', {
      code: 'drill_choice',
      hint: 'hedgebot drill <fault>, or hedgebot drill --all',
    })
  }
  io.out.line(renderFaultList(faults, io.style))
  io.out.line('')
  io.out.line('hedgebot drill <fault> plays one of them, hedgebot drill --all every one.')
  return EXIT.done
}

async function requireFault(name: string): Promise<DrillFault> {
  const [{ DRILL_FAULTS, isDrillFault }, { suggest }] = await Promise.all([
    import('../drill/drill-faults.ts'),
    import('../config/suggest.ts'),
  ])
  if (isDrillFault(name)) return name
  const meant = suggest(name, DRILL_FAULTS)
  throw new HedgebotError('usage', `no fault is called "${name}"`, {
    code: 'drill_unknown',
    hint: meant === undefined ? `there are ${DRILL_FAULTS.join(', ')}` : `did you mean ${meant}?`,
  })
}

async function loadSetup(io: CommandIo, { accounts }: DrillOptions): Promise<DrillSetup> {
  const [{ findConfigFile }, { loadRehearsal }, { renderConfigPoint }, { setUpDrill }, sim] =
    await Promise.all([
      import('../config/find-config-file.ts'),
      import('../config/load-rehearsal.ts'),
      import('../config/config-point.ts'),
      import('../drill/drill-setup.ts'),
      import('../sim/core/market-list.ts'),
    ])
  const { env, cwd, home, globals } = io
  const file = await findConfigFile({ explicit: globals.configFile, env, cwd, home })
  const rehearsal = await loadRehearsal(file)
  io.attach({ scrub: await scrubberOf(rehearsal.config) })
  for (const point of rehearsal.config.warnings) io.out.note(renderConfigPoint(point))
  return setUpDrill(rehearsal, accounts, sim.MARKET_SPECS)
}

/** The user's own secrets are in the file that is rehearsed. */
async function scrubberOf(config: LoadedConfig): Promise<(text: string) => string> {
  const [{ createRedactor }, { listSecretTexts }] = await Promise.all([
    import('../system/redactor.ts'),
    import('../config/list-secrets.ts'),
  ])
  const redactor = createRedactor()
  for (const secret of listSecretTexts(config)) redactor.registerSecret(secret)
  return (text) => redactor.scrub(text)
}

async function showOne(io: CommandIo, report: DrillReport): Promise<ExitCode> {
  const [{ renderDrill }, { drillDocument }, { FAULT_SUMMARIES }] = await Promise.all([
    import('../ui/render-drill.ts'),
    import('../ui/drill-documents.ts'),
    import('../drill/drill-faults.ts'),
  ])
  const { exit } = report.verdict
  io.out.line(renderDrill(report, FAULT_SUMMARIES[report.fault], io.style))
  io.out.json(drillDocument(headOf(io, exit), report))
  return exit
}

async function showAll(io: CommandIo, reports: readonly DrillReport[]): Promise<ExitCode> {
  const [{ renderDrills }, { drillsDocument }] = await Promise.all([
    import('../ui/render-drill.ts'),
    import('../ui/drill-documents.ts'),
  ])
  const exit = worstExit(reports.map(({ verdict }) => verdict.exit))
  io.out.line(renderDrills(reports, io.style))
  io.out.json(drillsDocument(headOf(io, exit), reports))
  return exit
}

function headOf({ clock }: CommandIo, exit: ExitCode) {
  return { command: 'drill', atMs: clock.now(), network: 'sim', exit }
}
