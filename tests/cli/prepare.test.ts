import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROOT } from '../source-files.ts'

let folder = ''
const at = (path: string): string => join(folder, path)

/** A project of the same shape as ours, with an `npm` that notes what it was asked for. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hedgebot-prepare-'))
  for (const path of ['bin', 'tools', 'src/lighter/signer/kernel']) {
    mkdirSync(at(path), { recursive: true })
  }
  cpSync(join(ROOT, 'bin', 'prepare.js'), at('bin/prepare.js'))
  writeFileSync(at('bin/copy-assets.js'), '')
  writeFileSync(at('tsconfig.json'), '{}')
  writeFileSync(at('src/cli.ts'), 'export const a = 1\n')
  writeFileSync(at('src/lighter/signer/kernel/kernel.ts'), '// kernel\n')
  writeFileSync(at('package-lock.json'), '{"packages":{}}')
  writeManifest('>=20')
  writeNpm()
  writeTool('tinyproxy', '')
  writeTool('chromium', '')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function writeManifest(range: string): void {
  writeFileSync(at('package.json'), JSON.stringify({ type: 'module', engines: { node: range } }))
}

function writeNpm(options: { readonly fails?: string } = {}): void {
  const script = `#!/bin/sh
echo "$*" >> npm.log
case "$*" in
  *${options.fails ?? 'nothing'}*) echo "gyp ERR! not ok"; exit 1 ;;
  ci*) mkdir -p node_modules/vitest ;;
  *build:kernel) echo wasm > src/lighter/signer/kernel.wasm ;;
  *build:code) mkdir -p dist/lighter/signer; echo x > dist/cli.js; echo x > dist/lighter/signer/kernel.wasm ;;
esac
`
  writeTool('npm', script)
}

function writeTool(name: string, script: string): void {
  writeFileSync(at(`tools/${name}`), script)
  chmodSync(at(`tools/${name}`), 0o755)
}

function prepare(
  argv: readonly string[] = [],
  path = `${at('tools')}:/usr/bin:/bin`,
  env: Readonly<Record<string, string>> = {},
) {
  rmSync(at('npm.log'), { force: true })
  const { status, stdout, stderr } = spawnSync(process.execPath, [at('bin/prepare.js'), ...argv], {
    env: { PATH: path, ...env },
    encoding: 'utf8',
    cwd: tmpdir(),
  })
  const log = existsSync(at('npm.log')) ? readFileSync(at('npm.log'), 'utf8') : ''
  const asked = log.split('\n').filter((line) => line !== '')
  return { exit: status, stdout, stderr, asked }
}

function toolPath(name: string): string {
  return spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()
}

describe('a fresh clone', () => {
  it('is installed and built, with a line and a time for each step', () => {
    const { exit, stdout, asked } = prepare()
    expect(exit).toBe(0)
    expect(asked).toEqual([
      'ci --include=dev',
      'run --silent build:kernel',
      'run --silent build:code',
    ])
    expect(stdout).toMatch(
      /^install packages \(npm ci\) \.\.\. \d+\.\d s\nbuild the signing kernel \.\.\. \d+\.\d s\ncompile \.\.\. \d+\.\d s\n$/,
    )
  })

  it('is left alone without a word when all is ready', () => {
    prepare()
    expect(prepare()).toEqual({ exit: 0, stdout: '', stderr: '', asked: [] })
    expect(prepare(['--tests'])).toEqual({ exit: 0, stdout: '', stderr: '', asked: [] })
  })

  it('shows what a failing step printed, and stops', () => {
    writeNpm({ fails: 'build:kernel' })
    const { exit, stderr, stdout, asked } = prepare()
    expect(exit).toBe(1)
    expect(stdout).toContain('build the signing kernel ... failed after')
    expect(stderr).toContain('gyp ERR! not ok')
    expect(asked.at(-1)).toBe('run --silent build:kernel')
  })

  it('names the tools that compiling SQLite lacks, after it failed and not before', () => {
    writeNpm({ fails: 'ci' })
    const { exit, stdout } = prepare([], at('tools'))
    expect(exit).toBe(1)
    expect(stdout).toMatch(
      /failed after [^]*\ncompiling SQLite needs python3, make, g\+\+: install what is missing/,
    )
  })
})

describe('a change', () => {
  it.each([
    ['of the lock file', 'package-lock.json', ['ci --include=dev']],
    ['of the code', 'src/cli.ts', ['run --silent build:code']],
    ['of the build step', 'bin/copy-assets.js', ['run --silent build:code']],
    ['of the kernel', 'src/lighter/signer/kernel/kernel.ts', ['run --silent build:kernel']],
  ])('%s is noticed', (_what, file, asked) => {
    prepare()
    writeFileSync(at(file), '{"packages":{"a":{"version":"1.0.0"}}}')
    // A kernel that comes out the same need not be compiled into anything else.
    expect(prepare().asked.slice(0, 1)).toEqual(asked)
  })

  it('that only touched a file is not', () => {
    prepare()
    writeFileSync(at('src/cli.ts'), readFileSync(at('src/cli.ts')))
    expect(prepare().asked).toEqual([])
  })

  it('of the installed packages counts, not the folder alone', () => {
    prepare()
    rmSync(at('node_modules/vitest'), { recursive: true })
    expect(prepare().asked).toEqual([])
    expect(prepare(['--tests']).asked).toEqual(['ci --include=dev'])
  })

  it('that removed the built program brings it back', () => {
    prepare()
    rmSync(at('dist/lighter'), { recursive: true })
    expect(prepare().asked).toEqual(['run --silent build:code'])
  })
})

describe('the proxy for tests', () => {
  // Only these tools, so that no package manager of the machine is ever asked; links, as npm needs a shell.
  const prepareAlone = (argv: readonly string[]) => {
    for (const tool of ['sh', 'mkdir']) symlinkSync(toolPath(tool), at(`tools/${tool}`))
    rmSync(at('tools/tinyproxy'))
    return prepare(argv, at('tools'))
  }
  const isRoot = process.getuid?.() === 0
  const note =
    'note: tinyproxy is missing and its tests are left out; apt-get install tinyproxy-bin'

  it('is nobody\u2019s business who does not test', () => {
    const { exit, stdout } = prepareAlone([])
    expect(exit).toBe(0)
    expect(stdout).not.toContain('tinyproxy')
  })

  it('is asked for in a note where there is no apt-get', () => {
    const { exit, stdout } = prepareAlone(['--tests'])
    expect(exit).toBe(0)
    expect(stdout).toContain(note)
  })

  it('is installed by root, with fresh lists of packages if need be, and by nobody else', () => {
    writeTool(
      'apt-get',
      `#!/bin/sh
echo "$*" >> apt.log
case "$*" in
  update) touch lists ;;
  *) [ -e lists ] || exit 100 ;;
esac
`,
    )
    symlinkSync(toolPath('touch'), at('tools/touch'))
    const { exit, stdout } = prepareAlone(['--tests'])
    expect(exit).toBe(0)
    if (isRoot) {
      const get = 'install -y --no-install-recommends tinyproxy-bin'
      expect(readFileSync(at('apt.log'), 'utf8')).toBe(`${get}\nupdate\n${get}\n`)
      expect(stdout).toMatch(/install tinyproxy \(apt-get\) \.\.\. \d+\.\d s\n$/)
    } else {
      expect(existsSync(at('apt.log'))).toBe(false)
      expect(stdout).toContain(note)
    }
  })

  it('that cannot be installed stops nothing', () => {
    writeTool('apt-get', '#!/bin/sh\nexit 100\n')
    const { exit, stdout } = prepareAlone(['--tests'])
    expect(exit).toBe(0)
    expect(stdout).toContain(note)
  })
})

describe('the browser for tests', () => {
  const isRoot = process.getuid?.() === 0
  const prepareWithout = (env: Readonly<Record<string, string>>) => {
    for (const tool of ['sh', 'mkdir']) symlinkSync(toolPath(tool), at(`tools/${tool}`))
    rmSync(at('tools/chromium'))
    writeTool('apt-get', '#!/bin/sh\necho "$*" >> apt.log\n')
    const { exit, stdout } = prepare(['--tests'], at('tools'), env)
    return { exit, stdout, hasAsked: existsSync(at('apt.log')) }
  }

  it('is large: outside of a build server it is asked for in a note', () => {
    const { exit, stdout, hasAsked } = prepareWithout({})
    expect([exit, hasAsked]).toEqual([0, false])
    expect(stdout).toContain('note: chromium is missing and its tests are left out')
  })

  it('is installed by root on a build server', () => {
    const { exit, stdout, hasAsked } = prepareWithout({ CI: 'true' })
    expect([exit, hasAsked]).toEqual([0, isRoot])
    if (isRoot) expect(stdout).toMatch(/install chromium \(apt-get\) \.\.\. \d+\.\d s\n$/)
  })
})

describe('Node', () => {
  it.each(['^99.0.0', '>=99', '^20.99.0 || >=99'])('that does not fit %s is refused', (range) => {
    writeManifest(range)
    const { exit, stderr, asked } = prepare()
    expect([exit, asked]).toEqual([1, []])
    expect(stderr).toBe(`Node ${process.versions.node} does not fit: needs ${range}\n`)
  })

  it('that fits our own range is taken', () => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly engines: { readonly node: string }
    }
    writeManifest(engines.node)
    expect(prepare().exit).toBe(0)
  })
})
