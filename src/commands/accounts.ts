import { EXIT } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { CommandIo } from '../ui/command-io.ts'
import { resultContext } from './print-hedges.ts'
import { withContext } from './with-context.ts'

/** `hedgebot accounts [list]`: who they are and what they hold; two requests an account. */
export async function runAccountsList(io: CommandIo): Promise<ExitCode> {
  return withContext(io, 'accounts', async (context) => {
    const engine = await context.engine({ runId: 'accounts', signal: io.signal })
    const [{ readAccountList }, { renderAccounts }, { accountsDocument }] = await Promise.all([
      import('../engine/account-list.ts'),
      import('../ui/render-accounts.ts'),
      import('../ui/json-documents.ts'),
    ])
    const enabled = await readAccountList(engine)
    const disabled = context.config.disabledAccounts.map((account) => ({
      account: account.name,
      accountIndex: account.accountIndex,
      apiKeyIndex: account.apiKeyIndex,
      isEnabled: false,
      ownerAddress: account.l1Address,
      tier: undefined,
      balanceUsd: undefined,
      availableUsd: undefined,
      positions: undefined,
      egress: account.egress,
      problem: 'disabled in the configuration: not read',
    }))
    const exit = enabled.some((account) => account.problem !== undefined) ? EXIT.unknown : EXIT.done
    const all = [...enabled, ...disabled]
    io.out.line(renderAccounts(all, io.style))
    io.out.json(accountsDocument(resultContext(context, 'accounts', exit), all))
    return exit
  })
}
