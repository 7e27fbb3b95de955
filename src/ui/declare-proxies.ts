import { someText } from './option-parsers.ts'
import type { DeclareContext } from './program.ts'

/** `proxies list` and `proxies test`. */
export function declareProxies({ program, runners, choose }: DeclareContext): void {
  const proxies = program.command('proxies').description('the ways to the venue')
  proxies
    .command('list')
    .description('name, protocol, address, masked login and accounts of each; no network')
    .action(() => choose('proxies', runners.proxiesList, {}))
  proxies
    .command('test')
    .description('try each proxy step by step, all at once; sends no order')
    .argument('[names...]', 'these only; "direct" is the way without a proxy', nameOf)
    .addHelpText('after', TEST_HELP)
    .action((names: readonly string[]) => choose('proxies', runners.proxiesTest, { names }))
}

function nameOf(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), someText(text)]
}

const TEST_HELP = `
Steps: TCP to the proxy, CONNECT, TLS with the exchange, first byte of an answer,
WebSocket with its greeting, and, when proxies.check_url is set, the address it
leaves from. Each has its own deadline (proxies.connect_timeout_ms); the first that
fails is named.

Verdicts: ok, slow (a step over 1,000 ms), auth, refused, unreachable, unresolved,
hangs, reset, tls, blocked (403, 405, 429), restricted (region), no_tunnel,
speaks_socks, speaks_http, venue_down, unexpected.

Exit codes: 0 all can be used, 3 at least one cannot, 5 none can. It costs one
request of each address.`
