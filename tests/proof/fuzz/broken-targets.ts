/** Targets that are broken on purpose, each in one way: a run must find them. They are part of no run that does not ask. */
import { HedgebotError } from '../../../src/errors.ts'
import { claim, type FuzzTarget } from './fuzz-target.ts'
import { judgeError } from './judge-error.ts'
import { plantSecrets } from './planted-secrets.ts'

/** The seed at which each of them breaks. */
export const BROKEN_SEED = 7

const usual = { weight: 1, limitMs: 1_500, cpuLimitMs: 400 }

function brokenAt(name: string, breakIt: FuzzTarget['run']): FuzzTarget {
  return {
    ...usual,
    name,
    run: (draw) => (draw.seed === BROKEN_SEED ? breakIt(draw) : 'accepted'),
  }
}

/** A slip, a wrong value, a secret, an endless loop, the end of the process, too much work. */
export const brokenTargets: readonly FuzzTarget[] = [
  brokenAt('broken-slip', () => {
    judgeError(new TypeError("Cannot read properties of undefined (reading 'x')"))
    return 'named error'
  }),
  brokenAt('broken-value', () => {
    claim(false, 'a position is flat by nobody’s word', '{"positions":null}')
    return 'accepted'
  }),
  brokenAt('broken-secret', (draw) => {
    const secrets = plantSecrets(draw)
    const message = `cannot log in with ${secrets.password.slice(2, 16)}`
    judgeError(new HedgebotError('config', message, { code: 'login_failed' }), { secrets })
    return 'named error'
  }),
  brokenAt('broken-hang', () => {
    for (;;);
  }),
  brokenAt('broken-process', () => {
    process.kill(process.pid, 'SIGKILL')
    return new Promise(() => undefined)
  }),
  brokenAt('broken-work', () => {
    const startedMs = performance.now()
    while (performance.now() - startedMs < 1_000);
    return 'accepted'
  }),
]
