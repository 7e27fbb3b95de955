/**
 * The user's configuration, led to the drill's own exchange. Pure: only keys, indexes, addresses and logins change.
 * @module
 */
import { isMapping } from '../config/without-references.ts'
import { listAt, textAt } from '../config/yaml-tree.ts'

/** One account of the drill. */
export interface DrillKey {
  readonly name: string
  readonly apiKey: string
  readonly accountIndex: number
  readonly apiKeyIndex: number
  readonly l1Address: string
  /** `direct` or the name of a proxy, as the whole configuration assigns it. */
  readonly egress: string
}

/** One proxy of the drill. */
export interface DrillProxy {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly username?: string
  readonly password?: string
}

/** Where the configuration is to lead. */
export interface DrillPlaces {
  /** In the order of the configuration; all others take no part. */
  readonly accounts: readonly DrillKey[]
  readonly proxies: readonly DrillProxy[]
  readonly simUrl: string
  readonly mail: { readonly host: string; readonly port: number }
  /** Relative to the file. */
  readonly stateDir: string
  /** Accounts were chosen by hand: they are paired among themselves, whatever the groups say. */
  readonly isChosen: boolean
}

type Mapping = Readonly<Record<string, unknown>>

/** The tree that the drill's file is written from. */
export function rewriteConfig(root: unknown, places: DrillPlaces): Mapping {
  const before = isMapping(root) ? root : {}
  return {
    ...before,
    api_credentials: places.accounts.flatMap((account) => rewriteAccount(root, account)),
    proxy_pool: places.proxies.map((proxy) => ({ ...proxy, protocol: 'http' })),
    notification: rewriteChannels(before['notification'], places),
    hedge: rewriteHedge(before['hedge'], places),
    exchange: { ...pick(before['exchange'], ['limits']), sim_url: places.simUrl },
    // The page that answers with the caller's address is outside.
    proxies: { ...mappingOf(before['proxies']), check_url: undefined },
    state_dir: places.stateDir,
  }
}

function rewriteAccount(root: unknown, account: DrillKey): readonly Mapping[] {
  const entry = listAt(root, ['api_credentials']).find(
    (one) => textAt(one, ['account_name']) === account.name,
  )
  return [
    {
      ...mappingOf(entry),
      api_key: account.apiKey,
      account_index: account.accountIndex,
      api_key_index: account.apiKeyIndex,
      l1_address: account.l1Address,
      network: 'testnet',
      proxy: account.egress,
    },
  ]
}

/** Mail goes to the drill's own server; what would reach the outside is off. */
function rewriteChannels(channels: unknown, { mail }: DrillPlaces): Mapping {
  const before = mappingOf(channels)
  const email = mappingOf(before['email'])
  return {
    ...before,
    email: {
      sender: 'hedgebot@drill.example',
      ...pick(email, ['sender', 'recipient', 'recipients', 'proxy']),
      ...('recipient' in email || 'recipients' in email ? {} : { recipient: 'you@drill.example' }),
      enabled: true,
      smtp_server: mail.host,
      smtp_port: mail.port,
      secure: false,
      require_tls: false,
    },
    telegram: undefined,
    webhook: [],
  }
}

/** Only groups whose accounts take part are left. */
function rewriteHedge(hedge: unknown, { accounts, isChosen }: DrillPlaces): Mapping {
  const before = mappingOf(hedge)
  if (isChosen) return { ...before, pairing: 'config_order', groups: [] }
  const names = new Set(accounts.map(({ name }) => name))
  const members = (group: unknown, side: string): readonly string[] =>
    listAt(group, [side]).flatMap((_, at) => {
      const name = textAt(group, [side, at])
      return name !== undefined && names.has(name) ? [name] : []
    })
  const groups = listAt(before, ['groups'])
    .map((group) => ({
      ...mappingOf(group),
      long: members(group, 'long'),
      short: members(group, 'short'),
    }))
    .filter(({ long, short }) => long.length > 0 && short.length > 0)
  return { ...before, groups }
}

function mappingOf(value: unknown): Mapping {
  return isMapping(value) ? value : {}
}

function pick(value: unknown, keys: readonly string[]): Mapping {
  const before = mappingOf(value)
  return Object.fromEntries(keys.filter((key) => key in before).map((key) => [key, before[key]]))
}
