import { countOf } from './format-number.ts'
import type { RenderStyle } from './render-style.ts'
import { renderTable } from './render-table.ts'
import type { Column } from './render-table.ts'
import { wrapText } from './text-width.ts'

/** One way of `proxies list`; `direct` has no address. */
export interface ProxyView {
  readonly name: string
  readonly protocol: string | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  /** Undefined when there is no login; the password is not in here. */
  readonly login: { readonly username: string | undefined } | undefined
  /** Names of the accounts that use it. */
  readonly accounts: readonly string[]
}

/** What stands for nothing. */
const NONE = '-'

/** The pool as a table with who uses what. */
export function renderProxies(proxies: readonly ProxyView[], style: RenderStyle): string {
  if (proxies.length === 0) return 'no proxies'
  const isProxy = ({ host }: ProxyView): boolean => host !== undefined
  const accountCount = proxies.reduce((sum, { accounts }) => sum + accounts.length, 0)
  const direct = proxies.find((proxy) => !isProxy(proxy))?.accounts.length ?? 0
  const summary = [
    proxies.filter(isProxy).length === 1 ? '1 proxy' : `${proxies.filter(isProxy).length} proxies`,
    countOf(accountCount, 'account'),
    ...(direct === 0 ? [] : [`${direct} without a proxy`]),
  ].join(', ')
  return [
    renderTable({ columns: COLUMNS, rows: proxies, style }),
    '',
    ...wrapText(summary, style.columns, '  '),
  ].join('\n')
}

/** All of them stay: names of accounts may lose their middle, and where that is not enough each proxy becomes a list. */
const COLUMNS: readonly Column<ProxyView>[] = [
  { header: 'proxy', align: 'left', priority: 1, cell: (row) => row.name },
  { header: 'protocol', align: 'left', priority: 1, cell: (row) => row.protocol ?? NONE },
  { header: 'address', align: 'left', priority: 1, cell: addressText },
  { header: 'login', align: 'left', priority: 1, cell: loginText },
  {
    header: 'accounts',
    align: 'right',
    priority: 1,
    cell: (row) => String(row.accounts.length),
  },
  {
    header: 'names',
    align: 'left',
    priority: 1,
    canShrink: true,
    cell: (row) => (row.accounts.length === 0 ? NONE : row.accounts.join(', ')),
  },
]

function addressText({ host, port }: ProxyView): string {
  if (host === undefined) return NONE
  return `${host.includes(':') ? `[${host}]` : host}:${port ?? ''}`
}

/** The user name is shown, the password never. */
function loginText({ login }: ProxyView): string {
  return login === undefined ? NONE : `${login.username ?? ''}:***`
}
