/**
 * Compiles the kernel to ../kernel.wasm. Plain JavaScript, so that it runs before anything else is built.
 * @module
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main } from 'assemblyscript/asc'

const SIZE_MAX_BYTES = 24 * 1024

const folder = fileURLToPath(new URL('.', import.meta.url))
const output = fileURLToPath(new URL('../kernel.wasm', import.meta.url))

/**
 * AssemblyScript's decorators on functions are no TypeScript: the sources have them as comments, so that every other
 * tool can read the files.
 */
function readSource(name, baseDir) {
  try {
    return readFileSync(resolve(baseDir, name), 'utf8').replaceAll(/^\/\/ @inline$/gm, '@inline')
  } catch {
    return null // the compiler looks in several places
  }
}

function writeOutput(name, contents, baseDir) {
  writeFileSync(resolve(baseDir, name), contents)
}

const { error } = await main(['kernel.ts', '--config', 'asconfig.json', '--baseDir', folder], {
  readFile: readSource,
  writeFile: writeOutput,
  stderr: process.stderr,
})
if (error) {
  process.stderr.write(`The signing kernel does not compile: ${error.message}\n`)
  process.exitCode = 1
} else if (statSync(output).size > SIZE_MAX_BYTES) {
  process.stderr.write(`The signing kernel has ${statSync(output).size} bytes, more than 24 kB.\n`)
  process.exitCode = 1
}
