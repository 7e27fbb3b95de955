/**
 * Brings dist/ in line with src/ after the compiler ran: copies the signing kernel, and removes compiled files whose
 * source is gone, so that nothing old can be imported.
 * @module
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'src')
const output = join(root, 'dist')
const kernel = join('lighter', 'signer', 'kernel.wasm')

for (const entry of readdirSync(output, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name)
  const sourceFile = join(source, relative(output, file)).replace(/\.js(?:\.map)?$/, '.ts')
  if (entry.isFile() && file !== join(output, kernel) && !existsSync(sourceFile)) rmSync(file)
}

mkdirSync(dirname(join(output, kernel)), { recursive: true })
copyFileSync(join(source, kernel), join(output, kernel))
