/**
 * Makes a fresh clone ready to run: packages, signing kernel, compiled program. Says a line for each thing it does and
 * nothing when all is ready. Needs nothing but Node itself, since it runs before anything is installed.
 *
 *     node bin/prepare.js [--tests]
 * @module
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Versions of Node's binary interface for which the pinned better-sqlite3 has ready-made binaries (Node 20 to 25). */
const PREBUILT_ABIS = ['115', '127', '131', '137', '141']
const PREBUILT_PLATFORMS = ['linux', 'darwin']
const PREBUILT_ARCHITECTURES = ['x64', 'arm64']
const COMPILE_TOOLS = ['python3', 'make', 'g++']
/**
 * For the tests: a proxy that we have not written (this Debian package is the program alone, without a service), and a
 * browser that shows mails. The browser is large: it is installed on a build server only (CI is set).
 */
const TEST_TOOLS = [
  { tool: 'tinyproxy', packages: 'tinyproxy-bin', isLarge: false },
  { tool: 'chromium', packages: 'chromium fonts-dejavu-core', isLarge: true },
]

const root = fileURLToPath(new URL('..', import.meta.url))
const installStamp = join(root, 'node_modules', '.hedgebot-install.json')
const buildStamp = join(root, '.hedgebot-build.json')
const kernelFolder = join(root, 'src', 'lighter', 'signer', 'kernel')
const kernelFile = join(root, 'src', 'lighter', 'signer', 'kernel.wasm')
const builtKernelFile = join(root, 'dist', 'lighter', 'signer', 'kernel.wasm')

process.exitCode = await main()

async function main() {
  const manifest = readJson(join(root, 'package.json'))
  if (process.platform === 'win32') {
    return fail('hedgebot runs on Windows inside WSL (https://learn.microsoft.com/windows/wsl)')
  }
  if (!satisfies(process.versions.node, manifest.engines.node)) {
    return fail(`Node ${process.versions.node} does not fit: needs ${manifest.engines.node}`)
  }
  const isForTests = process.argv.includes('--tests')
  const isReady = (await install({ isForTests })) && (await buildKernel()) && (await buildCode())
  if (isReady && isForTests) for (const tool of TEST_TOOLS) await installTestTool(tool)
  return isReady ? 0 : 1
}

/** Packages, exactly as locked. */
async function install({ isForTests }) {
  const wanted = {
    lock: hashOf([join(root, 'package-lock.json')]),
    abi: process.versions.modules,
    platform: `${process.platform}-${process.arch}`,
  }
  const isThere = existsSync(join(root, 'node_modules'))
  const hasTestTools = !isForTests || existsSync(join(root, 'node_modules', 'vitest'))
  if (isThere && hasTestTools && isSame(readJson(installStamp), wanted)) return true
  if (isThere && hasTestTools && isInstalledAsLocked()) {
    writeFileSync(installStamp, JSON.stringify(wanted))
    return true
  }
  const missing = COMPILE_TOOLS.filter((tool) => !isInPath(tool))
  if (missing.length > 0 && !canUsePrebuilt()) {
    say(`note: no ready-made SQLite for this machine; compiling it needs ${missing.join(', ')}`)
  }
  // Another project's NODE_ENV=production would leave the compiler out.
  const isDone = await step('install packages (npm ci)', 'npm', ['ci', '--include=dev'])
  if (isDone) writeFileSync(installStamp, JSON.stringify(wanted))
  else if (missing.length > 0) {
    say(`compiling SQLite needs ${missing.join(', ')}: install what is missing and try again`)
  }
  return isDone
}

/** Where it cannot be had, its tests are left out, but on a build server (CI is set) they fail; nothing else does. */
async function installTestTool({ tool, packages, isLarge }) {
  if (isInPath(tool)) return
  const advice = `note: ${tool} is missing and its tests are left out; apt-get install ${packages} brings it`
  const isWanted = !isLarge || (process.env.CI ?? '') !== ''
  if (!isWanted || process.getuid?.() !== 0 || !isInPath('apt-get')) {
    say(advice)
    return
  }
  const get = `apt-get install -y --no-install-recommends ${packages}`
  // A fresh container has no lists of packages yet, and fetching them takes longer than the package.
  const isDone = await step(`install ${tool} (apt-get)`, 'sh', [
    '-c',
    `export DEBIAN_FRONTEND=noninteractive; ${get} || { apt-get update && ${get}; }`,
  ])
  if (!isDone) say(advice)
}

