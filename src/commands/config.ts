import { EXIT } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { CommandIo } from '../ui/command-io.ts'
import { resultContext } from './print-hedges.ts'
import { withContext } from './with-context.ts'

/** `hedgebot config show`: the effective configuration, defaults filled in, secrets masked. */
export async function runConfigShow(io: CommandIo): Promise<ExitCode> {
  return withContext(io, 'config', async (context) => {
    const [{ showConfig }, { renderConfig }, { configDocument }] = await Promise.all([
      import('../config/show-config.ts'),
      import('../ui/render-config.ts'),
      import('../ui/json-documents.ts'),
    ])
    const shown = showConfig(context.config)
    io.out.line(renderConfig(shown, io.style))
    io.out.json(configDocument(resultContext(context, 'config', EXIT.done), shown))
    return EXIT.done
  })
}
