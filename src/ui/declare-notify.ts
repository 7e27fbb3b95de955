import type { DeclareContext } from './program.ts'

/** `notify test` and `notify check`. */
export function declareNotify({ program, runners, choose }: DeclareContext): void {
  const notify = program.command('notify').description('the ways to reach you')
  notify
    .command('test')
    .description('send a test message through every enabled channel')
    .addHelpText('after', TEST_HELP)
    .action(() => choose('notify', runners.notifyTest, {}))
  notify
    .command('check')
    .description('send what still waits, and alarm when an expected run did not happen')
    .addHelpText('after', CHECK_HELP)
    .action(() => choose('notify', runners.notifyCheck, {}))
}

const TEST_HELP = `
Exit codes: 0 every channel took it, 3 at least one did not, 5 none did.`

const CHECK_HELP = `
For a line in crontab, beside the runs of notification.expect_runs:

  */10 * * * *  hedgebot -c /path/config.yaml notify check

Exit codes: 0 all is well, 3 a run is missing or a message waits, 5 no channel works.`
