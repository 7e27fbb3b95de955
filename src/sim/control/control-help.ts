import { CONTROL_OPERATIONS } from './control-desk.ts'
import { CONTROL_HEADER } from './request-guard.ts'

/** What `GET /help` answers: every operation with lines that can be pasted into a shell. */
export function controlHelp(url: string): string {
  const blocks = Object.entries(CONTROL_OPERATIONS).map(([name, { summary, keys, examples }]) =>
    [
      `${name}: ${summary}`,
      `  members: ${keys.join(', ')}`,
      ...examples.map((example) => `  ctl ${name} '${example}'`),
    ].join('\n'),
  )
  const headers = `-H '${CONTROL_HEADER}: 1' -H 'content-type: application/json'`
  return [
    'Control of the simulated exchange. Only for this machine; nothing here reaches a real exchange.',
    '',
    'Paste this first, then the lines below work:',
    // Written so that sh, bash and zsh understand it alike.
    `  ctl() { op=$1; shift; [ $# -eq 0 ] || set -- -d "$1"; curl -sS ${url}/"$op" ${headers} "$@"; echo; }`,
    '',
    'state: clock, markets, accounts, sockets and faults as they are now',
    '  ctl state',
    '',
    blocks.join('\n\n'),
    '',
    'Markets go by symbol or index, accounts by name or index, amounts and prices as text or number.',
    'Answers are JSON; mistakes are {"error":{"code","message","hint"}} with status 400 (cannot be read),',
    '404 (does not exist) or 409 (cannot be done now), and change nothing.',
    '',
  ].join('\n')
}