/** True when npm's own record of node_modules agrees with the lock file and SQLite runs on this Node. */
function isInstalledAsLocked() {
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages
  const locked = readJson(join(root, 'package-lock.json'))?.packages
  if (installed === undefined || locked === undefined) return false
  const isRight = Object.entries(locked).every(
    ([path, { version, optional }]) =>
      path === '' || (installed[path]?.version ?? (optional ? version : undefined)) === version,
  )
  return isRight && canLoadSqlite()
}

function canLoadSqlite() {
  const code = "new (require('better-sqlite3'))(':memory:').close()"
  return spawnSync(process.execPath, ['-e', code], { cwd: root, stdio: 'ignore' }).status === 0
}

function canUsePrebuilt() {
  return (
    PREBUILT_ABIS.includes(process.versions.modules) &&
    PREBUILT_PLATFORMS.includes(process.platform) &&
    PREBUILT_ARCHITECTURES.includes(process.arch)
  )
}

async function buildKernel() {
  const sources = hashOf(filesUnder(kernelFolder))
  if (existsSync(kernelFile) && readJson(buildStamp)?.kernel === sources) return true
  return (
    (await step('build the signing kernel', 'npm', ['run', '--silent', 'build:kernel'])) &&
    remember({ kernel: sources })
  )
}

async function buildCode() {
  const sources = hashOf([
    ...filesUnder(join(root, 'src')).filter((file) => !file.startsWith(kernelFolder)),
    ...['package.json', 'tsconfig.json', 'bin/copy-assets.js'].map((file) => join(root, file)),
  ])
  const isThere = existsSync(join(root, 'dist', 'cli.js')) && existsSync(builtKernelFile)
  if (isThere && readJson(buildStamp)?.code === sources) return true
  return (
    (await step('compile', 'npm', ['run', '--silent', 'build:code'])) && remember({ code: sources })
  )
}

/** Runs a command quietly; what it printed is shown only when it failed. */
async function step(title, command, args) {
  process.stdout.write(`${title} ...`)
  const startMs = performance.now()
  const { status, output } = await run(command, args)
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  process.stdout.write(` ${status === 0 ? '' : 'failed after '}${seconds} s\n`)
  if (status !== 0) process.stderr.write(output)
  return status === 0
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (chunk) => {
      output += chunk
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error) => resolve({ status: 1, output: `${error.message}\n` }))
    child.on('close', (status) => resolve({ status: status ?? 1, output }))
  })
}

function remember(part) {
  writeFileSync(buildStamp, JSON.stringify({ ...readJson(buildStamp), ...part }))
  return true
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** Of names and contents: times change with every checkout, contents do not. */
function hashOf(files) {
  const hash = createHash('sha256')
  for (const file of files)
    hash.update(relative(root, file)).update('\0').update(readFileSync(file))
  return hash.digest('hex')
}

function isSame(a, b) {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b)
}

function isInPath(tool) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** The ranges that `engines` uses: `^a.b.c` and `>=a`, joined by `||`. */
function satisfies(version, range) {
  const parse = (text) => text.split('.').map(Number)
  const [major, minor, patch] = parse(version)
  return range.split('||').some((part) => {
    const [, operator, least] = /^\s*(\^|>=)(\S+)\s*$/.exec(part) ?? []
    const [leastMajor = 0, leastMinor = 0, leastPatch = 0] = parse(least ?? '')
    if (operator === undefined) return false
    if (major !== leastMajor) return operator === '>=' && major > leastMajor
    return minor > leastMinor || (minor === leastMinor && patch >= leastPatch)
  })
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function say(text) {
  process.stdout.write(`${text}\n`)
}

function fail(text) {
  process.stderr.write(`${text}\n`)
  return 1
}
