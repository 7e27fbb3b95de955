import { nameList, someText } from './option-parsers.ts'
import type { DeclareContext } from './program.ts'

interface TypedDrillOptions {
  readonly all?: true
  readonly accounts?: readonly string[]
}

/** `drill`. */
export function declareDrill({ program, runners, choose }: DeclareContext): void {
  program
    .command('drill')
    .description('try a fault with your own configuration, against a simulated exchange')
    .argument('[fault]', 'its name; without one they are listed', someText)
    .option('--all', 'every fault, as a table')
    .option('--accounts <names>', 'with these accounts only (a,b,...)', nameList)
    .addHelpText('after', DRILL_HELP)
    .action((fault: string | undefined, typed: TypedDrillOptions) =>
      choose('drill', runners.drill, {
        fault,
        isAll: typed.all === true,
        accounts: typed.accounts,
      }),
    )
}

const DRILL_HELP = `
Your accounts, sides, sizes, limits and proxies, with keys made for the drill: nothing of yours
is touched, nothing leaves this machine. The program runs as it would for you, in real time.

Exit codes: 0 passed, 3 safe but something fell short, 4 a hedge was naked at the end.`
